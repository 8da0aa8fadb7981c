//! The Durable Objects. They store state; `auth-core` decides, in one synchronous call between reading and
//! writing.
//!
//! - [`Account`]: one per user: credentials and session families.
//! - [`Clients`]: the registered OAuth clients.
//! - [`Devices`]: the request of one device, by its user code.
//! - [`Directory`]: maps e-mail addresses to accounts; sharded.
//! - [`Hasher`]: computes one long password hash, and stores nothing.
//! - [`Keyring`]: the service's keys.
//! - [`Limiter`]: counts attempts; sharded.
//! - [`Revocations`]: revocations that have not expired yet.
//! - [`call`]: typed calls; [`protocol`]: the calls that each object takes.
//! - `sql_object`: an object's storage: its tables, their upgrade (`schema`), and transactions.
//! - [`presented`]: presents cookies to their accounts.
//! - [`client`]: the Worker's side of the calls; [`keys`]: its copy of the Keyring; [`key_versions`]: the version
//!   of the Keyring that strict checks must know.

#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod account;
pub mod call;
pub mod client;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod clients;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod devices;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod directory;
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
pub mod hasher;
pub mod key_versions;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod keyring;
pub mod keys;
pub mod limiter;
pub mod presented;
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
pub use clients::Clients;
#[cfg(feature = "entry")]
pub use devices::Devices;
#[cfg(feature = "entry")]
pub use directory::Directory;
#[cfg(feature = "entry")]
pub use hasher::Hasher;
#[cfg(feature = "entry")]
pub use keyring::Keyring;
#[cfg(feature = "entry")]
pub use limiter::Limiter;
#[cfg(feature = "entry")]
pub use revocations::Revocations;

pub use crate::platform::Unavailable;
