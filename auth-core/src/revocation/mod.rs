//! What was revoked and has not expired yet: the list the Revocations object keeps and isolates copy.
//!
//! An entry is needed only for as long as a token it is about could still be good, so the list stays short: its length is
//! the number of revocations in one token lifetime.

mod bound;
mod list;

pub use bound::{Age, Bound, Need};
pub use list::{Entry, Kind, List};
