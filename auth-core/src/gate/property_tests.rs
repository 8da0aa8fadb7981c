//! The machine against shells that know more or less beforehand, and that fail. An oracle says independently who may pass.

use std::rc::Rc;

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use super::policy::tests::guarded;
use super::{
    Access, Answer, Carriers, Checked, Denial, Fact, Facts, Head, Identified, Issuer, IssuerKeys, Judge,
    KeySource, KnownToken, Need, OWN_ISSUER, Policy, Question, Requirements, Route, Stop, View,
};
use crate::revocation::{Age, Bound};
use crate::time::UnixMillis;
use crate::token::{
    Algorithm, Caller, ClaimNames, KeyMaterial, KeySet, Policy as TokenPolicy, Refusal, TypRule,
    VerificationKey,
};
use crate::wire::Origin;

const NOW: UnixMillis = UnixMillis(1_000_000_000);
const OWN: &str = "https://auth.example.com";
const FOREIGN: &str = "https://other.example.com";
const COOKIE: &str = "__Host-Http-latchkey";
/// The stamp of the keys that must be used.
const STAMP: u64 = 7;

#[derive(Clone)]
struct Token(Rc<KnownToken>);

impl AsRef<KnownToken> for Token {
    fn as_ref(&self) -> &KnownToken {
        &self.0
    }
}

/// The credentials of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
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
struct Truth {
    genuine: bool,
    /// The key that signed it is not among the present keys any more.
    key_removed: bool,
    revoked: bool,
    account_agrees: bool,
    is_admin: bool,
    /// Seconds ago.
    authenticated: u64,
}

/// What the isolate has at the beginning.
#[derive(Clone, Copy, Debug)]
struct Caches {
    token: Cached,
    keys: Cached,
    /// The age of the copy of the list.
    list: Option<u64>,
    /// The first answer about keys is one from before the change.
    keys_lag: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cached {
    Nothing,
    Current,
    /// Made with, or holding, the keys before the present ones.
    Old,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Keys,
    Signature,
    List,
    Account,
}

struct Isolate<'w> {
    world: &'w World,
    caches: Caches,
    least_stamp: u64,
}

struct World {
    origin: Origin,
    issuers: Vec<Issuer>,
    routes: Vec<Rc<Route>>,
    truth: Truth,
    shown: Shown,
}

fn part(value: &serde_json::Value) -> String {
    Base64UrlSafeNoPadding::encode_to_string(value.to_string()).unwrap()
}

fn key(kid: &str) -> VerificationKey {
    VerificationKey { kid: kid.into(), algorithm: Algorithm::Es256, material: KeyMaterial::Point(vec![]) }
}

fn issuer(name: &str, url: &str, names: ClaimNames) -> Issuer {
    Issuer {
        name: name.into(),
        policy: TokenPolicy::new(url, "a", &[Algorithm::Es256], TypRule::exactly("at+jwt")).unwrap(),
        names,
        keys: KeySource::Own,
        carriers: Carriers::default(),
    }
}

impl World {
    fn new(truth: Truth, shown: Shown) -> Self {
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
                issuer("own", OWN, ClaimNames::own()),
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
        Policy { origin: &self.origin, allowed_origins: &[], issuers: &self.issuers, routes: &self.routes }
    }

    fn keys(&self, stamp: u64) -> IssuerKeys {
        let kid = if self.truth.key_removed && stamp == STAMP { "new" } else { "k" };
        IssuerKeys { keys: Rc::new(KeySet::new(vec![key(kid)]).unwrap()), stamp, age_ms: 1 }
    }

    /// Who may pass, and as whom: the claims of the one who does. Stated without the machine.
    fn may_pass(&self, method: &str, path: &str) -> Option<Option<Caller>> {
        let truth = &self.truth;
        let (by_token, by_cookie) = match path {
            "/public" => return Some(None),
            "/page" => (false, true),
            "/both" => {
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
            return (shows && truth.account_agrees).then(|| Some(self.caller(OWN)));
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
enum Outcome {
    Forward { path: String, caller: Option<Caller> },
    Refuse(Denial),
    ComeAgain,
}

/// Runs a shell to its end. Also says which faults it met.
fn run(
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

const ALL: [Fault; 4] = [Fault::Keys, Fault::Signature, Fault::List, Fault::Account];

fn caches() -> impl Strategy<Value = Caches> {
    let cached = || select(vec![Cached::Nothing, Cached::Current, Cached::Old]);
    let age =
        select(vec![None, Some(0), Some(2_500), Some(2_501), Some(5_000), Some(5_001), Some(1_000_000)]);
    (cached(), cached(), age).prop_map(|(token, keys, list)| Caches { token, keys, list, keys_lag: false })
}

fn worlds() -> impl Strategy<Value = World> {
    let shown = select(vec![
        Shown::Nothing,
        Shown::OwnToken,
        Shown::OwnToken,
        Shown::OwnToken,
        Shown::ForeignToken,
        Shown::OtherKey,
        Shown::Cookie,
        Shown::CookieFromAnotherSite,
        Shown::TokenAndCookie,
    ]);
    let truth =
        (
            prop::bool::weighted(0.8),
            prop::bool::weighted(0.2),
            prop::bool::weighted(0.3),
            prop::bool::weighted(0.7),
            any::<bool>(),
            select(vec![0, 600, 601]),
        )
            .prop_map(|(genuine, key_removed, revoked, account_agrees, is_admin, authenticated)| {
                Truth { genuine, key_removed, revoked, account_agrees, is_admin, authenticated }
            });
    (truth, shown).prop_map(|(truth, shown)| World::new(truth, shown))
}

fn requests() -> impl Strategy<Value = (&'static str, &'static str)> {
    let paths = vec![
        "/public", "/none", "/bound", "/allow", "/strict", "/admin", "/fresh", "/foreign", "/page", "/both",
    ];
    (select(vec!["GET", "POST"]), select(paths))
}

impl core::fmt::Debug for World {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?} {:?}", self.truth, self.shown)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// The oracle decides who passes, whatever the isolate and the request know beforehand, and in whatever order the rest
    /// is found out.
    #[test]
    fn property_check_19_the_verdict_does_not_depend_on_what_is_cached(
        world in worlds(),
        (method, path) in requests(),
        caches in caches(),
        beforehand in subsequence(ALL.to_vec(), 0..=4),
    ) {
        let cold = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
        let (first, _) = run(&world, method, path, cold, &[], &[]);
        let expected = world.may_pass(method, path);
        match &first {
            Outcome::Forward { path: route, caller } => {
                prop_assert_eq!(route.as_str(), path);
                prop_assert_eq!(Some(caller.clone()), expected);
            }
            Outcome::Refuse(denial) => {
                prop_assert_eq!(expected, None);
                prop_assert_ne!(denial, &Denial::Unavailable);
            }
            Outcome::ComeAgain => prop_assert!(false, "no navigations here"),
        }
        let (second, _) = run(&world, method, path, caches, &beforehand, &[]);
        prop_assert_eq!(first, second);
    }

    /// Whatever fails, no request passes that would not pass otherwise, and a request that has met a fault passes only where its
    /// route allows requests without the list of revocations.
    #[test]
    fn property_check_44_no_fault_lets_a_request_through(
        world in worlds(),
        (method, path) in requests(),
        caches in caches(),
        faults in subsequence(ALL.to_vec(), 1..=4),
    ) {
        let (outcome, met) = run(&world, method, path, caches, &[], &faults);
        let (without, _) = run(&world, method, path, caches, &[], &[]);
        if met.is_empty() {
            prop_assert_eq!(outcome, without);
        } else if path == "/allow" && met == [Fault::List] {
            // The token is verified all the same.
            let would = World::new(Truth { revoked: false, ..world.truth }, world.shown).may_pass(method, path);
            let passed = matches!(outcome, Outcome::Forward { .. });
            prop_assert_eq!(passed, would.is_some());
        } else {
            prop_assert_eq!(outcome, Outcome::Refuse(Denial::Unavailable));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The list of revocations and the account state which keys must be used. A request that had older ones until then is
    /// verified again.
    #[test]
    fn property_check_21_keys_that_turn_out_to_be_outdated_are_not_used(
        world in worlds(),
        path in select(vec!["/bound", "/strict"]),
    ) {
        let caches = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: true };
        let (outcome, _) = run(&world, "GET", path, caches, &[], &[]);
        let passed = matches!(outcome, Outcome::Forward { .. });
        prop_assert_eq!(passed, world.may_pass("GET", path).is_some());
    }
}

#[test]
fn a_failed_signature_is_named() {
    let truth = Truth {
        genuine: false,
        key_removed: false,
        revoked: false,
        account_agrees: true,
        is_admin: true,
        authenticated: 0,
    };
    let world = World::new(truth, Shown::OwnToken);
    let cold = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
    let (outcome, _) = run(&world, "GET", "/none", cold, &[], &[]);
    let Outcome::Refuse(Denial::Invalid { check, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(check, Refusal::Signature.as_str());
}
