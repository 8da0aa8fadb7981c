//! The refresh family's state machine.
//!
//! A session is a *family* of refresh *generations*. The Account object stores a [`Family`] and passes it in.
//! This module decides what a presented cookie means, in one synchronous call, with the time as an argument.
//!
//! - [`Family`]: the stored state, its beginning and its end.
//! - [`Family::present`]: decides the result of presenting a generation: return the current one, rotate, skip
//!   a lost one, or detect reuse. This decision is made only here, for `/auth/refresh`, for cookie routes of
//!   the gate, and for forward-auth ([`PresentedBy`]).
//! - [`RefreshKeys`]: the keys from which generations are derived, so that no stored value can be presented.
//!
//! # Why an honest user is never mistaken for a thief
//!
//! This holds as long as a request takes at most a third of the window to reach the service (a *flight*), and
//! its response no longer to return. It holds for any number of tabs that share one cookie jar, and whatever
//! is lost:
//!
//! 1. The successor is sent to clients that present its predecessor until its window ends, and no longer.
//!    After it was sent for the last time, it is in the cookie jar within a flight, or never; and a request
//!    that left with the predecessor before that arrives within another flight. Then the family has *settled*
//!    ([`Family::settles_at`]).
//! 2. Until the family has settled nothing changes: the current generation does not rotate, and its
//!    predecessor does not count as reuse. So *a late request is not taken for a theft*.
//! 3. In the last flight before it settles, responses do not set the cookie. So *a late response can't
//!    overwrite a newer cookie with an old one*.
//! 4. All of this ends at most one window and two flights after the rotation, however many requests arrive.
//!
//! Requests on cookie routes keep to these rules:
//!
//! - A navigation gets a cookie only if the family rotates for it, so at the beginning of a window. Its
//!   response may wait for an upstream for a flight ([`Lifetimes::navigation_answer_ms`]; the gate removes
//!   the cookie from a later one) and be in transit for another. A request that left with the predecessor
//!   before that arrives within a third. Three flights are the window, before whose end nothing changes.
//! - Any other request never gets a cookie. It only shows that the current generation has arrived.
//! - If the response with the successor was lost, or was sent without the cookie, the successor is never
//!   presented. Its predecessor then stays accepted for as long as the user stays on the page, and the next
//!   refresh or navigation after the family has settled skips the lost generation.
//!
//! Two cases are not covered: a request that a browser or a network delays for longer than a flight while
//! another request of the same browser rotates the cookie (usually it also has the rest of the window), and a
//! browser that returns to an older cookie jar, after a crash or from a backup. The request then presents an
//! old generation after the family has settled. That looks like a theft, and the session ends.
//!
//! # When a theft is detected
//!
//! Consider a user and a thief with a copy of the cookie, whose requests are more than a window and two
//! flights apart.
//!
//! - Once the cookie of *either* has rotated, by a refresh or a navigation, and any request has presented the
//!   new generation, the next request of the other ends the family, whatever its kind.
//! - Requests that are neither refreshes nor navigations never rotate a cookie. A thief that sends nothing
//!   else is therefore detected by the first request after the user's cookie has rotated, was presented and
//!   settled, and not before: while the user sends no refresh and no navigation either, both hold the current
//!   generation and can't be distinguished.
//! - A thief that discards every new generation and presents the stolen one again makes the family skip a
//!   generation each time, which is recorded ([`Event::MovedOn`]). The theft is detected when the *user's*
//!   cookie rotates.
//!
//! `model.rs` tests the machine against a model of exactly this.

mod family;
mod keys;
mod present;
mod refresh_keys;

pub use family::{End, Family, Generation, KeySpan, Lifetimes, Opening};
pub use present::{Answer, Event, Outcome, PresentedBy, Standing};
pub use refresh_keys::{RefreshKey, RefreshKeys, UnknownKey};

#[cfg(test)]
mod cookie_routes;
#[cfg(test)]
mod model;
#[cfg(test)]
mod scenarios;
