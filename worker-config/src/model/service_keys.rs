//! The service's own keys.

use auth_core::keyring::Schedule;

/// How the service's own keys are rotated and stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// How long a key is active, in seconds. Default: 30 days.
    pub rotation_period: u64,
    /// How long a key is published before it becomes active, in seconds. Default: 1 hour.
    pub publish_ahead: u64,
    /// How long a key stays after the last thing made with it has expired, in seconds. Default: 1 hour.
    pub retire_after: u64,
    /// Names of the Worker secrets that seal private keys: the first seals, all of them open. Default: none.
    pub secret_bindings: Vec<String>,
}

impl KeyPolicy {
    /// The schedule of keys whose tokens or sessions live for `life` seconds.
    #[must_use]
    pub const fn schedule(&self, life: u64) -> Schedule {
        Schedule {
            active: self.rotation_period,
            published: self.publish_ahead,
            life,
            retiring: self.retire_after,
        }
    }
}

/// The backend that computes signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureBackend {
    /// The platform's WebCrypto.
    WebCrypto,
    /// jwt-simple, compiled into the Worker.
    JwtSimple,
}
