//! What was revoked and has not expired yet, and the two ways in which a request finds out.
//!
//! - Routes with a bound go by a copy of one [`List`], which each isolate renews by what has changed ([`ListCopy`]). An entry is needed
//!   only for as long as a token it is about could still be good, so the list's length is the number of revocations in one token
//!   lifetime.
//! - `strict` routes ask the token's account ([`TokenFacts`]), whose answer costs the same however long the list is.

mod bound;
mod copy;
mod list;
mod point;

pub use bound::{Age, Bound, Need};
pub use copy::{Applied, Extent, ListCopy, Position, Update};
pub use list::{Entry, Kind, List};
pub use point::TokenFacts;
