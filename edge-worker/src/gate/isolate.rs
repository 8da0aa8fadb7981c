//! What this isolate has, as the gate's machine sees it.

use auth_core::gate::{Checked, Facts, Head, IssuerKeys, Judge, View};
use auth_core::time::UnixMillis;
use auth_core::token::Caller;

use super::token_cache::{self, Token};
use super::{issuer_keys, revocations};
use crate::config::Config;
use crate::objects::keys;

/// The isolate's caches, for the issuers of the configuration.
pub struct Isolate<'c>(&'c Config);

impl<'c> Isolate<'c> {
    /// The caches.
    #[must_use]
    pub const fn new(config: &'c Config) -> Self {
        Self(config)
    }

    /// A request, to be judged by what is in the caches.
    #[must_use]
    pub fn judge<'a>(&'a self, head: &'a Head, facts: &'a Facts<Token>, now_ms: u64) -> Judge<'a, Self> {
        Judge { policy: self.0.gate(), head, view: self, facts, now: UnixMillis(now_ms) }
    }
}

impl View for Isolate<'_> {
    type Token = Token;

    fn token(&self, token: &str, now: UnixMillis) -> Option<Token> {
        token_cache::find(token, now)
    }

    fn keys(&self, issuer: usize, now: UnixMillis) -> Option<IssuerKeys> {
        issuer_keys::cached(self.0.issuers.get(issuer)?, now.0)
    }

    fn are_outdated(&self, stamp: u64) -> bool {
        keys::is_outdated(stamp)
    }

    fn revocations(&self, caller: &Caller, now: UnixMillis) -> Option<Checked> {
        revocations::in_copy(caller, now.0)
    }
}
