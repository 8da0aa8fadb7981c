//! The gate: which route a request takes, and who may take it.
//!
//! - [`policy`]: the routes and the issuers.
//! - [`Head`]: a request as text.
//! - [`path`]: the only spelling of a path that gate and upstream read alike; [`pattern`]: the paths of a route;
//!   [`route`]: the route that decides.
//! - [`method`]: the methods that a route may list.
//! - [`folding`]: paths that servers treat as the same; [`method_override`]: methods that servers read from the query.
//! - [`Authorization`]: the credentials in the header of this name. `shown`: the tokens in it, and which routes accept
//!   them; `proof`: the proof of the key of a token; `holder`: both for verifiers without routes; `api_keys`: API keys;
//!   `session`: cookies and tickets; `revoked`: whether a token was revoked.
//! - [`identity`]: the headers that tell an upstream who calls, and those that could pass for them.
//! - [`browser`]: what a browser says about the page that sent a request; [`forgery_guard`]: what the service
//!   requires of it.
//! - [`forwarded`]: the request that a proxy asks about.

mod api_keys;
mod authorization;
pub mod browser;
mod carried;
pub mod folding;
pub mod forgery_guard;
pub mod forwarded;
mod head;
mod holder;
pub mod identity;
mod judge;
pub mod method;
pub mod method_override;
mod original;
pub mod path;
pub mod pattern;
pub mod policy;
mod proof;
#[cfg(test)]
mod property_tests;
mod requirements;
mod revoked;
pub mod route;
mod session;
mod shown;
mod tokens;
mod verdict;
mod view;

pub use authorization::Authorization;
pub use head::{ALWAYS_READ, CLIENT_ADDRESS, Head, READ_WITH_API_KEY};
pub use holder::TokenRequest;
pub use judge::{Admitted, Judge, VIA};
pub use path::CanonicalPath;
pub use pattern::Pattern;
pub use policy::{
    Access, ApiKeyPolicy, Carriers, Issuer, KeySource, OWN, OWN_ISSUER, Policy, Requirements, Route,
};
pub use route::{Choice, Target, choose};
pub use session::takes_tickets;
pub use tokens::{Presented, Tokens};
pub use verdict::{
    Answer, Denial, Findings, Forward, Identified, Lacking, Need, NewToken, Question, Signature, Step, Stop,
    Timing,
};
pub use view::{Checked, Evidence, Fact, Facts, IssuerKeys, KnownToken, View};
