//! The commonest passwords, which nobody may choose: a list that the deployer keeps in a KV namespace, and that an isolate reads
//! once, when the first password is chosen in it. Without a list nothing of this happens.

use std::cell::RefCell;

use auth_core::wire::Password;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::js_sys::{JsString, Reflect};

use super::Context;
use crate::http::Refusal;
use crate::objects::Unavailable;

/// The key under which the namespace holds the list: one password a line, in UTF-8.
const KEY: &str = "common-passwords";

/// The longest list that an isolate keeps: some hundred thousand passwords.
const MOST_BYTES: u32 = 1024 * 1024;

const PART: &str = "common passwords";

thread_local! {
    /// The list, once it has been read.
    static LIST: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// A KV namespace.
    type Namespace;

    /// The value as a text; `null` when there is none.
    #[wasm_bindgen(method, catch)]
    async fn get(this: &Namespace, key: &str) -> Result<JsValue, JsValue>;
}

/// Refuses a password that is on the list.
///
/// # Errors
/// `invalid_request`; `unavailable` where there is to be a list and it can't be had.
pub(super) async fn refuse(context: &Context, password: &Password) -> Result<(), Refusal> {
    let Some(binding) = &context.config.passwords.common else { return Ok(()) };
    if LIST.with_borrow(Option::is_none) {
        let list = read(context, binding).await?;
        LIST.set(Some(list));
    }
    if LIST.with_borrow(|list| list.as_ref().is_some_and(|list| holds(list, password))) {
        return Err(Refusal::invalid(
            "This password is one of the commonest, which are guessed first. Choose another.",
        ));
    }
    Ok(())
}

async fn read(context: &Context, binding: &str) -> Result<String, Unavailable> {
    let missing = || Unavailable::because(PART, "the namespace isn't bound");
    let namespace = Reflect::get(context.env.as_ref(), &JsValue::from_str(binding)).map_err(|_| missing())?;
    if !namespace.is_object() {
        return Err(missing());
    }
    let value = namespace.unchecked_into::<Namespace>().get(KEY).await;
    let value = value.map_err(|_| Unavailable::because(PART, "the namespace can't be read"))?;
    let text = value.dyn_into::<JsString>();
    let text = text.map_err(|_| Unavailable::because(PART, "nothing under the key common-passwords"))?;
    if text.length() > MOST_BYTES {
        return Err(Unavailable::because(PART, "the list is longer than 1 MiB"));
    }
    Ok(text.into())
}

/// Letters of ASCII count the same in both cases; whatever else there is, is compared byte by byte.
fn holds(list: &str, password: &Password) -> bool {
    list.lines().any(|line| line.as_bytes().eq_ignore_ascii_case(password.expose_bytes()))
}

#[cfg(test)]
mod tests {
    use auth_core::secret::SecretText;
    use auth_core::wire::Password;

    use super::holds;

    #[test]
    fn check_41_a_line_is_a_password_whole_and_in_any_case() {
        let list = "password1\r\nIloveyou\n\nmonkey monkey\n\u{fc}bermuts";
        for (text, expected) in [
            ("password1", true),
            ("PassWord1", true),
            ("iloveyou", true),
            ("monkey monkey", true),
            ("\u{fc}berMUTS", true),
            ("\u{dc}bermuts", false),
            ("password", false),
            ("password12", false),
            (" password1", false),
            ("password1 ", false),
            ("password1\nIloveyou", false),
            ("        ", false),
        ] {
            let password = Password::new(SecretText::new(text.into()));
            assert_eq!(password.is_ok_and(|password| holds(list, &password)), expected, "{text}");
        }
    }
}
