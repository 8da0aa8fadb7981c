//! What the pages of the authorization server have in common: the user's session, redirects, and pages instead of
//! problems if a request fails.

use auth_core::gate::browser::is_no_document;
use auth_core::oauth::consent::{is_form_proof, sign_in_url};
use auth_core::oauth::{Client, ClientOrigin, Scope};
use auth_core::wire::{CookieLookup, ErrorCode, Form, RefreshCookie, SignOutScope, clear_cookie};

use super::pages::{self, LOCALES, Message, Requester, ScopeShown, Service, Standing};
use super::policy;
use crate::audit::{Actor, Kind};
use crate::context::Context;
use crate::http::{Answered, Refusal, empty};
use crate::locale;
use crate::objects::call::Done;
use crate::objects::client::Keys;
use crate::objects::presented;
use crate::objects::protocol::account::{Admit, SignOut};
use crate::objects::protocol::session::LivingSession;
use crate::service::session;

/// A user's session, whose cookie the request carried. Its cookie never rotates here: the response is a redirect or a
/// page between others, which a browser may drop.
pub(super) struct SignedInUser {
    pub(super) cookie: RefreshCookie,
    pub(super) session: Box<LivingSession>,
}

impl SignedInUser {
    /// `None` without an active session.
    ///
    /// # Errors
    /// `request_forgery` if a script or a frame asks: pages about an account are for its user only.
    pub(super) async fn of(context: &Context) -> Result<Option<Self>, Refusal> {
        if is_no_document(context.incoming.whole()) {
            let mistake = "the header Sec-Fetch-Dest: found another value than \"document\"; users come to this page by a \
                           navigation, and no script or frame does";
            return Err(Refusal { mistake: Some(mistake.into()), ..Refusal::new(ErrorCode::RequestForgery) });
        }
        let CookieLookup::Found(cookie) = session::cookie(context) else { return Ok(None) };
        let asker = || context.asker(Actor::User);
        let call = |presented| Admit { presented, navigates: false, asker: asker() };
        let session = presented::ask(&context.env, &cookie, call).await?;
        Ok(session.ok().map(|session| Self { cookie, session }))
    }

    /// The user's address, or their id if they have none.
    pub(super) fn address(&self) -> &str {
        self.session.address().unwrap_or_else(|| self.session.account.as_str())
    }

    /// Whether a form was written for this session and this request.
    pub(super) fn has_written(&self, keys: &Keys, request: &str, form: &Form) -> bool {
        form.get("proof")
            .is_some_and(|proof| is_form_proof(&keys.refresh_keys, &self.session.id, request, proof))
    }

    /// Ends the session in this browser, and leads to the sign-in page: to sign in to another account, or again.
    pub(super) async fn sign_out(self, context: &Context, return_to: &str) -> Answered {
        let call = |presented| SignOut {
            presented,
            scope: SignOutScope::Local,
            asker: context.asker(Actor::User),
            why: Kind::SignedOut,
        };
        // A session that has ended meanwhile has ended, too.
        let (Ok(Done {}) | Err(_)) = presented::ask(&context.env, &self.cookie, call).await?;
        session::with_cookie(sign_in(context, 303, return_to)?, Some(&clear_cookie()))
    }
}

/// The service as a page names it, in the language of the user's profile or of the browser.
pub(super) fn service_of<'c>(context: &'c Context, locale: &'c str) -> Service<'c> {
    let config = &context.config;
    Service {
        locale,
        product: config
            .mail
            .as_ref()
            .map(|mail| &*mail.product)
            .filter(|product| *product != config.issuer.host()),
        host: config.issuer.host(),
    }
}

/// The language of a page.
pub(super) fn locale_of(context: &Context, user: Option<&SignedInUser>) -> String {
    let of_user = user.and_then(|user| user.session.profile.locale.as_deref());
    let accepted = context.incoming.header("accept-language");
    locale::choose(of_user, accepted, "en", |tag| LOCALES.contains(&tag))
}

/// A page that says something.
pub(super) fn say(context: &Context, said: Message, detail: Option<&str>) -> Answered {
    pages::message(service_of(context, &locale_of(context, None)), said, detail)
}

/// Sends the browser to an absolute URL or to a path of this origin.
pub(super) fn redirect(status: u16, url: &str) -> Answered {
    let response = empty(status)?;
    response.headers().set("Location", url)?;
    response.headers().set("Referrer-Policy", "no-referrer")?;
    Ok(response)
}

/// Leads to the app's sign-in page, from which the user returns to this path.
pub(super) fn sign_in(context: &Context, status: u16, return_to: &str) -> Answered {
    redirect(status, &sign_in_url(&policy(context)?.sign_in_page, return_to))
}

/// A page in place of a problem: these requests are navigations, so a user reads the response.
pub(super) fn as_page(context: &Context, answered: Answered) -> Answered {
    let refusal = match answered {
        Ok(response) => return Ok(response),
        Err(refusal) => refusal,
    };
    let said = match refusal.code.status() {
        400 | 413 | 415 => Message::InvalidRequest,
        429 => Message::Limited(minutes(&refusal)),
        503 => Message::Unavailable,
        _ => return Err(refusal),
    };
    let request = [context.incoming.method(), " ", context.incoming.path()].concat();
    let refusal = refusal.logged(context.incoming.is_local(), &context.incoming.id, &request);
    let response = say(context, said, refusal.detail.as_deref())?;
    for (name, value) in &refusal.headers {
        response.headers().set(name, value)?;
    }
    Ok(response)
}

/// How long the user has to wait, in minutes, rounded up.
pub(super) fn minutes(refusal: &Refusal) -> u64 {
    let seconds = refusal.headers.iter().find(|(name, _)| *name == "Retry-After");
    seconds.and_then(|(_, seconds)| seconds.parse::<u64>().ok()).unwrap_or(60).div_ceil(60)
}

/// A client as pages name it.
pub(super) fn requester(client: &Client) -> Requester<'_> {
    let standing = match client.origin {
        ClientOrigin::Configured | ClientOrigin::Registered => Standing::Checked,
        ClientOrigin::Dynamic => Standing::Unchecked,
        ClientOrigin::MetadataDocument => Standing::Document(host(client.id.as_str())),
    };
    Requester { name: &client.name, standing }
}

/// The host of the document in which a client describes itself; `None` if it is registered.
pub(super) fn document_host(client: &Client) -> Option<&str> {
    match client.origin {
        ClientOrigin::MetadataDocument => Some(host(client.id.as_str())),
        ClientOrigin::Configured | ClientOrigin::Registered | ClientOrigin::Dynamic => None,
    }
}

fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

/// What is requested, as pages describe it.
pub(super) fn described<'c>(context: &'c Context, scope: &'c Scope) -> Vec<ScopeShown<'c>> {
    let policy = context.config.oauth.as_ref();
    let described = scope.iter().map(|name| ScopeShown {
        name,
        description: policy.and_then(|policy| policy.scope(name)).map(|scope| &*scope.description),
    });
    described.collect()
}
