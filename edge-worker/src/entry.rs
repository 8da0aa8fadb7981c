//! What `js/entry.js`, the Worker's door, calls: one request in, one plan out, whatever happens.
//!
//! A plan is text: the index of the route whose upstream is to be asked (nothing, where the Worker answers itself), names and values
//! of the answer's headers, an empty line, names and values of the headers that tell the upstream who calls. None of them can hold a
//! line break. It costs one crossing to JavaScript; a call per header would cost one each.

#![allow(unreachable_pub, reason = "what JavaScript calls must be public, and nothing in Rust calls it")]

use std::rc::Rc;

use auth_core::wire::ErrorCode;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Array;
use worker::{Env, Response, worker_sys};

use crate::config::{self, Config};
use crate::eager::value_or_promise;
use crate::gate::{self, Outcome, forward};
use crate::http::{EXPOSED, Head, Incoming, Refusal, problem};
use crate::objects::Unavailable;
use crate::service;
use crate::{log, random};

/// The plan for a request of whose head these lines are what is read of every request (see [`Incoming`]): if everything that decides is at hand and says
/// that it may go to its upstream. Otherwise nothing, and [`answer`] has to be asked.
#[wasm_bindgen]
#[must_use]
pub fn admit(head: String, now_ms: f64) -> Option<String> {
    let config = config::at_hand()?;
    let head = Head::new(head);
    if service::find(head.path()).is_some() {
        return None;
    }
    // Milliseconds since 1970 are far below 2⁵³.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let now_ms = now_ms as u64;
    let admitted = gate::at_once::admit(&config, &head, now_ms)?;
    let mut plan = plan(Some(admitted.route), &random::request_id(now_ms), &config, head.header("origin"));
    if let Some(timing) = &admitted.timing {
        line(&mut plan, "Server-Timing", timing);
    }
    if let Some(identity) = admitted.identity() {
        plan.push_str("\n\n");
        plan.push_str(identity);
    }
    Some(plan)
}

/// The plan for any request, and the answer where it isn't an upstream's: a pair, or a promise of one.
#[wasm_bindgen]
#[must_use]
pub fn answer(request: web_sys::Request, head: String, env: Env, platform: worker_sys::Context) -> JsValue {
    value_or_promise(plan_for(Incoming::new(request, Head::new(head)), env, platform))
}

async fn plan_for(incoming: Incoming, env: Env, platform: worker_sys::Context) -> Array {
    let config = match config::of(&env) {
        Ok(config) => config,
        Err(errors) => {
            for error in &errors {
                log::line("configuration", &incoming.id, json!({"error": error.to_string()}));
            }
            let plan = format!("\nLatchkey-Request-Id\n{}", incoming.id);
            return own(&plan, problem(&Refusal::unavailable()));
        }
    };
    let mut context =
        service::Context::new(env, worker::Context::new(platform), Rc::clone(&config), incoming);
    let outcome = dispatch(&mut context).await;
    let incoming = &context.incoming;
    let outcome = outcome.unwrap_or_else(|refusal| {
        if let Some(Unavailable { part, cause }) = &refusal.cause {
            log::line("unavailable", &incoming.id, json!({"part": part, "cause": cause}));
        }
        Outcome::Answer(problem(&refusal))
    });
    let route = match &outcome {
        Outcome::Forward { route, .. } => Some(*route),
        Outcome::Answer(_) => None,
    };
    let mut plan = plan(route, &incoming.id, &config, incoming.header("origin"));
    if let Some(timing) = context.timing.borrow().as_deref() {
        line(&mut plan, "Server-Timing", timing);
    }
    match outcome {
        Outcome::Answer(response) => own(&plan, response),
        Outcome::Forward { identity, .. } => {
            if !identity.is_empty() {
                plan.push_str("\n\n");
                plan.push_str(&identity);
            }
            Array::of1(&plan.into())
        }
    }
}

/// The service answers for its own paths, the gate for all others.
async fn dispatch(context: &mut service::Context) -> Result<Outcome, Refusal> {
    match service::find(context.incoming.path()) {
        Some(found) => service::handle(context, found).await.map(Outcome::Answer),
        None => gate::handle::handle(context).await,
    }
}

fn own(plan: &str, response: Response) -> Array {
    let response: web_sys::Response = response.into();
    Array::of2(&plan.into(), &response)
}

/// A plan's first lines: what every answer gets, beside what [`settings`] says. A page of a listed origin may read it.
fn plan(route: Option<usize>, id: &str, config: &Config, origin: Option<&str>) -> String {
    let mut plan = String::with_capacity(1024);
    if let Some(route) = route {
        plan.push_str(&route.to_string());
    }
    line(&mut plan, "Latchkey-Request-Id", id);
    if let Some(origin) = origin.filter(|origin| config.lists_origin(origin)) {
        line(&mut plan, "Access-Control-Allow-Origin", origin);
        line(&mut plan, "Access-Control-Allow-Credentials", "true");
        line(&mut plan, "Access-Control-Expose-Headers", EXPOSED);
    }
    plan
}

fn line(plan: &mut String, name: &str, value: &str) {
    for text in [name, value] {
        plan.push('\n');
        plan.push_str(text);
    }
}

/// What can't change while the isolate lives, as JSON: what every answer gets, and how each route's upstream is asked.
#[wasm_bindgen]
#[must_use]
pub fn settings(env: &Env) -> String {
    let config = config::of(env).ok();
    let mut always = vec![["X-Content-Type-Options", "nosniff"]];
    if config.as_ref().is_some_and(|config| config.is_https()) {
        always.push(["Strict-Transport-Security", "max-age=63072000; includeSubDomains"]);
    }
    let routes = config.map_or_else(Vec::new, |config| forward::routes(&config));
    json!({"always": always, "secretHeader": forward::GATE_SECRET, "routes": routes}).to_string()
}

/// What becomes of an inbound header of this name (lower case) on its way to an upstream.
#[wasm_bindgen]
#[must_use]
pub fn outbound(name: &str) -> u8 {
    config::at_hand()
        .map_or(forward::Outbound::Removed, |config| forward::outbound(name, &config.strip_headers)) as u8
}

/// A `Cookie` header without our cookie; nothing, when nothing else is in it.
#[wasm_bindgen(js_name = otherCookies)]
#[must_use]
pub fn other_cookies(header: &str) -> Option<String> {
    forward::without_ours(header)
}

/// An upstream's `Set-Cookie` values (lines) without those that set our cookie.
#[wasm_bindgen(js_name = allowedCookies)]
#[must_use]
pub fn allowed_cookies(lines: &str) -> String {
    lines.split('\n').filter(|cookie| !forward::sets_ours(cookie)).collect::<Vec<_>>().join("\n")
}

/// The answer when an upstream has none: `bad_gateway`, `gateway_timeout`, or `unavailable` for whatever else it is called. The log
/// says why.
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

/// The answer when there is no other.
#[wasm_bindgen]
#[must_use]
pub fn unavailable() -> web_sys::Response {
    problem(&Refusal::unavailable()).into()
}

/// Does nothing. Calling it replaces an instance that a panic has ended.
#[wasm_bindgen]
pub fn renew() {}
