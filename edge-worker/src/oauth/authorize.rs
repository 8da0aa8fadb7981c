//! `GET` and `POST /oauth/authorize` (RFC 6749 section 3.1).
//!
//! The session's cookie is `SameSite=Strict`, so a navigation that a client's page has caused does not carry it. The
//! request is therefore only checked and sealed here, and the browser is led on to `/oauth/consent` by a page of this
//! origin.

use auth_core::id::ClientId;
use auth_core::oauth::{
    AuthorizationRequest, AuthorizationResponse, Client, OAuthFailure, REQUEST_URI, RedirectUri, Rejected,
    RequestPurpose, SealedRequest,
};
use auth_core::wire::{Form, paths};

use super::browser::{as_page, locale_of, redirect, say, service_of};
use super::pages::{self, Message};
use super::{clients, policy, whole_service};
use crate::context::Context;
use crate::http::{Answered, Refusal};
use crate::objects::client;
use crate::platform::now;
use crate::random;
use crate::service::body;

/// The parameters are in the query.
pub(crate) async fn asked(context: &Context) -> Answered {
    let query = context.incoming.head.query();
    let form = Form::parse(query.strip_prefix('?').unwrap_or_default().as_bytes());
    let form = form.map_err(|_| Refusal::invalid(None, "The query is malformed or has a duplicate name."));
    let answered = match form {
        Ok(form) => lead_on(context, &form).await,
        Err(refusal) => Err(refusal),
    };
    as_page(context, answered)
}

/// The parameters are in a form.
pub(crate) async fn posted(context: &mut Context) -> Answered {
    let form = body::read_form(&mut context.incoming).await;
    let context = &*context;
    let answered = match form {
        Ok(form) => lead_on(context, &form).await,
        Err(refusal) => Err(refusal),
    };
    as_page(context, answered)
}

async fn lead_on(context: &Context, form: &Form) -> Answered {
    let policy = policy(context)?;
    let client = match form.get("client_id").map(ClientId::from) {
        Some(id) => clients::find(context, &id).await?,
        None => None,
    };
    let Some(client) = client else {
        return say(context, Message::UnknownClient, Some("The client_id is missing or unknown."));
    };
    let keys = client::keys(&context.env).await?;
    let sealed = match form.get("request_uri").and_then(|uri| uri.strip_prefix(REQUEST_URI)) {
        Some(pushed) => {
            let opened = SealedRequest::open(pushed, RequestPurpose::Pushed, &keys.refresh_keys, now());
            let opened = opened.filter(|pushed| is_still_permitted(pushed, &client));
            let Some(pushed) = opened else { return say(context, Message::Expired, None) };
            pushed.for_consent(now())
        }
        None => match AuthorizationRequest::read(form, &client, policy, whole_service(context)) {
            Ok(request) => SealedRequest::new(random::id()?, request, RequestPurpose::Consent, now()),
            Err(Rejected::ShowUser(failure)) => {
                return say(context, Message::UnknownRedirectUri, Some(failure.description));
            }
            Err(Rejected::Redirect { redirect_uri, state, failure }) => {
                return refuse(context, &client, 302, (&redirect_uri, state.as_deref()), failure);
            }
        },
    };
    let path = consent_path(&sealed.seal(RequestPurpose::Consent, &keys.refresh_keys));
    pages::leads_on(service_of(context, &locale_of(context, None)), &path)
}

/// The path of the page about a sealed request, which consists of letters, digits, `-`, `_` and `.`.
pub(super) fn consent_path(sealed: &str) -> String {
    [paths::OAUTH_CONSENT, "?request=", sealed].concat()
}

/// Whether the request is this client's, and still leads to one of its redirect URIs: its registration may have
/// changed since the request was sealed.
pub(super) fn is_still_permitted(sealed: &SealedRequest, client: &Client) -> bool {
    sealed.request.client_id == client.id && client.redirect_uri(&sealed.request.redirect_uri).is_some()
}

/// Sends an error to the client, about whose request the user has decided nothing yet. If the client has chosen its
/// redirect URI itself, the user sees where it leads and goes there by a link, also with `prompt=none`.
pub(super) fn refuse(
    context: &Context,
    client: &Client,
    status: u16,
    (redirect_uri, state): (&str, Option<&str>),
    failure: OAuthFailure,
) -> Answered {
    let url = AuthorizationResponse::Error(failure).url(redirect_uri, state, &context.config.issuer);
    match RedirectUri::parse(redirect_uri) {
        Ok(uri) if !client.has_trusted_redirect_uris() => {
            pages::leave(service_of(context, &locale_of(context, None)), &uri, &url, failure)
        }
        Ok(_) | Err(_) => redirect(status, &url),
    }
}
