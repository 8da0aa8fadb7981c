//! The pages of `/oauth/consent`.

use auth_core::oauth::RedirectUri;

use super::{
    Requester, ScopeShown, Service, account, client_name, fill, form_targets, hidden, page, scopes, standing,
    texts,
};
use crate::http::{Answered, Html};

/// A request about which the user is asked.
#[derive(Clone, Copy, Debug)]
pub(in crate::oauth) struct Consent<'a> {
    /// The client.
    pub(in crate::oauth) client: Requester<'a>,
    /// Where the answer goes.
    pub(in crate::oauth) redirect_uri: &'a RedirectUri,
    /// The user's address, or their id if they have none.
    pub(in crate::oauth) address: &'a str,
    /// What is requested.
    pub(in crate::oauth) scopes: &'a [ScopeShown<'a>],
    /// The identifier of the resource, if it is not the service as a whole.
    pub(in crate::oauth) resource: Option<&'a str>,
    /// The request, sealed.
    pub(in crate::oauth) request: &'a str,
    /// The proof that the form was written for this session.
    pub(in crate::oauth) proof: &'a str,
}

/// The page that asks for consent.
pub(in crate::oauth) fn consent(service: Service<'_>, asked: &Consent<'_>) -> Answered {
    let (content, targets) = (consent_content(service, asked), form_targets(Some(asked.redirect_uri)));
    page(service, 200, texts::of(service.locale).consent_title, &content, Html::new(), &targets)
}

pub(super) fn consent_content(service: Service<'_>, asked: &Consent<'_>) -> Html {
    let texts = texts::of(service.locale);
    let identity = ["openid", "profile", "email"];
    let is_identity = asked.scopes.iter().all(|scope| identity.contains(&scope.name));
    let heading = if is_identity { texts.identity_heading } else { texts.consent_heading };
    Html::new()
        .markup("<h1>")
        .html(&fill(heading, &[("client", client_name(asked.client))]))
        .markup("</h1>")
        .html(&account(texts, asked.address, "answer"))
        .html(&scopes(texts, asked.scopes, asked.resource))
        .html(&destination(texts, asked.redirect_uri))
        .html(&caution(texts, asked.redirect_uri))
        .html(&standing(texts, asked.client))
        .html(&decision(texts, asked, ("allow", texts.allow)))
        .markup(r#"<p class="soft">"#)
        .text(texts.withdraw)
        .markup("</p>")
}

/// Where the user goes afterwards, which says more about the client than its name.
pub(super) fn destination(texts: &texts::Texts, redirect_uri: &RedirectUri) -> Html {
    let named = if redirect_uri.is_loopback() {
        Html::new().text(texts.returns_to_device)
    } else if redirect_uri.is_private_use() {
        fill(texts.returns_to_scheme, &[("scheme", Html::new().text(redirect_uri.host()))])
    } else {
        Html::new().text(redirect_uri.host())
    };
    Html::new()
        .markup("<dl><div><dt>")
        .text(texts.returns_to)
        .markup("</dt><dd>")
        .html(&named)
        .markup("</dd></div></dl>")
}

/// Any program on the device can receive the answer.
fn caution(texts: &texts::Texts, redirect_uri: &RedirectUri) -> Html {
    if !redirect_uri.is_loopback() && !redirect_uri.is_private_use() {
        return Html::new();
    }
    Html::new().markup(r#"<p class="note">"#).text(texts.device_caution).markup("</p>")
}

/// The page that asks the user to sign in again, because the client requires it.
pub(in crate::oauth) fn sign_in_again(service: Service<'_>, asked: &Consent<'_>) -> Answered {
    let (content, targets) = (sign_in_again_content(service, asked), form_targets(Some(asked.redirect_uri)));
    page(service, 200, texts::of(service.locale).again_title, &content, Html::new(), &targets)
}

pub(super) fn sign_in_again_content(service: Service<'_>, asked: &Consent<'_>) -> Html {
    let texts = texts::of(service.locale);
    Html::new()
        .markup("<h1>")
        .text(texts.again_title)
        .markup("</h1><p>")
        .html(&fill(texts.again_body, &[("client", client_name(asked.client))]))
        .markup("</p>")
        .html(&account(texts, asked.address, "answer"))
        .html(&destination(texts, asked.redirect_uri))
        .html(&caution(texts, asked.redirect_uri))
        .html(&decision(texts, asked, ("sign_in_again", texts.again_button)))
}

/// The form with the user's decision: the value and the text of the button that continues, or the one that denies.
fn decision(texts: &texts::Texts, asked: &Consent<'_>, (value, text): (&'static str, &str)) -> Html {
    Html::new()
        .markup(r#"<form id="answer" method="post" action="/oauth/consent">"#)
        .html(&hidden("request", asked.request))
        .html(&hidden("proof", asked.proof))
        .markup(r#"<div class="buttons"><button class="primary" name="decision" value=""#)
        .markup(value)
        .markup(r#"">"#)
        .text(text)
        .markup(r#"</button><button name="decision" value="deny">"#)
        .text(texts.deny)
        .markup("</button></div></form>")
}
