//! Received requests and their responses, pages (`html`), and requests to other systems (`outbound`).

mod answer;
mod cors;
mod html;
mod incoming;
mod outbound;

pub use answer::{Refusal, empty, json, problem, stream};
pub use cors::{EXPOSED, forged, preflight, preflight_for_any, readable_by_any};
pub use html::{Html, Page};
pub use incoming::{BodyError, Incoming, MAX_DRAINED};
pub use outbound::{Outbound, Peer, Reply};

/// A response, or why the request is rejected. Every error is a rejection, so an error never admits a caller.
pub type Answered = Result<worker::Response, Refusal>;
