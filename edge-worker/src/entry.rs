//! The functions that `js/entry.ts`, the Worker's entry point, calls: each takes one request and fills in one
//! plan, also on errors.
//!
//! Numbers cross to JavaScript at almost no cost, text does not. A plan is therefore filled in by calls with
//! numbers, and the strings that tell an upstream about a caller are created once per token.

#![allow(unreachable_pub, reason = "what JavaScript calls must be public, and nothing in Rust calls it")]

use std::rc::Rc;

use auth_core::api_key;
use auth_core::gate::{ALWAYS_READ, Forward, Head, Identified, READ_WITH_API_KEY, Signature, Timing, VIA};
use auth_core::wire::{ErrorCode, paths};
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::CryptoKey;
use worker::js_sys::{Array, Object};
use worker::{Env, worker_sys};

use crate::config::{self, Config, ConfigError};
use crate::eager::value_or_promise;
use crate::gate::at_once;
use crate::gate::fulfil::Findings;
use crate::gate::handle::identity_of;
use crate::gate::token_cache::Token;
use crate::gate::{self, Outcome, forward};
use crate::http::{EXPOSED, Incoming, MAX_DRAINED, Refusal, problem};
use crate::service;
use crate::signatures::imported;
use crate::{log, random};

#[wasm_bindgen]
extern "C" {
    /// The plan for a request: a class of `js/plan.ts`.
    pub type Plan;

    /// Sets the request's number in this isolate, and whether a page of a listed origin sent it and may read
    /// the response.
    #[wasm_bindgen(method)]
    fn begin(this: &Plan, number: u32, listed: bool);

    /// Sets the values of `Server-Timing`; a negative age means that there is none.
    #[wasm_bindgen(method)]
    fn time(this: &Plan, hit: bool, keys_age_ms: f64, revocations_age_ms: f64);

    /// Begins to check a signature, with the arguments of WebCrypto's `verify`.
    #[wasm_bindgen(method)]
    fn check(this: &Plan, parameters: &Object, key: &CryptoKey, signature: &[u8], data: &[u8]);

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
/// awaited to decide that. Otherwise returns false. Then the plan may be waiting for a signature, and the
/// caller must call [`settle`]; or it is not, and the caller must call [`answer`]. `head` contains the lines
/// that are read of every request.
#[wasm_bindgen]
#[must_use]
pub fn admit(head: String, now_ms: f64, plan: &Plan) -> bool {
    let Some(config) = config::loaded() else { return false };
    let head = Head::short(head);
    if paths::is_of_service(head.path()) {
        return false;
    }
    let listed = head.header("origin").is_some_and(|origin| config.lists_origin(origin));
    let number = random::request_number();
    let check = |signature: &Signature| match imported(&signature.key) {
        Some(known) => {
            let (signed, bytes) = (signature.signing_input(), &signature.signature);
            plan.check(&known.parameters, &known.key, bytes, signed);
            true
        }
        None => false,
    };
    plan.begin(number, listed);
    match at_once::admit(&config, head, number, whole(now_ms), check) {
        Some(forward) => go(plan, &forward),
        None => return false,
    }
    true
}

/// Continues [`admit`] with the platform's verdict about the signature. Returns true if the request may be
/// forwarded; otherwise the caller must call [`answer`] with the request's number.
#[wasm_bindgen]
#[must_use]
pub fn settle(number: u32, genuine: bool, now_ms: f64, plan: &Plan) -> bool {
    let forward =
        config::loaded().and_then(|config| at_once::settle(&config, number, genuine, whole(now_ms)));
    match forward {
        Some(forward) => go(plan, &forward),
        None => return false,
    }
    true
}

// Milliseconds since 1970 are far below 2⁵³.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
const fn whole(ms: f64) -> u64 {
    ms as u64
}

fn go(plan: &Plan, forward: &Forward<Token>) {
    if let Some(timing) = forward.findings.timing {
        time(plan, timing);
    }
    match &forward.caller {
        Identified::Token(token) => plan.forward(forward.route, token.identity_for_js(), forward.url_ends),
        caller @ (Identified::Anonymous | Identified::Session(_)) => {
            let identity = forward::lines_for_js(&identity_of(caller));
            plan.forward(forward.route, &identity, forward.url_ends);
        }
    }
}

/// Fills in the plan for any request. Returns nothing, or a promise of nothing. `number` is the one with
/// which
/// [`settle`] was called, if it was.
#[wasm_bindgen]
#[must_use]
pub fn answer(
    request: web_sys::Request,
    head: String,
    env: Env,
    platform: worker_sys::Context,
    plan: Plan,
    number: Option<u32>,
) -> JsValue {
    let mut findings = Findings::default();
    let head = Head::short(head);
    if let Some(number) = number {
        findings.facts = at_once::facts_of(number, &head);
    }
    let incoming = Incoming::new(request, head);
    value_or_promise(fill_in(incoming, findings, env, platform, plan))
}

async fn fill_in(
    incoming: Incoming,
    mut findings: Findings,
    env: Env,
    platform: worker_sys::Context,
    plan: Plan,
) -> JsValue {
    let config = match config::of(&env) {
        Ok(config) => config,
        Err(errors) => {
            for error in &errors {
                log::once("configuration", &incoming.id, json!({"error": error.to_string()}));
            }
            plan.begin(incoming.number, false);
            // Only on the developer's own machine: elsewhere, the configuration is not the caller's business.
            let detail = incoming.is_local().then(|| lines(&errors).join("\n"));
            plan.answer(&problem(&Refusal { detail, ..Refusal::unavailable() }).into());
            return JsValue::UNDEFINED;
        }
    };
    let mut context =
        service::Context::new(env, worker::Context::new(platform), Rc::clone(&config), incoming);
    let outcome = dispatch(&mut context, &mut findings).await;
    let incoming = &context.incoming;
    // No response has the headers for credentials that any origin may read.
    let origin = incoming.header("origin").filter(|_| !context.any_origin.get());
    begin(&plan, incoming.number, &config, origin);
    if let Some(cookie) = context.new_cookie.take() {
        let within_ms = config.lifetimes.navigation_answer_ms();
        plan.set_cookie(&cookie, u32::try_from(within_ms).unwrap_or(u32::MAX));
    }
    match outcome {
        Ok(Outcome::Answer(response)) => plan.answer(&response.into()),
        Ok(Outcome::Forward(forward)) => go(&plan, &forward),
        Err(refusal) => {
            // The log is no place for a key, also not if the path contains one.
            let path = incoming.path();
            let path = if api_key::contains_key(path) { "(a path with an API key)" } else { path };
            let request = [incoming.method(), path].join(" ");
            plan.answer(&problem(&refusal.logged(config.issuer.is_local(), &incoming.id, &request)).into());
        }
    }
    JsValue::UNDEFINED
}

/// One line for each error of the configuration, as the terminal and the response on localhost show it.
fn lines(errors: &[ConfigError]) -> Vec<String> {
    errors.iter().map(|error| format!("LATCHKEY: {error}")).collect()
}

/// Reads the configuration when the Worker starts, before the first request, and writes each of its errors to
/// the console.
#[wasm_bindgen(js_name = reportConfiguration)]
pub fn report_configuration(env: &Env) {
    for line in lines(&config::mistakes(env)) {
        worker::console_error!("{line}");
    }
}

/// The service handles its own paths, the gate all others.
async fn dispatch(context: &mut service::Context, findings: &mut Findings) -> Result<Outcome, Refusal> {
    match service::find(context.incoming.path()) {
        Some(found) => service::handle(context, found).await.map(Outcome::Answer),
        None => gate::handle::handle(context, findings).await,
    }
}

fn begin(plan: &Plan, number: u32, config: &Config, origin: Option<&str>) {
    plan.begin(number, origin.is_some_and(|origin| config.lists_origin(origin)));
}

// An age in milliseconds is far below 2⁵³.
#[allow(clippy::cast_precision_loss)]
fn time(plan: &Plan, timing: Timing) {
    let age = |age: Option<u64>| age.map_or(-1.0, |age| age as f64);
    plan.time(timing.hit, age(timing.keys_age_ms), age(timing.revocations_age_ms));
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
    let varies_by_origin = config.as_ref().is_some_and(|config| config.gate().lists_others());
    let server_timing = config.as_ref().is_some_and(|config| config.server_timing);
    let routes = config.map_or_else(Vec::new, |config| forward::routes(&config));
    let listed = [["Access-Control-Allow-Credentials", "true"], ["Access-Control-Expose-Headers", EXPOSED]];
    json!({
        "instance": random::instance_id(),
        "alwaysRead": ALWAYS_READ,
        "readWithApiKey": READ_WITH_API_KEY,
        "apiKey": api_key::PREFIX,
        "always": always,
        "listed": listed,
        "variesByOrigin": varies_by_origin,
        "serverTiming": server_timing,
        "forwarded": forwarded,
        "secretHeader": forward::GATE_SECRET,
        "viaHeader": VIA,
        "withCookie": forward::with_cookie(),
        "outbound": forward::Outbound::names(),
        "maxDrained": MAX_DRAINED,
        "routes": routes,
    })
    .to_string()
}

/// What happens to an inbound header of this name (lower case) when a request is forwarded.
#[wasm_bindgen]
#[must_use]
pub fn outbound(name: &str) -> u8 {
    config::loaded()
        .map_or(forward::Outbound::Removed, |config| forward::outbound(name, &config.strip_headers)) as u8
}

/// A `Cookie` header without Latchkey's cookies and those with tokens of other issuers; `None` if nothing
/// else is in it.
#[wasm_bindgen(js_name = otherCookies)]
#[must_use]
pub fn other_cookies(header: &str) -> Option<String> {
    config::loaded().and_then(|config| forward::without_tokens(header, &config.token_cookies))
}

/// An upstream's `Set-Cookie` values (lines) without those that set one of Latchkey's cookies.
#[wasm_bindgen(js_name = allowedCookies)]
#[must_use]
pub fn allowed_cookies(lines: &str) -> String {
    lines.split('\n').filter(|cookie| !forward::sets_ours(cookie)).collect::<Vec<_>>().join("\n")
}

/// The response if an upstream gives none: `bad_gateway`, `gateway_timeout`, `unbound` if a binding is
/// missing, or `unavailable` for any other name. The cause is logged.
#[wasm_bindgen]
#[must_use]
pub fn failed(route: usize, id: &str, code: &str, cause: &str) -> web_sys::Response {
    let config = config::loaded();
    let named = config.as_ref().and_then(|config| {
        let name = &config.routes.get(route)?.upstream;
        config.upstreams.get_key_value(name)
    });
    let is_local = config.as_ref().is_some_and(|config| config.issuer.is_local());
    if let ("unbound", Some((name, upstream))) = (code, named) {
        return problem(&Refusal::from(forward::unbound(name, upstream)).logged(is_local, id, "")).into();
    }
    let explained = named.map(|(name, upstream)| forward::without_answer(name, upstream, cause));
    match &explained {
        Some(explained) if is_local => log::mistake(true, "upstream_failed", id, None, explained),
        Some(_) | None => {
            let name = named.map(|(name, _)| name);
            log::line("upstream_failed", id, json!({"upstream": name, "code": code, "cause": cause}));
        }
    }
    let refusal = match code {
        "bad_gateway" => Refusal::new(ErrorCode::BadGateway),
        "gateway_timeout" => Refusal::new(ErrorCode::GatewayTimeout),
        _ => Refusal::unavailable(),
    };
    problem(&Refusal { detail: explained.filter(|_| is_local), ..refusal }).into()
}

/// The response to a GET or HEAD request with content. The platform cannot forward the content of these
/// methods. `request` is the method and the path.
#[wasm_bindgen(js_name = contentRejected)]
#[must_use]
pub fn content_rejected(id: &str, request: &str) -> web_sys::Response {
    let is_local = config::loaded().is_some_and(|config| config.issuer.is_local());
    let refusal = Refusal::invalid(None, "A GET or HEAD request must not have content.");
    problem(&refusal.logged(is_local, id, request)).into()
}

/// The response if no other can be made.
#[wasm_bindgen]
#[must_use]
pub fn unavailable() -> web_sys::Response {
    problem(&Refusal::unavailable()).into()
}

/// Must be called once in each instance, before anything else.
///
/// The `worker` crate asks wasm-bindgen to replace an instance that ended by a panic inside the next call,
/// whose arguments would then be in the memory of the old one. `js/recovery.ts` replaces it before.
#[wasm_bindgen(js_name = disableReset)]
pub fn disable_reset() {
    let _ = wasm_bindgen::handler::set_on_abort(|| {});
}

/// Does nothing. Like every call, it throws if the instance has ended.
#[wasm_bindgen]
pub fn touch() {}
