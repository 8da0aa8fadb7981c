//! Pages that say something, and the page that leads on by itself.

use auth_core::oauth::{OAuthFailure, RedirectUri};

use super::consent::destination;
use super::{Service, fill, form_targets, page, texts};
use crate::http::{Answered, Html};

/// What a page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oauth) enum Message {
    /// The device gets access.
    DeviceAllowed,
    /// The device gets none.
    DeviceDenied,
    /// The client is not known.
    UnknownClient,
    /// The redirect URI is not the client's.
    UnknownRedirectUri,
    /// The client's request is invalid.
    InvalidRequest,
    /// The request has expired or was answered.
    Expired,
    /// The user has to wait for so many minutes.
    Limited(u64),
    /// The service can't answer.
    Unavailable,
}

impl Message {
    const fn status(self) -> u16 {
        match self {
            Self::DeviceAllowed | Self::DeviceDenied => 200,
            Self::UnknownClient | Self::UnknownRedirectUri | Self::InvalidRequest | Self::Expired => 400,
            Self::Limited(_) => 429,
            Self::Unavailable => 503,
        }
    }
}

/// A page that says something. `detail` is for the developer of the client.
pub(in crate::oauth) fn message(service: Service<'_>, message: Message, detail: Option<&str>) -> Answered {
    let texts = texts::of(service.locale);
    let (title, body) = match message {
        Message::DeviceAllowed => (texts.allowed_title, texts.allowed_body),
        Message::DeviceDenied => (texts.denied_title, texts.denied_body),
        Message::UnknownClient => (texts.error_title, texts.error_client),
        Message::UnknownRedirectUri => (texts.error_title, texts.error_redirect),
        Message::InvalidRequest => (texts.error_title, texts.error_request),
        Message::Expired => (texts.error_title, texts.error_expired),
        Message::Limited(_) => (texts.error_title, texts.error_limited),
        Message::Unavailable => (texts.error_title, texts.error_unavailable),
    };
    let minutes = if let Message::Limited(minutes) = message { minutes } else { 0 };
    let content = Html::new()
        .markup("<h1>")
        .text(title)
        .markup("</h1><p>")
        .html(&fill(body, &[("minutes", Html::new().text(&minutes.to_string()))]))
        .markup("</p>");
    let content = match detail {
        Some(detail) => content.markup(r#"<p class="soft" lang="en">"#).text(detail).markup("</p>"),
        None => content,
    };
    page(service, message.status(), title, &content, Html::new(), &form_targets(None))
}

/// A page that says that the client's request failed, and leads back to it by a link.
pub(in crate::oauth) fn leave(
    service: Service<'_>,
    redirect_uri: &RedirectUri,
    url: &str,
    failure: OAuthFailure,
) -> Answered {
    let texts = texts::of(service.locale);
    let content = leave_content(texts, redirect_uri, url, failure);
    page(service, 400, texts.error_title, &content, Html::new(), &form_targets(None))
}

pub(super) fn leave_content(
    texts: &texts::Texts,
    redirect_uri: &RedirectUri,
    url: &str,
    OAuthFailure { error, description }: OAuthFailure,
) -> Html {
    Html::new()
        .markup("<h1>")
        .text(texts.error_title)
        .markup("</h1><p>")
        .text(texts.error_back)
        .markup(r#"</p><p class="soft" lang="en">"#)
        .text(error.code())
        .markup(": ")
        .text(description)
        .markup("</p>")
        .html(&destination(texts, redirect_uri))
        .markup(r#"<a class="button" rel="noreferrer" href=""#)
        .text(url)
        .markup(r#"">"#)
        .text(texts.proceed)
        .markup("</a>")
}

/// A page that leads to a path of this origin at once. Unlike a redirect, that is a navigation by a page of this
/// origin, so the browser adds the session's `Strict` cookie although another site's page has caused it.
pub(in crate::oauth) fn leads_on(service: Service<'_>, path: &str) -> Answered {
    let texts = texts::of(service.locale);
    let head =
        Html::new().markup(r#"<meta http-equiv="refresh" content="0; url="#).text(path).markup(r#"">"#);
    let content = Html::new()
        .markup("<h1>")
        .text(texts.consent_title)
        .markup(r#"</h1><a class="button primary" href=""#)
        .text(path)
        .markup(r#"">"#)
        .text(texts.proceed)
        .markup("</a>");
    page(service, 200, texts.consent_title, &content, head, &form_targets(None))
}
