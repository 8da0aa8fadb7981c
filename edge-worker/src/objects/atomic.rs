//! Transactions: all writes of a decision are stored, or none.
//!
//! The platform stores the writes between two awaits together, but it would also store the writes made before
//! an error. Every decision therefore runs inside the platform's synchronous transaction, which the `worker`
//! crate does not offer yet.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Result, Storage};

#[wasm_bindgen]
extern "C" {
    /// The storage of an object whose class keeps its state in SQLite.
    type Transactional;

    /// Runs the function. If it throws, its writes are undone and the exception is thrown again.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Transactional,
        decide: &mut dyn FnMut() -> core::result::Result<(), JsValue>,
    ) -> core::result::Result<(), JsValue>;
}

/// Runs `decide`. If it fails, none of its writes are stored.
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
        (None, Ok(())) => Err("the transaction did not run".into()),
    }
}
