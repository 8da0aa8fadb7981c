//! The gate and the token service, as one Cloudflare Worker.
//!
//! - [`audit`]: the events that are recorded.
//! - [`context`]: one request, with what its handling needs.
//! - [`config`]: the deployer's configuration, checked as a whole.
//! - [`gate`]: selects the route of a request, checks the caller, and forwards to the upstream.
//! - [`service`]: the routes of the token service.
//! - [`oauth`]: the authorization server.
//! - [`objects`]: the Durable Objects. They only store state; `auth-core` decides.
//! - [`signatures`]: ES256 by WebCrypto or by jwt-simple, behind the traits of `auth-core`.
//! - [`ways_in`]: the ways to sign in, one module for each method.
//! - [`hooks`]: the deployer's hook: the question before a sign-up, and the messages afterwards.
//! - [`passwords`]: hashing with Argon2id.
//! - [`http`]: requests and responses.
//! - `oauth`: the OAuth authorization server.
//! - [`mail`]: codes and notifications by mail.
//!
//! The Worker's entry point is in `entry`.
//!
//! Another Worker that only wants to verify tokens uses [`Verifier`], with `default-features = false`.

#![cfg_attr(
    not(feature = "entry"),
    allow(dead_code, reason = "only the entry point and the objects need it")
)]

pub mod audit;
mod calendar;
pub mod config;
pub mod context;
mod eager;
#[cfg(feature = "entry")]
mod entry;
pub mod gate;
pub mod hooks;
pub mod http;
mod locale;
mod log;
pub mod mail;
pub mod oauth;
pub mod objects;
pub mod passwords;
mod platform;
mod random;
mod sealing;
pub mod service;
pub mod signatures;
pub mod verifier;
pub mod ways_in;

pub use http::{Refusal, problem};
pub use verifier::Verifier;
