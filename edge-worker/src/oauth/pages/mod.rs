//! The pages of the authorization server: functions from values to HTML, without scripts.
//!
//! [`shown`] makes texts that others have chosen fit for a page, [`texts`] has everything else that they say.

mod consent;
mod device;
mod message;
mod shown;
mod texts;

pub(super) use consent::{Consent, consent, sign_in_again};
pub(super) use device::{CodeProblem, Connection, confirm, enter_code};
pub(super) use message::{Message, leads_on, leave, message};
pub(super) use shown::name as shown_name;
pub(super) use texts::LOCALES;

use auth_core::oauth::RedirectUri;

use crate::http::{Answered, Html, Page};

/// The style of all pages. Its colours and shapes are those of the demo's sign-in page. Each page contains it, so it has
/// one rule per line and no formatter changes it.
const STYLE: &str = include_str!("style.css");

/// SHA-256 of [`STYLE`], as in the policy.
const STYLE_HASH: &str = "sha256-gPhqkPoytIlt/VloecmQm0EvjgKtczB6xlJscL4WaoI=";

/// The service, as every page names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service<'a> {
    /// The language of the page, by its tag.
    pub(super) locale: &'a str,
    /// The product's name, if the deployer has configured one.
    pub(super) product: Option<&'a str>,
    /// The issuer's host.
    pub(super) host: &'a str,
}

/// A client that requests something, as a page names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requester<'a> {
    /// The client's name, which can be anything.
    pub(super) name: &'a str,
    /// Who has checked the name.
    pub(super) standing: Standing<'a>,
}

/// Who has checked a client's name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing<'a> {
    /// The deployer.
    Checked,
    /// The client has registered itself.
    Unchecked,
    /// The name is in the document of this host.
    Document(&'a str),
}

/// Something that is requested, as a page describes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScopeShown<'a> {
    /// The scope token.
    pub(super) name: &'a str,
    /// The deployer's description, if the scope is theirs.
    pub(super) description: Option<&'a str>,
}

/// Where a form's answer may lead: `form-action`, which Chromium also applies to redirects.
fn form_targets(redirect_uri: Option<&RedirectUri>) -> String {
    let target = redirect_uri.map(|uri| match uri.origin() {
        // The grammar of the policy has no IPv6 addresses.
        Some(origin) if origin.as_str().contains('[') => "http:".to_owned(),
        Some(origin) => origin.as_str().to_owned(),
        None => [uri.host(), ":"].concat(),
    });
    ["form-action 'self' ", &target.unwrap_or_default(), "; "].concat()
}

/// Writes a page: the service's name, and one card.
fn page(
    service: Service<'_>,
    status: u16,
    title: &str,
    content: &Html,
    head: Html,
    targets: &str,
) -> Answered {
    let header = match service.product {
        Some(product) => Html::new()
            .markup("<header><strong>")
            .text(product)
            .markup("</strong><span>")
            .text(service.host)
            .markup("</span></header><main>"),
        None => Html::new().markup("<header><strong>").text(service.host).markup("</strong></header><main>"),
    };
    Page {
        status,
        locale: service.locale,
        title,
        head: head.markup("<style>").markup(STYLE).markup("</style>"),
        attributes: Html::new(),
        body: header.html(content).markup("</main>"),
        allowed: ["style-src '", STYLE_HASH, "'; ", targets].concat(),
        is_isolated: true,
    }
    .respond()
}

/// A text with its placeholders replaced. What was filled in is not read again.
fn fill(text: &str, values: &[(&str, Html)]) -> Html {
    let mut filled = Html::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled = filled.text(before);
        let value = after.split_once('}').and_then(|(name, after)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, after))
        });
        rest = match value {
            Some((value, after)) => {
                filled = filled.html(value);
                after
            }
            None => after,
        };
    }
    filled.text(rest)
}

/// A client's name. `bdi` keeps its direction from changing that of the text around it.
fn client_name(client: Requester<'_>) -> Html {
    Html::new().markup("<bdi>").text(&shown::name(client.name)).markup("</bdi>")
}

/// A hidden field of a form.
fn hidden(name: &'static str, value: &str) -> Html {
    let field = Html::new().markup(r#"<input type="hidden" name=""#).markup(name);
    field.markup(r#"" value=""#).text(value).markup(r#"">"#)
}

/// What is requested: one line for each scope.
fn scopes(texts: &texts::Texts, scopes: &[ScopeShown<'_>], resource: Option<&str>) -> Html {
    if scopes.is_empty() {
        return Html::new();
    }
    let mut list = Html::new().markup(r#"<div class="section">"#).text(texts.requested);
    list = list.markup(r#"<ul class="list">"#);
    for scope in scopes {
        let described = match (scope.description, scope.name) {
            (Some(description), _) => Html::new().text(description),
            (None, "openid") => Html::new().text(texts.scope_openid),
            (None, "profile") => Html::new().text(texts.scope_profile),
            (None, "email") => Html::new().text(texts.scope_email),
            (None, "offline_access") => Html::new().text(texts.scope_offline),
            (None, name) => fill(texts.scope_other, &[("scope", Html::new().text(name))]),
        };
        list = list.markup("<li>").html(&described).markup("</li>");
    }
    list = list.markup("</ul>");
    if let Some(resource) = resource {
        let resource = fill(texts.resource, &[("resource", Html::new().text(resource))]);
        list = list.markup(r#"<p class="soft">"#).html(&resource).markup("</p>");
    }
    list.markup("</div>")
}

/// What the user must know about a client that the deployer has not checked.
fn standing(texts: &texts::Texts, client: Requester<'_>) -> Html {
    let note = match client.standing {
        Standing::Checked => return Html::new(),
        Standing::Unchecked => Html::new().text(texts.unverified),
        Standing::Document(host) => fill(texts.unverified_document, &[("host", strong(host))]),
    };
    Html::new().markup(r#"<p class="soft">"#).html(&note).markup("</p>")
}

fn strong(text: &str) -> Html {
    Html::new().markup("<strong>").text(text).markup("</strong>")
}

/// The user's account, and the button by which they choose another one: it belongs to the form with this id.
fn account(texts: &texts::Texts, address: &str, form: &'static str) -> Html {
    Html::new()
        .markup(r#"<div class="account"><dl><dt>"#)
        .text(texts.account)
        .markup("</dt><dd>")
        .text(&shown::text(address))
        .markup(r#"</dd></dl><button class="link" name="decision" value="other_account" form=""#)
        .markup(form)
        .markup(r#"">"#)
        .text(texts.other_account)
        .markup("</button></div>")
}

#[cfg(test)]
mod tests;
