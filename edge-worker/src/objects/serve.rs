//! The object's side of the protocol: a call in, a reply out.

use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Request, Response, Result};

/// Reads the call, answers it, and sends the reply. Reading is the last thing that waits: from there to the reply
/// nothing does, so that one decision's reads and writes are one transaction.
pub(super) async fn serve<C: DeserializeOwned, R: Serialize>(
    mut request: Request,
    answer: impl FnOnce(C) -> Result<R>,
) -> Result<Response> {
    let body = request.bytes().await?;
    let call: C = serde_json::from_slice(&body)?;
    let reply = answer(call)?;
    Response::from_bytes(serde_json::to_vec(&reply)?)
}
