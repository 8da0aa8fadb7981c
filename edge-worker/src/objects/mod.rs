//! The Durable Objects. They store state; `auth-core` decides, in one synchronous call between reading and
//! writing.
//!
//! - [`Account`]: one per user: credentials and session families.
//! - [`Directory`]: maps e-mail addresses to accounts; sharded.
//! - [`Keyring`]: the service's keys.
//! - [`Limiter`]: counts attempts; sharded.
//! - [`Revocations`]: revocations that have not expired yet.
//! - [`external`]: accounts with external credentials.
//! - [`call`]: typed calls; [`protocol`]: the calls that each object takes.
//! - `sql_object`: an object's storage: its tables, their upgrade (`schema`), and transactions.
//! - [`client`]: the Worker's side of them; [`keys`]: its copy of the Keyring; [`key_versions`]: the version
//!   of the Keyring that strict checks must know.

#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod account;
pub mod call;
pub mod client;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod directory;
pub mod external;
pub mod key_versions;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod keyring;
pub mod keys;
pub mod limiter;
pub mod protocol;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod revocations;
#[cfg(feature = "entry")]
mod schema;
#[cfg(feature = "entry")]
mod sql;
#[cfg(feature = "entry")]
mod sql_object;

#[cfg(feature = "entry")]
pub use account::Account;
#[cfg(feature = "entry")]
pub use directory::Directory;
#[cfg(feature = "entry")]
pub use keyring::Keyring;
#[cfg(feature = "entry")]
pub use limiter::Limiter;
#[cfg(feature = "entry")]
pub use revocations::Revocations;

use core::fmt;
use core::fmt::Display;

/// A required part of the service failed: storage, an object, randomness. Always answered as 503, never as a
/// verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// The part.
    pub part: &'static str,
    /// The cause, for the log.
    pub cause: String,
    /// What the caller may learn of it, if anything.
    pub detail: Option<String>,
}

impl Unavailable {
    /// Wraps the error of a part.
    #[must_use]
    pub fn because(part: &'static str, error: impl Display) -> Self {
        Self { part, cause: error.to_string(), detail: None }
    }
}

impl Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.cause)
    }
}
