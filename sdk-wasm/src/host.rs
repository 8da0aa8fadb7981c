//! The functions that the vault calls: the TypeScript in the page, or in the worker in which the vault runs.
//! No parameter can contain a token.

use auth_core::session::Failure;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::views::{FailureView, to_js};

#[wasm_bindgen]
extern "C" {
    /// An object with the methods below.
    #[wasm_bindgen(typescript_type = "unknown")]
    pub type Host;

    /// Creates the error that the page sees, from a [`FailureView`].
    #[wasm_bindgen(method)]
    fn fail(this: &Host, failure: &JsValue, cause: &JsValue) -> JsValue;

    /// A promise of whether the service says that this page's origin is not listed.
    #[wasm_bindgen(method, js_name = isUnlisted)]
    pub(crate) fn is_unlisted(this: &Host, signal: &AbortSignal) -> Promise;

    /// The state that the page sees has changed: a [`crate::views::Snapshot`], the session or `undefined`, and
    /// the last error or `null`.
    #[wasm_bindgen(method)]
    pub(crate) fn notify(this: &Host, snapshot: &JsValue, session: &JsValue, last_error: &JsValue);

    /// Has the page let the user step up; the vault's `steppedUp` is called afterwards. `required` has `acr`, `maxAge`
    /// and `methods`.
    #[wasm_bindgen(method, js_name = askStepUp)]
    pub(crate) fn ask_step_up(this: &Host, number: u32, required: &JsValue);

    /// Sends a [`crate::views::TabNote`] to the other tabs.
    #[wasm_bindgen(method)]
    pub(crate) fn broadcast(this: &Host, note: &JsValue);

    /// Requests the lock that the tabs share. The vault's `locked` or `unlocked` is called afterwards.
    #[wasm_bindgen(method, js_name = askLock)]
    pub(crate) fn ask_lock(this: &Host, lock: u32);

    /// Releases the lock, or withdraws the request. Neither function is called afterwards.
    #[wasm_bindgen(method, js_name = releaseLock)]
    pub(crate) fn release_lock(this: &Host, lock: u32);

    /// Stores a note, for all pages of the origin, of a sign-out that the service has not confirmed; `None`
    /// removes it.
    #[wasm_bindgen(method)]
    pub(crate) fn remember(this: &Host, note: Option<&str>);

    /// Looks for such a note of any page. If there is one, the vault's `wake("noted")` is called.
    #[wasm_bindgen(method, js_name = checkNote)]
    pub(crate) fn check_note(this: &Host);
}

impl Host {
    /// The `AuthError` for a failure.
    pub(crate) fn error(&self, failure: &Failure, cause: &JsValue) -> JsValue {
        self.fail(&to_js(&FailureView::from(failure)), cause)
    }
}
