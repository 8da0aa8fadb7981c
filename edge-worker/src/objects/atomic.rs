//! All of a decision's writes, or none of them.
//!
//! What one call to an object writes between two awaits is stored together, but what was written before something failed
//! would be stored too. So every decision runs inside the platform's synchronous transaction, which the `worker` crate
//! doesn't offer yet.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Result, Storage};

#[wasm_bindgen]
extern "C" {
    /// The storage of an object whose class keeps its state in SQLite.
    type Transactional;

    /// Runs the function; whatever it throws undoes what it wrote, and is thrown on.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Transactional,
        decide: &mut dyn FnMut() -> core::result::Result<(), JsValue>,
    ) -> core::result::Result<(), JsValue>;
}

/// Runs `decide`; if it fails, nothing that it wrote has happened.
pub(super) fn atomically<T>(storage: &Storage, decide: impl FnOnce() -> Result<T>) -> Result<T> {
    let (mut decide, mut decided) = (Some(decide), None);
    let committed = storage.as_raw().unchecked_ref::<Transactional>().transaction_sync(&mut || {
        let Some(decide) = decide.take() else { return Ok(()) };
        let result = decide();
        let undo = result.as_ref().err().map(|_| JsValue::from_str("undo"));
        decided = Some(result);
        undo.map_or(Ok(()), Err)
    });
    match (decided, committed) {
        (Some(Ok(value)), Ok(())) => Ok(value),
        (Some(Err(error)), _) => Err(error),
        (Some(Ok(_)), Err(error)) | (None, Err(error)) => Err(error.into()),
        (None, Ok(())) => Err("a transaction that didn't run".into()),
    }
}
