//! What the gate can see when it judges: what this isolate has, and what one request has found out.

use std::rc::Rc;

use super::identity;
use super::policy::OWN_ISSUER;
use crate::api_key::Network;
use crate::dpop::ProofRefusal;
use crate::revocation::Age;
use crate::time::{UnixMillis, UnixTime};
use crate::token::{Caller, KeySet, Refusal, Verified};

/// A token whose signature was verified, or an API key that its account has accepted, and what follows from it.
#[derive(Clone, Debug)]
pub struct KnownToken {
    /// Who is calling.
    pub verified: Verified<Caller>,
    /// The issuer's index in [`super::Policy::issuers`].
    pub issuer: usize,
    /// What was verified.
    pub evidence: Evidence,
    /// The identity headers, as lines ([`super::identity::lines`]).
    pub identity: String,
}

/// How the isolate knows who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The signature of a token.
    Signature {
        /// The [`IssuerKeys::stamp`] of the keys that it was verified with.
        keys_stamp: u64,
    },
    /// The account of an API key has accepted the key.
    Account {
        /// The networks from which the key may be used; empty: all.
        networks: Box<[Network]>,
    },
}

impl KnownToken {
    /// An API key that its account has accepted. `usable_until` is [`crate::api_key::usable_until`].
    #[must_use]
    pub fn of_api_key(caller: Caller, networks: Vec<Network>, usable_until: UnixTime) -> Self {
        let identity = identity::lines(&caller);
        let verified = Verified::by_account(caller, usable_until.into());
        let evidence = Evidence::Account { networks: networks.into() };
        Self { verified, issuer: OWN_ISSUER, evidence, identity }
    }
}

/// The keys of an issuer.
#[derive(Clone, Debug)]
pub struct IssuerKeys {
    /// The keys.
    pub keys: Rc<KeySet>,
    /// Changes when the keys do, and only then: a token that was verified with other keys is verified again.
    pub stamp: u64,
    /// The age of the copy, in milliseconds.
    pub age_ms: u64,
}

/// What the isolate's copy of the list of revocations says about a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether the token was revoked.
    pub revoked: bool,
    /// The age of the copy.
    pub age: Age,
}

/// What an isolate has. Nothing here waits, and nothing changes while a request is judged.
pub trait View {
    /// A token that was verified before, as the shell keeps it.
    type Token: AsRef<KnownToken> + Clone;

    /// What is known about exactly this token or API key, unless it has expired.
    fn token(&self, token: &str, now: UnixMillis) -> Option<Self::Token>;

    /// The keys of an issuer, if the isolate has a copy of which nothing needs to be done before it is used.
    fn keys(&self, issuer: usize, now: UnixMillis) -> Option<IssuerKeys>;

    /// Whether a later version of the service's own keys must be used than the one with this stamp.
    fn are_outdated(&self, stamp: u64) -> bool;

    /// Looks a caller up in the copy of the list of revocations; `None` if there is no copy.
    fn revocations(&self, caller: &Caller, now: UnixMillis) -> Option<Checked>;
}

/// Something that a request may find out.
#[derive(Clone, Debug, Default)]
pub enum Fact<T> {
    /// It has not been asked for.
    #[default]
    Unknown,
    /// This is it.
    Known(T),
    /// It could not be found out.
    Failed,
}

/// What one request has found out. The shell fills it in, one [`super::Need`] at a time.
#[derive(Clone, Debug)]
pub struct Facts<T> {
    /// The keys of one issuer.
    pub keys: Fact<(usize, IssuerKeys)>,
    /// The request's token: verified, or the check that it failed.
    pub token: Fact<Result<T, Refusal>>,
    /// The proof of the token's key: valid and used for the first time, or the check that it failed.
    pub proof: Fact<Result<(), ProofRefusal>>,
    /// The request's API key, as its account has just judged it; `None`: it rejects the key.
    pub api_key: Fact<Option<T>>,
    /// The isolate's copy of the list of revocations was renewed.
    pub revocations: Fact<()>,
    /// The caller according to the account; `None`: the account rejects the credential. For a token: its
    /// claims, with the session's present authentication.
    pub account: Fact<Option<Caller>>,
}

impl<T> Default for Facts<T> {
    fn default() -> Self {
        Self {
            keys: Fact::Unknown,
            token: Fact::Unknown,
            proof: Fact::Unknown,
            api_key: Fact::Unknown,
            revocations: Fact::Unknown,
            account: Fact::Unknown,
        }
    }
}
