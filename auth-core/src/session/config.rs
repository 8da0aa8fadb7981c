//! The configuration of the session machine.

/// The options of the client.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long before its expiry a token is renewed, in milliseconds; at most half of its lifetime.
    pub refresh_ahead_ms: u64,
    /// The browser may block the service's cookie: page and service may be of different sites, the page is in
    /// a frame, or the browser says that it keeps no cookies. Until a refresh has succeeded, a sign-in is
    /// reported only after the refresh that follows it at once.
    pub cookie_may_be_blocked: bool,
}
