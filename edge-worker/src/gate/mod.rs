//! The gate: which route a request takes, who may take it, and handing it to the upstream.
//!
//! - [`path`]: the one spelling of a path that gate and upstream can't read differently.
//! - [`pattern`]: which paths a route is about.
//! - [`route`]: the route that decides; deny by default.
//! - [`bearer`]: the token in the request.
//! - [`identity`]: what the upstream learns, and what it must not be told by anybody else.
//! - [`verify`]: the token, verified.
//! - [`handle`]: all of it, in order.
//! - [`forward`]: the request to the upstream and its answer.

pub mod bearer;
pub mod forward;
pub mod handle;
pub mod identity;
pub mod path;
pub mod pattern;
pub mod route;
pub mod verify;
