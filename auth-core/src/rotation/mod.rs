//! The refresh family's state machine.
//!
//! A session is a *family* of refresh *generations*. The Account object stores a [`Family`] and hands it in; what a
//! presented cookie means is decided here, in one synchronous call, with the time as an argument.
//!
//! - [`Family`]: what is stored, and how it begins and ends.
//! - [`Family::present`]: what presenting a generation means: answer as it stands, rotate, move on past a lost answer,
//!   or a theft found out.
//! - [`RefreshKeys`]: what generations are derived from, so that nothing in the store can be presented.
//!
//! Why no honest user is ever taken for a thief, as long as a request and its answer are under way for at most a third
//! of the window (`flight`), however many tabs share one cookie jar and whatever gets lost:
//!
//! 1. *An answer that is late can't put an old cookie back.* A generation is handed out only until a flight before it
//!    may rotate; in the last stretch of its window the answer carries a token and leaves the cookie jar alone.
//! 2. *A request that is late isn't a theft.* The jar holds the predecessor until the successor arrives, which it does
//!    within a flight of being handed out, and a request that left before that arrives within another. So the
//!    predecessor is forgiven for a window after its successor was *last* handed out (not: first made), and for a flight
//!    after the successor was first seen again.
//! 3. *Nobody can prolong this for ever.* Handing the successor out again moves its age only until it has been seen
//!    once. From then on the predecessor has a window and a flight at most.
//!
//! `model.rs` holds the machine against exactly this world.

mod family;
mod keys;
mod present;

pub use family::{End, Family, Generation, KeySpan, Lifetimes, Opening};
pub use keys::{RefreshKey, RefreshKeys, UnknownKey};
pub use present::{Answer, Event, Outcome, Standing};

#[cfg(test)]
mod model;
