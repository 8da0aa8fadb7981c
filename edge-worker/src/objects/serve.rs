//! The objects' side of the protocol: reads a call, sends a reply.

use auth_core::wire::{WrongShape, read_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Error, Request, Response, Result, Storage};

use super::atomic::atomically;

/// Reads the call, decides, and sends the reply. Reading the body is the last await, so a decision's writes
/// are stored together or not at all.
pub(super) async fn serve<C: DeserializeOwned, R: Serialize>(
    storage: &Storage,
    mut request: Request,
    answer: impl FnOnce(C) -> Result<R>,
) -> Result<Response> {
    let call: C = read(&mut request).await?;
    reply(&atomically(storage, || answer(call))?)
}

/// Reads a call.
pub(super) async fn read<C: DeserializeOwned>(request: &mut Request) -> Result<C> {
    read_json(&request.bytes().await?).map_err(misshapen)
}

/// Encodes a reply.
pub(super) fn reply<R: Serialize>(reply: &R) -> Result<Response> {
    Response::from_bytes(serde_json::to_vec(reply)?)
}

/// A stored or received value has an unexpected shape.
pub(super) fn misshapen(error: WrongShape) -> Error {
    Error::from(error.to_string())
}
