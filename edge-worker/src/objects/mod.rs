//! The Durable Objects. They store; what is decided is decided in `auth-core`, in one synchronous call between reading
//! and writing.
//!
//! - [`Account`]: one per user: credentials and session families.
//! - [`Directory`]: which account an e-mail address belongs to; sharded.
//! - [`Keyring`]: the service's keys.
//! - [`Limiter`]: how often somebody tried; sharded.
//! - [`Revocations`]: what was revoked and has not expired yet.
//! - [`external`]: accounts whose credentials are elsewhere.
//! - [`protocol`]: what the Worker and its objects say to each other.
//! - [`client`]: the Worker's side of it; [`keys`]: its copy of the Keyring; [`key_versions`]: the version of it that strict checks
//!   have to know.

#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod account;
#[cfg(feature = "entry")]
mod atomic;
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
mod serve;
#[cfg(feature = "entry")]
mod sql;

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

/// A part that is needed isn't there: storage, an object, randomness. Always answered as 503, never as a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Which part.
    pub part: &'static str,
    /// What it said. For the log.
    pub cause: String,
}

impl Unavailable {
    /// The part failed with this error.
    #[must_use]
    pub fn because(part: &'static str, error: impl Display) -> Self {
        Self { part, cause: error.to_string() }
    }
}

impl Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.cause)
    }
}
