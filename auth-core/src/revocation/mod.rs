//! Revocations that have not expired, and the two ways in which a request checks them.
//!
//! - Routes with a bound use a copy of one [`List`], which each isolate renews by increments ([`ListCopy`]).
//!   An entry is needed only while a token that it affects could be valid, so the list's length is the number
//!   of revocations per token lifetime.
//! - `strict` routes ask the token's account ([`TokenFacts`]), at a cost that does not depend on the length
//!   of the list.

mod bound;
mod copy;
mod list;
mod point;

pub use bound::{Age, Bound, Need};
pub use copy::{Applied, Extent, ListCopy, Position, Update};
pub use list::{Entry, Kind, List};
pub use point::TokenFacts;
