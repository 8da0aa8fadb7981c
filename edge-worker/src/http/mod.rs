//! Requests as they came, answers as they leave.

mod answer;
mod cors;
mod head;
mod incoming;

pub use answer::{Refusal, empty, json, problem};
pub use cors::{EXPOSED, is_preflight, preflight};
pub use head::Head;
pub use incoming::{BodyError, Incoming};

/// How an answer leaves, or why there is none. Every error is a refusal: nothing that goes wrong becomes a yes.
pub type Answered = Result<worker::Response, Refusal>;
