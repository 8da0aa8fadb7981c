//! The object's side of the protocol: a call in, a reply out.

use auth_core::wire::{WrongShape, read_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Error, Request, Response, Result, Storage};

use super::atomic::atomically;

/// Reads the call, answers it, and sends the reply. Reading is the last thing that waits: from there to the reply
/// nothing does, and one decision's writes are stored together or not at all.
pub(super) async fn serve<C: DeserializeOwned, R: Serialize>(
    storage: &Storage,
    mut request: Request,
    answer: impl FnOnce(C) -> Result<R>,
) -> Result<Response> {
    let call: C = read(&mut request).await?;
    reply(&atomically(storage, || answer(call))?)
}

/// The call.
pub(super) async fn read<C: DeserializeOwned>(request: &mut Request) -> Result<C> {
    read_json(&request.bytes().await?).map_err(misshapen)
}

/// The reply.
pub(super) fn reply<R: Serialize>(reply: &R) -> Result<Response> {
    Response::from_bytes(serde_json::to_vec(reply)?)
}

/// What was stored or sent isn't what is stored and sent.
pub(super) fn misshapen(error: WrongShape) -> Error {
    Error::from(error.to_string())
}
