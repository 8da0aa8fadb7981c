//! `GET /auth/providers/{name}/start` and `POST /auth/providers/{name}/link`

use auth_core::gate::browser::is_from_another_site;
use auth_core::provider::{Delivery, FLOW_LIFETIME, Flow, FlowPurpose, FlowSecrets, ReturnTo, StartedFlows};
use auth_core::wire::{Forgery, Form, Origin, is_nonce};
use serde::{Deserialize, Serialize};
use worker::Response;

use super::{cookies, redirect, tell, unknown, with_cookies};
use crate::config::Provider;
use crate::http::{Answered, Refusal, forged, json};
use crate::objects::client;
use crate::random;
use crate::service::owner::Owner;
use crate::service::session::now;
use crate::service::{Context, body};
use crate::ways_in::provider;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkBody {
    /// If absent, the first page of the service's own origin.
    #[serde(default)]
    return_to: Option<String>,
}

#[derive(Serialize)]
struct LinkAnswer {
    url: String,
}

/// Sends the browser to the provider's page.
///
/// A page of another site can't begin a sign-in: the user would be signed in without having asked for it.
pub(in crate::service) async fn start(context: &Context, name: &str) -> Answered {
    let named = provider::find(context, name).ok_or_else(unknown)?;
    if is_from_another_site(context.incoming.whole()) {
        return Err(forged(&context.config, &context.incoming, Forgery::ForeignSite));
    }
    let query = context.incoming.head.query();
    let query = Form::parse(query.strip_prefix('?').unwrap_or_default().as_bytes());
    let query =
        query.map_err(|_| Refusal::invalid(None, "The query is malformed or has a duplicate name."))?;
    let delivery = match query.get("popup") {
        None => Delivery::Redirect,
        Some(id) if is_nonce(id) => Delivery::Popup(id.to_owned()),
        Some(_) => {
            let detail = "popup must be 16 to 64 letters, digits, - or _.";
            return Err(Refusal::invalid(Some("popup"), detail));
        }
    };
    let flow = flow(context, named, delivery, FlowPurpose::SignIn, query.get("return_to"))?;
    match begin(context, named, &flow).await? {
        Ok((url, cookie)) => with_cookies(redirect(&url)?, &[Some(cookie)]),
        Err(refusal) => tell(&flow, Some(&refusal)),
    }
}

/// Returns the URL of the provider's page to a user who has proved a credential recently. The user who returns
/// from there is linked to the account.
pub(in crate::service) async fn link(context: &mut Context, name: &str) -> Answered {
    let LinkBody { return_to } = body::read_optional(&mut context.incoming).await?;
    let context = &*context;
    let named = provider::find(context, name).ok_or_else(unknown)?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let purpose = FlowPurpose::Link { account: owner.caller().account(), session: owner.bearing().session };
    let flow = flow(context, named, Delivery::Redirect, purpose, return_to.as_deref())?;
    let (url, cookie) = begin(context, named, &flow).await??;
    let response: Response = json(200, &LinkAnswer { url })?;
    with_cookies(response, &[Some(cookie)])
}

fn flow(
    context: &Context,
    provider: &Provider,
    delivery: Delivery,
    purpose: FlowPurpose,
    return_to: Option<&str>,
) -> Result<Flow, Refusal> {
    let own = &context.config.issuer;
    let return_to = match return_to {
        None => ReturnTo::root(own),
        Some(text) => ReturnTo::parse(text, own, |origin| context.config.lists_origin(origin))
            .map_err(|_| Refusal::invalid(Some("return_to"), &expected(own)))?,
    };
    Ok(Flow {
        state: random::id()?,
        provider: provider.name.clone(),
        expires_at: now().plus(FLOW_LIFETIME),
        delivery,
        purpose,
        return_to,
    })
}

fn expected(own: &Origin) -> String {
    format!(
        "return_to must be a path, or a URL of {own} or of one of allowed_origins, of at most 2,048 bytes."
    )
}

/// The URL of the provider's page, and the cookie with the flow. The outer error is a fault of the service, the
/// inner one is `provider_failed`.
async fn begin(
    context: &Context,
    named: &Provider,
    flow: &Flow,
) -> Result<Result<(String, String), Refusal>, Refusal> {
    let keys = client::keys(&context.env).await?;
    let secrets = FlowSecrets::of(&keys.refresh_keys.active, &flow.state);
    let url = match provider::page(context, named, flow, &secrets).await {
        Ok(url) => url,
        Err(failed) => return Ok(Err(failed.logged(context, named))),
    };
    let cookie = StartedFlows::read(cookies(context)).add(flow, &keys.refresh_keys, now());
    Ok(Ok((url, cookie)))
}
