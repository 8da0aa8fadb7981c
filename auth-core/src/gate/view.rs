//! What the gate can see when it judges: what this isolate has, and what one request has found out.

use std::rc::Rc;

use crate::revocation::Age;
use crate::time::UnixMillis;
use crate::token::{Caller, KeySet, Refusal, Verified};

/// A token whose signature was verified, and what follows from it.
#[derive(Clone, Debug)]
pub struct KnownToken {
    /// Who is calling.
    pub verified: Verified<Caller>,
    /// The issuer's index in [`super::Policy::issuers`].
    pub issuer: usize,
    /// The [`IssuerKeys::stamp`] of the keys that it was verified with.
    pub keys_stamp: u64,
    /// The identity headers, as lines ([`super::identity::lines`]).
    pub identity: String,
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

    /// What is known about exactly this token, unless it has expired.
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
    /// The isolate's copy of the list of revocations was renewed.
    pub revocations: Fact<()>,
    /// The caller according to the account; `None`: the account rejects the credential.
    pub account: Fact<Option<Caller>>,
}

impl<T> Default for Facts<T> {
    fn default() -> Self {
        Self { keys: Fact::Unknown, token: Fact::Unknown, revocations: Fact::Unknown, account: Fact::Unknown }
    }
}
