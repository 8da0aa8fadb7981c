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
//! of the window (a *flight*), however many tabs share one cookie jar and whatever gets lost:
//!
//! 1. The successor is handed to presenters of its predecessor until its window ends, and no longer. Whatever it is handed
//!    out for the last time, the cookie jar has it a flight later or never, and a request that left with the predecessor
//!    before that has arrived another flight later. Then the family has *settled* ([`Family::settles_at`]).
//! 2. Until it has settled nothing moves: the current generation doesn't rotate, and its predecessor is no theft. So *a request
//!    that is late isn't a theft*.
//! 3. In the last flight before it settles, answers carry a token and leave the cookie jar alone. So *an answer that is late
//!    can't put an old cookie back*.
//! 4. All of that is over one window and two flights after the rotation at the latest, whoever asks however often.
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
#[cfg(test)]
mod scenarios;
