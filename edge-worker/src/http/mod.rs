//! Received requests and responses.

mod answer;
mod cors;
mod incoming;

pub use answer::{Refusal, empty, json, problem};
pub use cors::{EXPOSED, forged, preflight};
pub use incoming::{BodyError, Incoming, MAX_DRAINED};

/// A response, or why the request is rejected. Every error is a rejection, so an error never admits a caller.
pub type Answered = Result<worker::Response, Refusal>;
