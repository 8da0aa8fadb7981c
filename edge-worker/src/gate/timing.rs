//! `Server-Timing`: what the gate had to do for a request.

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Whether the token was known already.
    pub hit: bool,
    /// How old the copy of its issuer's keys is, in milliseconds.
    pub keys_age_ms: u64,
    /// How old the copy of the list of revocations is, in milliseconds, if it had to be asked.
    pub revocations_age_ms: Option<u64>,
}
