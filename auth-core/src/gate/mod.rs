//! The gate: which route a request takes, and who may take it.
//!
//! - [`policy`]: the routes and the issuers.
//! - [`Head`]: a request as text.
//! - [`path`]: the only spelling of a path that gate and upstream read alike; [`pattern`]: the paths of a route;
//!   [`route`]: the route that decides.
//! - [`method`]: the methods that a route may list.
//! - [`folding`]: paths that servers treat as the same; [`method_override`]: methods that servers read from the query.
//! - [`bearer`]: the token in the `Authorization` header.
//! - [`identity`]: the headers that tell an upstream who calls, and those that could pass for them.
//! - [`browser`]: what a browser says about the page that sent a request; [`forgery_guard`]: what the service
//!   requires of it.
//! - [`forwarded`]: the request that a proxy asks about.

mod bearer;
pub mod browser;
mod carried;
pub mod folding;
pub mod forgery_guard;
pub mod forwarded;
mod head;
pub mod identity;
mod judge;
pub mod method;
pub mod method_override;
pub mod path;
pub mod pattern;
pub mod policy;
#[cfg(test)]
mod property_tests;
mod requirements;
pub mod route;
mod tokens;
mod verdict;
mod view;

pub use bearer::Bearer;
pub use head::{ALWAYS_READ, Head};
pub use judge::{Admitted, Judge, VIA, takes_tickets};
pub use path::CanonicalPath;
pub use pattern::Pattern;
pub use policy::{Access, Carriers, Issuer, KeySource, OWN, OWN_ISSUER, Policy, Requirements, Route};
pub use route::{Choice, Target, choose};
pub use tokens::{Presented, Tokens};
pub use verdict::{
    Answer, Denial, Findings, Forward, Identified, Lacking, Need, NewToken, Question, Signature, Step, Stop,
    Timing,
};
pub use view::{Checked, Fact, Facts, IssuerKeys, KnownToken, View};
