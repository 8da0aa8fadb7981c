//! The refresh family's state machine.
//!
//! A session is a *family* of refresh *generations*. The Account object stores a [`Family`] and hands it in; what a
//! presented cookie means is decided here, in one synchronous call, with the time as an argument.
//!
//! - [`Family`]: what is stored, and how it begins and ends.
//! - [`Family::present`]: what presenting a generation means: answer as it stands, rotate, move on past a lost answer,
//!   or a theft found out. It is the only place where that is decided, for `/auth/refresh`, for the gate's routes that take
//!   the cookie, and for forward-auth ([`PresentedBy`]).
//! - [`RefreshKeys`]: what generations are derived from, so that nothing in the store can be presented.
//!
//! # Why no honest user is ever taken for a thief
//!
//! As long as the way of a request to the service takes at most a third of the window (a *flight*), and the way of its answer
//! back no longer either, however many tabs share one cookie jar and whatever gets lost:
//!
//! 1. The successor is handed to presenters of its predecessor until its window ends, and no longer. Whatever it is handed
//!    out for the last time, the cookie jar has it a flight later or never, and a request that left with the predecessor
//!    before that has arrived another flight later. Then the family has *settled* ([`Family::settles_at`]).
//! 2. Until it has settled nothing moves: the current generation doesn't rotate, and its predecessor is no theft. So *a request
//!    that is late isn't a theft*.
//! 3. In the last flight before it settles, answers leave the cookie jar alone. So *an answer that is late can't put an old
//!    cookie back*.
//! 4. All of that is over one window and two flights after the rotation at the latest, whoever asks however often.
//!
//! Requests on cookie routes keep to these rules:
//!
//! - A navigation is handed a cookie only when the family rotates for it, so at the beginning of a window. Its answer may wait
//!   for an upstream for a flight ([`Lifetimes::navigation_answer_ms`]; the gate takes the cookie off a later one) and be on its
//!   way for another. A request that left with the predecessor before that arrives within a third, and three flights are the
//!   window, before whose end nothing moves.
//! - Any other request is handed nothing. It only shows that the current generation has arrived.
//! - Where the answer with the successor was lost, or went without the cookie, the successor is never presented. So its
//!   predecessor goes on being let in, for as long as the user stays on the page, and the next refresh or navigation after the
//!   family has settled moves on.
//!
//! What is not covered: a request that a browser or a network holds back for longer than a flight while another request of the
//! same browser moves the cookie on (usually it has the rest of the window as well), and a browser that goes back to an older
//! cookie jar, after a crash or from a backup. The request then presents an old generation after the family has settled; that
//! looks like a theft, and the session ends.
//!
//! # When a thief is found out
//!
//! Take a user and a thief with a copy of the cookie, who keep more than a window and two flights apart.
//!
//! - When the cookie of *either* has moved on, by a refresh or a navigation, and the new generation has been presented, by any
//!   request, the next request of the other ends the family, whatever kind it is.
//! - Requests that are neither refreshes nor navigations never move a cookie on. So a thief who sends nothing else is found out
//!   by the first request after the user's cookie has moved on, been presented and settled, and not before: while the user
//!   sends no refresh and no navigation either, both hold the current generation, and nothing tells them apart.
//! - A thief who throws every new generation away and presents the stolen one again makes the family move on each time, which
//!   is recorded ([`Event::MovedOn`]); it is found out when the *user's* cookie moves on.
//!
//! `model.rs` holds the machine against exactly this world.

mod family;
mod keys;
mod present;

pub use family::{End, Family, Generation, KeySpan, Lifetimes, Opening};
pub use keys::{RefreshKey, RefreshKeys, UnknownKey};
pub use present::{Answer, Event, Outcome, PresentedBy, Standing};

#[cfg(test)]
mod cookie_routes;
#[cfg(test)]
mod model;
#[cfg(test)]
mod scenarios;
