//! Who the vault talks to: the TypeScript face, or, when the vault runs in a worker, the other end of its port.
//! None of these calls has a place for a token.

use auth_core::session::Failure;
use wasm_bindgen::prelude::*;

use crate::views::{FailureView, to_js};

#[wasm_bindgen]
extern "C" {
    /// An object with the methods below.
    #[wasm_bindgen(typescript_type = "unknown")]
    pub type Host;

    /// Makes the error the page gets to see, of a [`FailureView`].
    #[wasm_bindgen(method)]
    fn fail(this: &Host, failure: &JsValue, cause: &JsValue) -> JsValue;

    /// Something the page may see has changed: a [`crate::views::Snapshot`], and the last error or `null`.
    #[wasm_bindgen(method)]
    pub(crate) fn notify(this: &Host, snapshot: &JsValue, last_error: &JsValue);

    /// Tells the other tabs a [`crate::views::TabNote`].
    #[wasm_bindgen(method)]
    pub(crate) fn broadcast(this: &Host, note: &JsValue);

    /// Asks for the lock that the tabs share; the vault's `locked` or `unlocked` follows.
    #[wasm_bindgen(method, js_name = askLock)]
    pub(crate) fn ask_lock(this: &Host, lock: u32);

    /// Gives it back, or doesn't ask any longer; nothing follows.
    #[wasm_bindgen(method, js_name = releaseLock)]
    pub(crate) fn release_lock(this: &Host, lock: u32);

    /// Notes, for all pages of the origin, that the service must still be told of a sign-out; `None` strikes the note.
    #[wasm_bindgen(method)]
    pub(crate) fn remember(this: &Host, note: Option<&str>);

    /// Looks for such a note of any page's. If there is one, the vault's `wake("noted")` follows; if not, nothing.
    #[wasm_bindgen(method, js_name = checkNote)]
    pub(crate) fn check_note(this: &Host);
}

impl Host {
    /// The `AuthError` for a failure.
    pub(crate) fn error(&self, failure: &Failure, cause: &JsValue) -> JsValue {
        self.fail(&to_js(&FailureView::from(failure)), cause)
    }
}
