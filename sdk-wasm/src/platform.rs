//! The globals that the vault needs, which windows and workers have.

use auth_core::session::{Jitter, Now};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now() -> f64;

    #[wasm_bindgen(js_namespace = Math, js_name = random)]
    fn random() -> f64;

    /// The members of a signal that are needed here, without the parts of the DOM that `web_sys` would add.
    pub(crate) type Signal;
    #[wasm_bindgen(method, js_name = addEventListener)]
    pub(crate) fn add_event_listener(this: &Signal, kind: &str, listener: &JsValue);
    #[wasm_bindgen(method, js_name = removeEventListener)]
    pub(crate) fn remove_event_listener(this: &Signal, kind: &str, listener: &JsValue);

    /// The global `fetch`, with a request that is already built; `init` may add a signal.
    #[wasm_bindgen(js_name = fetch, catch)]
    pub(crate) async fn fetch_with(
        request: &web_sys::Request,
        init: &web_sys::RequestInit,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = setTimeout)]
    pub(crate) fn set_timeout(callback: &JsValue, ms: i32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(crate) fn clear_timeout(id: &JsValue);

    #[wasm_bindgen(js_name = setInterval)]
    pub(crate) fn set_interval(callback: &JsValue, ms: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearInterval)]
    pub(crate) fn clear_interval(id: &JsValue);
}

/// Both clocks.
pub(crate) fn now() -> Now {
    Now { monotonic_ms: whole(performance_now()), wall_ms: whole(date_now()) }
}

/// It only spreads load, so it needn't be unpredictable.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the value is in range"
)]
pub(crate) fn jitter() -> Jitter {
    Jitter((random() * f64::from(u16::MAX)) as u16)
}

/// Names a request, so that its response can name it too. No secret, so it needn't be unpredictable.
pub(crate) fn nonce() -> String {
    format!("{:016x}", random().to_bits() ^ date_now().to_bits().rotate_left(20))
}

/// A JavaScript number as an integer; negative numbers and NaN become 0.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is what is wanted"
)]
pub(crate) const fn whole(number: f64) -> u64 {
    number as u64
}

/// Milliseconds and counts stay far below 2⁵³.
#[allow(clippy::cast_precision_loss, reason = "beyond 2^53 a millisecond does not matter")]
pub(crate) const fn to_js_number(number: u64) -> f64 {
    number as f64
}
