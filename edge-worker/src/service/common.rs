//! Refuses the most common passwords where a user or an administrator chooses one: those of the built-in
//! list, and those of a list that the deployer keeps in a KV namespace. An isolate reads the latter once,
//! when the first password is chosen in it.

use std::cell::RefCell;

use auth_core::wire::Password;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::js_sys::{JsString, Reflect};

use super::Context;
use crate::http::Refusal;
use crate::objects::Unavailable;
use crate::passwords::common;

/// The key under which the namespace stores the list: one password per line, in UTF-8.
const KEY: &str = "common-passwords";

/// The maximum size of the list in bytes: some hundred thousand passwords.
const MAX_BYTES: u32 = 1024 * 1024;

const PART: &str = "common passwords";

thread_local! {
    /// The list, once it has been read.
    static LIST: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// A KV namespace.
    type Namespace;

    /// The value as text; `null` if the key does not exist.
    #[wasm_bindgen(method, catch)]
    async fn get(this: &Namespace, key: &str) -> Result<JsValue, JsValue>;
}

/// Refuses a password that is on a list.
///
/// # Errors
/// `invalid_request`; `unavailable` where the configuration names a list that cannot be read.
pub(super) async fn refuse(context: &Context, field: &str, password: &Password) -> Result<(), Refusal> {
    let rules = &context.config.passwords;
    if rules.refuse_common && common::is_common(password) {
        return Err(too_common(field));
    }
    let Some(binding) = &rules.common else { return Ok(()) };
    if LIST.with_borrow(Option::is_none) {
        let list = read(context, binding).await?;
        LIST.set(Some(list));
    }
    if LIST.with_borrow(|list| list.as_ref().is_some_and(|list| common::holds(list, password))) {
        return Err(too_common(field));
    }
    Ok(())
}

fn too_common(field: &str) -> Refusal {
    let detail = "This password is one of the most common, which are guessed first. Choose another.";
    Refusal::invalid(Some(field), detail)
}

async fn read(context: &Context, binding: &str) -> Result<String, Unavailable> {
    let missing = || {
        let expected = format!("[[kv_namespaces]] binding = \"{binding}\"");
        Unavailable::unbound(PART, &format!("passwords.common: found {binding}"), &expected)
    };
    let namespace = Reflect::get(context.env.as_ref(), &JsValue::from_str(binding)).map_err(|_| missing())?;
    if !namespace.is_object() {
        return Err(missing());
    }
    let value = namespace.unchecked_into::<Namespace>().get(KEY).await;
    let value = value.map_err(|_| Unavailable::because(PART, "the KV namespace can't be read"))?;
    let text = value.dyn_into::<JsString>();
    let text = text.map_err(|_| {
        Unavailable::because(PART, "the KV namespace has no text under the key common-passwords")
    })?;
    if text.length() > MAX_BYTES {
        return Err(Unavailable::because(PART, "the list is longer than 1 MiB"));
    }
    Ok(text.into())
}
