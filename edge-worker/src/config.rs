//! The Worker's configuration: one table, `LATCHKEY`, read and checked as a whole.
//!
//! If the configuration is invalid, the Worker answers every request with `unavailable`, and its log names
//! every invalid key, the value found and the value expected.

pub use worker_config::{
    Access, Carriers, Config, ConfigError, Elsewhere, Hooks, Issuer, Jurisdiction, KeyPolicy, KeySource,
    Limits, MIN_SECRET_BYTES, Mail, MailAdapter, Mailbox, Notification, OWN, OpenIdProvider, Passkeys,
    PasswordRules, Provider, ProviderKind, Requirements, Route, SignUpPolicy, SignatureBackend,
    SigningKeyIds, Target, Upstream, is_secure_url, parse,
};

use std::cell::OnceCell;
use std::rc::Rc;

use serde_json::{Value, json};
use worker::{Env, js_sys, wasm_bindgen::JsValue};
use worker_config::Binding;

use crate::log;

/// The variable with the configuration: a table in wrangler.toml, or the same as a JSON string.
const VARIABLE: &str = "LATCHKEY";

thread_local! {
    /// Read once per isolate, because variables do not change during its lifetime.
    static CONFIG: OnceCell<Result<Rc<Config>, Vec<ConfigError>>> = const { OnceCell::new() };
}

/// The configuration of this isolate.
///
/// # Errors
/// Every [`ConfigError`] of the configuration.
pub fn of(env: &Env) -> Result<Rc<Config>, Vec<ConfigError>> {
    CONFIG.with(|config| config.get_or_init(|| read(env).map(Rc::new)).clone())
}

fn read(env: &Env) -> Result<Config, Vec<ConfigError>> {
    let config = parse(&variable(env))?;
    let errors = worker_config::check_secrets(&config, |name| bound(env, name));
    if !errors.is_empty() {
        return Err(errors);
    }
    warn(&config);
    Ok(config)
}

/// The mistakes in the configuration that can be seen before the first request. With the last kind, a missing
/// binding, only requests that need it fail.
#[must_use]
pub fn mistakes(env: &Env) -> Vec<ConfigError> {
    match of(env) {
        Ok(config) => worker_config::check_bindings(&config, |name| bound(env, name)),
        Err(errors) => errors,
    }
}

/// What a name is bound to. The kinds of objects cannot be told apart reliably in JavaScript.
fn bound(env: &Env, name: &str) -> Binding {
    let value = js_sys::Reflect::get(env.as_ref(), &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    match value.as_string() {
        Some(text) => Binding::Text(text.len()),
        None if value.is_object() => Binding::Unknown,
        None => Binding::Missing,
    }
}

/// Logs settings that work but are not recommended.
fn warn(config: &Config) {
    if config.is_https() && config.keys.secret_bindings.is_empty() {
        let advice = "private keys are stored unsealed; name a Worker secret in keys.secret_bindings";
        log::line("keys_not_sealed", "", json!({"advice": advice}));
    }
}

/// The configuration of this isolate, if it was read already and is valid.
#[must_use]
pub fn loaded() -> Option<Rc<Config>> {
    CONFIG.with(|config| config.get().and_then(|config| config.as_ref().ok().cloned()))
}

/// The variable as JSON; `Null` if it does not exist or can't be read.
fn variable(env: &Env) -> Value {
    let value =
        js_sys::Reflect::get(env.as_ref(), &JsValue::from_str(VARIABLE)).unwrap_or(JsValue::UNDEFINED);
    let text =
        value.as_string().or_else(|| js_sys::JSON::stringify(&value).ok().and_then(|text| text.as_string()));
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null)
}
