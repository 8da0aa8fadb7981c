//! The Worker's configuration, read strictly from the table `LATCHKEY`.
//!
//! No JavaScript, no clock, no randomness, no IO. The Worker reads its configuration with this crate, and so do the tools
//! that check a configuration before it is deployed: there is one reader.
//!
//! - [`parse`]: JSON to [`Config`], or to a list of all its errors.
//! - [`Config`]: the checked configuration.
//! - [`check_secrets`]: whether the Worker secrets that it names exist.
//! - [`password_hash`]: the kinds of password hashes that a configuration may name, and what they cost.

mod limits;
mod model;
pub mod password_hash;
mod read;
mod reader;
mod secrets;
mod valid_key;

pub use auth_core::gate::{Access, Carriers, Issuer, KeySource, OWN, Requirements, Route};
pub use limits::{Limits, PasswordRules};
pub use model::{Config, Elsewhere, KeyPolicy, SignUpPolicy, SignatureBackend, Target, Upstream};
pub use read::{is_secure_url, parse};
pub use reader::ConfigError;
pub use secrets::{MIN_SECRET_BYTES, check as check_secrets};
pub use valid_key::is_valid_key;
