//! An isolate that knows more or less beforehand, and a shell that fulfils needs or fails.

use std::rc::Rc;

use super::cases::{Binding, Cached, Caches, Fault, Flaw, Shown};
use super::world::{NO_RESOURCE, NOW, OWN, OWNER, STAMP, Token, World, key};
use crate::api_key::Network;
use crate::dpop::{ExaminedProof, ProofRefusal};
use crate::gate::{
    Answer, Checked, Denial, Evidence, Fact, Facts, Head, Identified, IssuerKeys, Judge, KnownToken, Need,
    Policy, Question, Signature, Stop, View,
};
use crate::revocation::Age;
use crate::time::UnixMillis;
use crate::token::{Caller, KeySet, Refusal};

pub(super) struct Isolate<'w> {
    pub(super) world: &'w World,
    pub(super) caches: Caches,
    pub(super) least_stamp: u64,
    /// Whether the route has no bound.
    pub(super) boundless: bool,
}

impl View for Isolate<'_> {
    type Token = Token;

    fn token(&self, token: &str, _: UnixMillis) -> Option<Token> {
        if self.world.shown.is_api_key() {
            // An account that rejects a key now may have accepted it before. On a route with a bound, the list says
            // so.
            let truth = &self.world.truth;
            let accepted = truth.account_agrees || (truth.revoked && !self.boundless);
            let is_known = self.world.shown == Shown::ApiKey && self.caches.token != Cached::Nothing;
            return (is_known && accepted && token == self.world.key()).then(|| self.world.known_key());
        }
        // Only what was verified is in the cache.
        let keys_stamp = match self.caches.token {
            Cached::Nothing => return None,
            // Nothing was verified with a key that did not exist.
            Cached::Current if self.world.truth.key_removed => return None,
            Cached::Current => STAMP,
            Cached::Old => STAMP - 1,
        };
        let verified = self.world.truth.genuine
            && self.world.shown != Shown::OtherKey
            && !(self.world.shown.is_of_client() && self.world.truth.audience == NO_RESOURCE);
        let issuer = usize::from(self.world.shown == Shown::ForeignToken);
        (verified && token == self.world.token()).then(|| self.world.known(issuer, keys_stamp))
    }

    fn keys(&self, _: usize, _: UnixMillis) -> Option<IssuerKeys> {
        let stamp = match self.caches.keys {
            Cached::Nothing => return None,
            Cached::Current => STAMP,
            Cached::Old => STAMP - 1,
        };
        (stamp >= self.least_stamp).then(|| self.world.keys(stamp))
    }

    fn are_outdated(&self, stamp: u64) -> bool {
        stamp < self.least_stamp
    }

    fn revocations(&self, _: &Caller, _: UnixMillis) -> Option<Checked> {
        let age = Age(self.caches.list?);
        Some(Checked { revoked: self.world.truth.revoked, age })
    }
}

impl World {
    fn known(&self, issuer: usize, keys_stamp: u64) -> Token {
        let entry = &self.issuers[issuer];
        let token = self.token();
        let unverified = crate::token::Unverified::parse(&token).unwrap();
        let keys = KeySet::new(vec![key("k")]).unwrap();
        let (examined, _) = unverified.examine::<Caller>(&entry.policy, &entry.names, &keys, NOW).unwrap();
        let verified = examined.confirm(true).unwrap();
        let evidence = Evidence::Signature { keys_stamp };
        Token(Rc::new(KnownToken { verified, issuer, evidence, identity: String::new() }))
    }

    fn known_key(&self) -> Token {
        let networks = match self.truth.inside {
            Some(_) => vec![Network::parse("203.0.113.0/24").unwrap()],
            None => vec![],
        };
        let until = NOW.seconds().plus(300);
        Token(Rc::new(KnownToken::of_api_key(self.caller(OWN), networks, until)))
    }
}

/// What became of a request.
#[derive(Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub(super) enum Outcome {
    Forward { path: String, caller: Option<Caller> },
    Refuse(Denial),
    ComeAgain,
}

/// Runs a shell to its end. Also says which faults it met.
pub(super) fn run(
    world: &World,
    method: &str,
    path: &str,
    caches: Caches,
    known_beforehand: &[Fault],
    faults: &[Fault],
) -> (Outcome, Vec<Fault>) {
    let mut isolate = Isolate {
        world,
        caches,
        least_stamp: if caches.keys == Cached::Old { STAMP } else { 0 },
        boundless: ["/key", "/key-scope", "/key-admin", "/any"].contains(&path),
    };
    let mut facts = Facts::default();
    let mut met = vec![];
    let (short, whole) = (world.head(method, path, false), world.head(method, path, true));
    let mut head = &short;
    // Facts that nothing has asked for yet.
    let issuer = usize::from(world.shown == Shown::ForeignToken);
    for known in known_beforehand {
        match known {
            Fault::Keys => facts.keys = Fact::Known((issuer, world.keys(STAMP))),
            Fault::List => {
                facts.revocations = Fact::Known(());
                isolate.caches.list = Some(0);
            }
            Fault::Account => {
                facts.account = Fact::Known(world.truth.account_agrees.then(|| world.present()));
            }
            Fault::Signature | Fault::Proof => {}
        }
    }
    for _ in 0..12 {
        let stop = {
            let judge = Judge { policy: world.policy(), head, view: &isolate, facts: &facts, now: NOW };
            match judge.gate() {
                Ok(forward) => {
                    let path = world.routes[forward.route].pattern.to_string();
                    let caller = match &forward.caller {
                        Identified::Anonymous => None,
                        caller => caller.claims().cloned(),
                    };
                    return (Outcome::Forward { path, caller }, met);
                }
                Err(stop) => stop,
            }
        };
        let mut fails = |fault| {
            let fails = faults.contains(&fault);
            if fails {
                met.push(fault);
            }
            fails
        };
        match stop {
            Stop::Refuse(denial) => return (Outcome::Refuse(denial), met),
            Stop::Answer(Answer::ComeAgain) => return (Outcome::ComeAgain, met),
            Stop::Answer(Answer::Preflight { .. }) => panic!("no preflights here"),
            Stop::Need(Need::Headers) => head = &whole,
            Stop::Need(Need::Keys { issuer, .. }) => {
                let stamp = if caches.keys_lag && isolate.least_stamp == 0 { STAMP - 1 } else { STAMP };
                facts.keys =
                    if fails(Fault::Keys) { Fact::Failed } else { Fact::Known((issuer, world.keys(stamp))) };
            }
            Stop::Need(Need::Signature(signature)) => {
                facts.token = if fails(Fault::Signature) {
                    Fact::Failed
                } else {
                    Fact::Known(world.verified(*signature))
                };
            }
            Stop::Need(Need::Proof(proof)) => {
                facts.proof =
                    if fails(Fault::Proof) { Fact::Failed } else { Fact::Known(world.proved(*proof)) };
            }
            Stop::Need(Need::Revocations) => {
                facts.revocations = if fails(Fault::List) {
                    Fact::Failed
                } else {
                    isolate.caches.list = Some(0);
                    // The list states which keys must be used.
                    isolate.least_stamp = STAMP;
                    Fact::Known(())
                };
            }
            Stop::Need(Need::ApiKey(key)) => {
                assert_eq!(key.owner().as_str(), OWNER.repeat(32));
                facts.api_key = if fails(Fault::Account) {
                    Fact::Failed
                } else {
                    Fact::Known(world.truth.account_agrees.then(|| world.known_key()))
                };
            }
            Stop::Need(Need::Account(question)) => {
                let agrees = world.truth.account_agrees;
                facts.account = if fails(Fault::Account) {
                    Fact::Failed
                } else {
                    isolate.least_stamp = STAMP;
                    Fact::Known(agrees.then(|| match question {
                        Question::Check(_) | Question::Admit { .. } | Question::SpendTicket { .. } => {
                            world.present()
                        }
                    }))
                };
            }
        }
    }
    panic!("no verdict after 12 rounds")
}

impl World {
    pub(super) fn verified(&self, signature: Signature) -> Result<Token, Refusal> {
        signature.confirm(self.truth.genuine).map(|new| {
            Token(Rc::new(KnownToken {
                verified: new.verified,
                issuer: new.issuer,
                evidence: Evidence::Signature { keys_stamp: new.keys_stamp },
                identity: String::new(),
            }))
        })
    }

    /// What the shell finds out about a proof.
    pub(super) fn proved(&self, proof: ExaminedProof) -> Result<(), ProofRefusal> {
        proof.confirm(self.truth.binding != Binding::Proved(Flaw::Signature))?;
        match self.truth.binding {
            Binding::Proved(Flaw::Replayed) => Err(ProofRefusal::Replayed),
            _ => Ok(()),
        }
    }

    /// Judges the request that a proxy asks about, whose token was verified before.
    pub(super) fn judge_proxied(&self, policy: Policy<'_>, head: &Head) -> Result<(), Denial> {
        let caches = Caches { token: Cached::Current, keys: Cached::Current, list: Some(0), keys_lag: false };
        let view = Isolate { world: self, caches, least_stamp: 0, boundless: false };
        let mut facts = Facts::default();
        for _ in 0..3 {
            match (Judge { policy, head, view: &view, facts: &facts, now: NOW }).forwarded() {
                Ok(_) => return Ok(()),
                Err(Stop::Refuse(denial)) => return Err(denial),
                Err(Stop::Need(Need::Proof(proof))) => {
                    facts.proof = Fact::Known(proof.confirm(true).map(|_| ()))
                }
                Err(stop) => panic!("{stop:?}"),
            }
        }
        panic!("no verdict")
    }
}
