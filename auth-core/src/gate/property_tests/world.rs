//! A request, an isolate, what is true whatever the isolate knows, and a shell that fulfils needs or fails.

use std::rc::Rc;

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde_json::json;

use crate::gate::policy::tests::guarded;
use crate::gate::{
    Access, Answer, Carriers, Checked, Denial, Fact, Facts, Head, Identified, Issuer, IssuerKeys, Judge,
    KeySource, KnownToken, Need, OWN_ISSUER, Policy, Question, Requirements, Route, Stop, View,
};
use crate::revocation::{Age, Bound};
use crate::time::UnixMillis;
use crate::token::{
    Algorithm, Caller, ClaimNames, KeyMaterial, KeySet, Policy as TokenPolicy, TypRule, VerificationKey,
};
use crate::wire::Origin;

pub(super) const NOW: UnixMillis = UnixMillis(1_000_000_000);
pub(super) const OWN: &str = "https://auth.example.com";
pub(super) const FOREIGN: &str = "https://other.example.com";
pub(super) const COOKIE: &str = "__Host-Http-latchkey";
/// The stamp of the keys that must be used.
pub(super) const STAMP: u64 = 7;

#[derive(Clone)]
pub(super) struct Token(Rc<KnownToken>);

impl AsRef<KnownToken> for Token {
    fn as_ref(&self) -> &KnownToken {
        &self.0
    }
}

/// The credentials of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    OwnToken,
    ForeignToken,
    OtherKey,
    Cookie,
    CookieFromAnotherSite,
    TokenAndCookie,
}

/// What is true, whatever the isolate knows of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth {
    pub(super) genuine: bool,
    /// The key that signed it is not among the present keys any more.
    pub(super) key_removed: bool,
    pub(super) revoked: bool,
    pub(super) account_agrees: bool,
    pub(super) is_admin: bool,
    /// Seconds ago.
    pub(super) authenticated: u64,
}

/// What the isolate has at the beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caches {
    pub(super) token: Cached,
    pub(super) keys: Cached,
    /// The age of the copy of the list.
    pub(super) list: Option<u64>,
    /// The first answer about keys is one from before the change.
    pub(super) keys_lag: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cached {
    Nothing,
    Current,
    /// Made with, or holding, the keys before the present ones.
    Old,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Keys,
    Signature,
    List,
    Account,
}

pub(super) struct Isolate<'w> {
    world: &'w World,
    caches: Caches,
    least_stamp: u64,
}

pub(super) struct World {
    pub(super) origin: Origin,
    pub(super) issuers: Vec<Issuer>,
    pub(super) routes: Vec<Rc<Route>>,
    pub(super) truth: Truth,
    pub(super) shown: Shown,
}

pub(super) fn part(value: &serde_json::Value) -> String {
    Base64UrlSafeNoPadding::encode_to_string(value.to_string()).unwrap()
}

pub(super) fn key(kid: &str) -> VerificationKey {
    VerificationKey { kid: kid.into(), algorithm: Algorithm::Es256, material: KeyMaterial::Point(vec![]) }
}

pub(super) fn issuer(name: &str, url: &str, names: ClaimNames) -> Issuer {
    Issuer {
        name: name.into(),
        policy: TokenPolicy::new(url, "a", &[Algorithm::Es256], TypRule::exactly("at+jwt")).unwrap(),
        names,
        keys: KeySource::Own,
        carriers: Carriers::default(),
    }
}

impl World {
    pub(super) fn new(truth: Truth, shown: Shown) -> Self {
        let route = |path: &str, access, change: fn(&mut Route)| {
            let mut route = Rc::unwrap_or_clone(guarded(path, &["GET", "POST"], access, false));
            route.requires.issuers = vec![OWN_ISSUER];
            change(&mut route);
            Rc::new(route)
        };
        let token = Access::Token;
        Self {
            origin: Origin::parse(OWN).unwrap(),
            issuers: vec![
                issuer("own", OWN, ClaimNames::own(false)),
                issuer("other", FOREIGN, ClaimNames::default()),
            ],
            routes: vec![
                route("/public", Access::Public, |route| route.requires = Requirements::default()),
                route("/none", token, |_| {}),
                route("/bound", token, |route| route.revocation = Bound::Within(5_000)),
                route("/allow", token, |route| {
                    route.revocation = Bound::Within(5_000);
                    route.without_revocations = true;
                }),
                route("/strict", token, |route| route.revocation = Bound::Strict),
                route("/admin", token, |route| route.requires.roles = vec!["admin".into()]),
                route("/fresh", token, |route| route.requires.max_auth_age = Some(600)),
                route("/foreign", token, |route| route.requires.issuers = vec![1]),
                route("/page", Access::Session, |_| {}),
                route("/both", Access::TokenOrSession, |_| {}),
                route("/optional", Access::Optional, |_| {}),
            ],
            truth,
            shown,
        }
    }

    fn caller(&self, issuer: &str) -> Caller {
        let own = issuer == OWN;
        Caller {
            issuer: issuer.into(),
            subject: "u".into(),
            session: own.then(|| "s".into()),
            token_id: own.then(|| "t".into()),
            epoch: own.then_some(1),
            auth_time: Some(self.auth_time()),
            roles: if self.truth.is_admin { vec!["admin".into()] } else { vec![] },
            scopes: vec![],
            email: None,
        }
    }

    fn auth_time(&self) -> crate::time::UnixTime {
        crate::time::UnixTime(NOW.seconds().0 - self.truth.authenticated)
    }

    fn token(&self) -> String {
        let (issuer, kid) = match self.shown {
            Shown::ForeignToken => (FOREIGN, "k"),
            Shown::OtherKey => (OWN, "other"),
            _ => (OWN, "k"),
        };
        let caller = self.caller(issuer);
        let claims = json!({
            "iss": issuer, "aud": "a", "sub": "u", "exp": NOW.seconds().0 + 100, "sid": caller.session,
            "jti": caller.token_id, "epoch": caller.epoch, "auth_time": self.auth_time().0, "roles": caller.roles,
        });
        // As long as a signature by ES256 is.
        let signature = "A".repeat(86);
        format!(
            "{}.{}.{signature}",
            part(&json!({"alg": "ES256", "typ": "at+jwt", "kid": kid})),
            part(&claims)
        )
    }

    fn head(&self, method: &str, path: &str, whole: bool) -> Head {
        let mut text = format!("{method}\n{OWN}{path}");
        if matches!(
            self.shown,
            Shown::OwnToken | Shown::ForeignToken | Shown::OtherKey | Shown::TokenAndCookie
        ) {
            text += &format!("\nauthorization\nBearer {}", self.token());
        }
        if self.shown == Shown::CookieFromAnotherSite {
            text += "\norigin\nhttps://evil.example";
        }
        if !whole {
            return Head::short(text);
        }
        if matches!(self.shown, Shown::Cookie | Shown::CookieFromAnotherSite | Shown::TokenAndCookie) {
            let secret = "A".repeat(43);
            text += &format!("\ncookie\n{COOKIE}=1.{}.{}.1.{secret}", "a".repeat(64), "b".repeat(22));
        }
        if matches!(self.shown, Shown::Cookie | Shown::TokenAndCookie) {
            text += "\nsec-fetch-site\nsame-origin";
        }
        Head::whole(text)
    }

    fn policy(&self) -> Policy<'_> {
        Policy {
            origin: &self.origin,
            allowed_origins: Some(&[]),
            issuers: &self.issuers,
            routes: &self.routes,
        }
    }

    fn keys(&self, stamp: u64) -> IssuerKeys {
        let kid = if self.truth.key_removed && stamp == STAMP { "new" } else { "k" };
        IssuerKeys { keys: Rc::new(KeySet::new(vec![key(kid)]).unwrap()), stamp, age_ms: 1 }
    }

    /// Who may pass, and as whom: the claims of the one who does. Stated without the machine.
    pub(super) fn may_pass(&self, method: &str, path: &str) -> Option<Option<Caller>> {
        let truth = &self.truth;
        let (by_token, by_cookie) = match path {
            "/public" => return Some(None),
            "/page" => (false, true),
            "/both" | "/optional" => {
                let shows = matches!(
                    self.shown,
                    Shown::OwnToken | Shown::ForeignToken | Shown::OtherKey | Shown::TokenAndCookie
                );
                (shows, !shows)
            }
            _ => (true, false),
        };
        if by_cookie {
            let shows = match self.shown {
                Shown::Cookie | Shown::TokenAndCookie => true,
                Shown::CookieFromAnotherSite => method == "GET",
                _ => false,
            };
            let session = (shows && truth.account_agrees).then(|| self.caller(OWN));
            return if path == "/optional" { Some(session) } else { session.map(Some) };
        }
        assert!(by_token);
        let accepted = match self.shown {
            Shown::OwnToken | Shown::TokenAndCookie => path != "/foreign",
            Shown::ForeignToken => path == "/foreign",
            _ => false,
        };
        let alive = match path {
            "/bound" | "/allow" => !truth.revoked,
            "/strict" => truth.account_agrees,
            _ => true,
        };
        let meets = match path {
            "/admin" => truth.is_admin,
            "/fresh" => truth.authenticated <= 600,
            _ => true,
        };
        let from = if self.shown == Shown::ForeignToken { FOREIGN } else { OWN };
        (accepted && truth.genuine && !truth.key_removed && alive && meets).then(|| Some(self.caller(from)))
    }
}

impl View for Isolate<'_> {
    type Token = Token;

    fn token(&self, token: &str, _: UnixMillis) -> Option<Token> {
        // Only what was verified is in the cache.
        let keys_stamp = match self.caches.token {
            Cached::Nothing => return None,
            // Nothing was verified with a key that did not exist.
            Cached::Current if self.world.truth.key_removed => return None,
            Cached::Current => STAMP,
            Cached::Old => STAMP - 1,
        };
        let verified = self.world.truth.genuine && self.world.shown != Shown::OtherKey;
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
        Token(Rc::new(KnownToken { verified, issuer, keys_stamp, identity: String::new() }))
    }
}

/// What became of a request.
#[derive(Debug, PartialEq)]
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
    let mut isolate =
        Isolate { world, caches, least_stamp: if caches.keys == Cached::Old { STAMP } else { 0 } };
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
                facts.account = Fact::Known(world.truth.account_agrees.then(|| world.caller(OWN)));
            }
            Fault::Signature => {}
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
                    Fact::Known(signature.confirm(world.truth.genuine).map(|new| {
                        Token(Rc::new(KnownToken {
                            verified: new.verified,
                            issuer: new.issuer,
                            keys_stamp: new.keys_stamp,
                            identity: String::new(),
                        }))
                    }))
                };
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
            Stop::Need(Need::Account(question)) => {
                let agrees = world.truth.account_agrees;
                facts.account = if fails(Fault::Account) {
                    Fact::Failed
                } else {
                    isolate.least_stamp = STAMP;
                    Fact::Known(agrees.then(|| match question {
                        Question::Check(token) => token.0.verified.claims().clone(),
                        Question::Admit { .. } | Question::SpendTicket { .. } => world.caller(OWN),
                    }))
                };
            }
        }
    }
    panic!("no verdict after 12 rounds")
}
