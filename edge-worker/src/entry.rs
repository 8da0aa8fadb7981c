//! The functions that `js/entry.js`, the Worker's entry point, calls: each takes one request and fills in one
//! plan, also on errors.
//!
//! Numbers cross to JavaScript at almost no cost, text does not. A plan is therefore filled in by calls with
//! numbers, and the strings that tell an upstream about a caller are created once per token.

#![allow(unreachable_pub, reason = "what JavaScript calls must be public, and nothing in Rust calls it")]

use std::rc::Rc;

use auth_core::gate::Head;
use auth_core::wire::ErrorCode;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Array;
use worker::{Env, worker_sys};

use crate::config::{self, Config};
use crate::eager::value_or_promise;
use crate::gate::timing::Timing;
use crate::gate::{self, Outcome, forward};
use crate::http::{EXPOSED, Incoming, Refusal, problem};
use crate::objects::Unavailable;
use crate::service;
use crate::{log, random};

#[wasm_bindgen]
extern "C" {
    /// The plan for a request: a class of `js/entry.js`.
    pub type Plan;

    /// Sets the request's number in this isolate, and whether a page of a listed origin sent it and may read
    /// the response.
    #[wasm_bindgen(method)]
    fn begin(this: &Plan, number: u32, listed: bool);

    /// Sets the values of `Server-Timing`; a negative age means that there is none.
    #[wasm_bindgen(method)]
    fn time(this: &Plan, hit: bool, keys_age_ms: f64, revocations_age_ms: f64);

    /// Forwards to the upstream of the route with this index, with these header names and values. The
    /// upstream gets the URL up to `url_ends`; 0 means all of it.
    #[wasm_bindgen(method)]
    fn forward(this: &Plan, route: usize, identity: &Array, url_ends: usize);

    /// Sets this cookie (a `Set-Cookie` value) on any response that leaves within so many milliseconds.
    #[wasm_bindgen(method, js_name = setCookie)]
    fn set_cookie(this: &Plan, cookie: &str, within_ms: u32);

    /// Sends this response of the Worker's own.
    #[wasm_bindgen(method)]
    fn answer(this: &Plan, response: &web_sys::Response);
}

/// Fills in the plan and returns true if the request may be forwarded to its upstream and nothing has to be
/// awaited to decide that. Otherwise returns false, and the caller must call [`answer`]. `head` contains the
/// lines that are read of every request (see [`Incoming`]).
#[wasm_bindgen]
#[must_use]
pub fn admit(head: String, now_ms: f64, plan: &Plan) -> bool {
    let Some(config) = config::at_hand() else { return false };
    let head = Head::short(head);
    if service::find(head.path()).is_some() {
        return false;
    }
    // Milliseconds since 1970 are far below 2⁵³.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let now_ms = now_ms as u64;
    let Some(admitted) = gate::at_once::admit(&config, &head, now_ms) else { return false };
    begin(plan, random::request_number(), &config, head.header("origin"));
    if let Some(timing) = admitted.timing {
        time(plan, timing);
    }
    match &admitted.known {
        Some(known) => plan.forward(admitted.route, known.identity_for_js(), 0),
        None => plan.forward(admitted.route, &Array::new(), 0),
    }
    true
}

/// Fills in the plan for any request. Returns nothing, or a promise of nothing.
#[wasm_bindgen]
#[must_use]
pub fn answer(
    request: web_sys::Request,
    head: String,
    env: Env,
    platform: worker_sys::Context,
    plan: Plan,
) -> JsValue {
    value_or_promise(fill_in(Incoming::new(request, Head::short(head)), env, platform, plan))
}

async fn fill_in(incoming: Incoming, env: Env, platform: worker_sys::Context, plan: Plan) -> JsValue {
    let config = match config::of(&env) {
        Ok(config) => config,
        Err(errors) => {
            for error in &errors {
                log::line("configuration", &incoming.id, json!({"error": error.to_string()}));
            }
            plan.begin(incoming.number, false);
            plan.answer(&problem(&Refusal::unavailable()).into());
            return JsValue::UNDEFINED;
        }
    };
    let mut context =
        service::Context::new(env, worker::Context::new(platform), Rc::clone(&config), incoming);
    let outcome = dispatch(&mut context).await;
    let incoming = &context.incoming;
    begin(&plan, incoming.number, &config, incoming.header("origin"));
    if let Some(timing) = context.timing.get() {
        time(&plan, timing);
    }
    if let Some(cookie) = context.new_cookie.take() {
        let within_ms = config.lifetimes.navigation_answer_ms();
        plan.set_cookie(&cookie, u32::try_from(within_ms).unwrap_or(u32::MAX));
    }
    match outcome {
        Ok(Outcome::Answer(response)) => plan.answer(&response.into()),
        Ok(Outcome::Forward { route, identity, url_ends }) => {
            plan.forward(route, &forward::lines_for_js(&identity), url_ends);
        }
        Err(refusal) => {
            if let Some(Unavailable { part, cause, .. }) = &refusal.cause {
                log::line("unavailable", &incoming.id, json!({"part": part, "cause": cause}));
            }
            plan.answer(&problem(&refusal).into());
        }
    }
    JsValue::UNDEFINED
}

/// The service handles its own paths, the gate all others.
async fn dispatch(context: &mut service::Context) -> Result<Outcome, Refusal> {
    match service::find(context.incoming.path()) {
        Some(found) => service::handle(context, found).await.map(Outcome::Answer),
        None => gate::handle::handle(context).await,
    }
}

fn begin(plan: &Plan, number: u32, config: &Config, origin: Option<&str>) {
    plan.begin(number, origin.is_some_and(|origin| config.lists_origin(origin)));
}

// An age in milliseconds is far below 2⁵³.
#[allow(clippy::cast_precision_loss)]
fn time(plan: &Plan, timing: Timing) {
    let revocations_age_ms = timing.revocations_age_ms.map_or(-1.0, |age| age as f64);
    plan.time(timing.hit, timing.keys_age_ms as f64, revocations_age_ms);
}

/// The constants of this instance, as JSON: the prefix of request ids, the headers of every response, those
/// of a response that a page of a listed origin may read, and how each route's upstream is called.
#[wasm_bindgen]
#[must_use]
pub fn settings(env: &Env) -> String {
    let config = config::of(env).ok();
    let mut always = vec![["X-Content-Type-Options", "nosniff"]];
    if config.as_ref().is_some_and(|config| config.is_https()) {
        always.push(["Strict-Transport-Security", "max-age=63072000; includeSubDomains"]);
    }
    let forwarded = config.as_ref().map_or_else(Vec::new, |config| forward::public_address(config));
    let routes = config.map_or_else(Vec::new, |config| forward::routes(&config));
    let listed = [["Access-Control-Allow-Credentials", "true"], ["Access-Control-Expose-Headers", EXPOSED]];
    json!({
        "instance": random::instance_id(),
        "always": always,
        "listed": listed,
        "forwarded": forwarded,
        "secretHeader": forward::GATE_SECRET,
        "viaHeader": forward::VIA,
        "withCookie": forward::with_cookie(),
        "routes": routes,
    })
    .to_string()
}

/// What happens to an inbound header of this name (lower case) when a request is forwarded.
#[wasm_bindgen]
#[must_use]
pub fn outbound(name: &str) -> u8 {
    config::at_hand()
        .map_or(forward::Outbound::Removed, |config| forward::outbound(name, &config.strip_headers)) as u8
}

/// A `Cookie` header without Latchkey's cookies and those with tokens of other issuers; `None` if nothing else is in it.
#[wasm_bindgen(js_name = otherCookies)]
#[must_use]
pub fn other_cookies(header: &str) -> Option<String> {
    config::at_hand().and_then(|config| forward::without_tokens(header, &config.token_cookies))
}

/// An upstream's `Set-Cookie` values (lines) without those that set one of Latchkey's cookies.
#[wasm_bindgen(js_name = allowedCookies)]
#[must_use]
pub fn allowed_cookies(lines: &str) -> String {
    lines.split('\n').filter(|cookie| !forward::sets_ours(cookie)).collect::<Vec<_>>().join("\n")
}

/// The response if an upstream gives none: `bad_gateway`, `gateway_timeout`, or `unavailable` for any other
/// name. The cause is logged.
#[wasm_bindgen]
#[must_use]
pub fn failed(route: usize, id: &str, code: &str, cause: &str) -> web_sys::Response {
    let upstream = config::at_hand().and_then(|config| Some(config.routes.get(route)?.upstream.clone()));
    log::line("upstream_failed", id, json!({"upstream": upstream, "code": code, "cause": cause}));
    let refusal = match code {
        "bad_gateway" => Refusal::new(ErrorCode::BadGateway),
        "gateway_timeout" => Refusal::new(ErrorCode::GatewayTimeout),
        _ => Refusal::unavailable(),
    };
    problem(&refusal).into()
}

/// The response to a GET or HEAD request with content. The platform cannot forward the content of these methods.
#[wasm_bindgen(js_name = contentRejected)]
#[must_use]
pub fn content_rejected() -> web_sys::Response {
    problem(&Refusal::invalid("A GET or HEAD request must not have content.")).into()
}

/// The response if no other can be made.
#[wasm_bindgen]
#[must_use]
pub fn unavailable() -> web_sys::Response {
    problem(&Refusal::unavailable()).into()
}

/// Does nothing. Calling it replaces an instance that ended by a panic.
#[wasm_bindgen]
pub fn renew() {}
