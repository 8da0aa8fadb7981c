//! The configuration of the session machine.

/// What the deployer configures.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long before its expiry a token is renewed, in milliseconds; never more than half of its life.
    pub refresh_ahead_ms: u64,
    /// The service is on another origin than the page, where the browser may block the cookie. Until a refresh has
    /// succeeded, a sign-in is reported only after the refresh that follows it at once.
    pub elsewhere: bool,
}
