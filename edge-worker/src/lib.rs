//! The gate and the token service, as one Cloudflare Worker.
//!
//! - [`audit`]: what is recorded of what happens.
//! - [`config`]: what the deployer says, checked as a whole.
//! - [`gate`]: which route a request takes, who may take it, and handing it to the upstream.
//! - [`service`]: the routes of the token service.
//! - [`objects`]: the Durable Objects: dumb storage, the decisions are in `auth-core`.
//! - [`signatures`]: ES256 by WebCrypto or by jwt-simple, behind the traits of `auth-core`.
//! - [`passwords`] hashes with Argon2id.
//! - [`http`]: requests as they came, answers as they leave.
//!
//! The Worker's entry point is in `entry`.
//!
//! Another Worker that only wants to verify tokens uses [`Verifier`], with `default-features = false`.

#![cfg_attr(
    not(feature = "entry"),
    allow(dead_code, reason = "only the entry point and the objects need it")
)]

pub mod audit;
pub mod config;
mod eager;
#[cfg(feature = "entry")]
mod entry;
pub mod gate;
pub mod http;
mod log;
pub mod objects;
pub mod passwords;
mod platform;
mod random;
mod sealing;
pub mod service;
pub mod signatures;
pub mod verifier;

pub use http::{Refusal, problem};
pub use verifier::Verifier;
