//! The Worker's configuration, read strictly from the table `LATCHKEY`.
//!
//! No JavaScript, no clock, no randomness, no IO. The Worker reads its configuration with this crate, and so
//! do the tools that check a configuration before it is deployed: there is one reader.
//!
//! - [`parse`]: JSON to [`Config`], or to a list of all its errors.
//! - [`Config`]: the checked configuration.
//! - [`check_secrets`], [`check_bindings`]: whether what it names is bound to the Worker.
//! - [`placeholders`]: values that were copied from an example and not replaced.
//! - [`deployment`]: checks a wrangler configuration file.
//! - [`keys`]: the keys, their types and defaults. With the feature `reference` also `schema` and `reference`, which write
//!   the JSON Schema and the tables of the documents.
//! - [`password_hash`]: the kinds of password hashes that a configuration may name, and what they cost.

mod bindings;
pub mod deployment;
mod error;
pub mod keys;
mod limits;
mod model;
pub mod password_hash;
pub mod placeholders;
mod read;
mod reader;
#[cfg(feature = "reference")]
pub mod reference;
#[cfg(feature = "reference")]
pub mod schema;
mod valid_key;

pub use auth_core::gate::{Access, Carriers, Issuer, KeySource, OWN, Requirements, Route};
pub use bindings::{Binding, MIN_SECRET_BYTES, OBJECTS, check_bindings, check_secrets};
pub use error::ConfigError;
pub use limits::{Limits, PasswordRules};
pub use model::{
    Config, Elsewhere, Hooks, Jurisdiction, KeyPolicy, Mail, MailAdapter, Mailbox, Notification,
    OpenIdProvider, Passkeys, Provider, ProviderKind, SignUpPolicy, SignatureBackend, SigningKeyIds, Target,
    Upstream,
};
pub use read::{is_secure_url, parse};
pub use valid_key::is_valid_key;
