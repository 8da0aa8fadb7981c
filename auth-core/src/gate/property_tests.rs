//! The machine against shells that know more or less beforehand, and that fail. An oracle says independently
//! who may pass.

mod cases;
mod holder;
mod oracle;
mod shell;
mod world;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Denial, Head, Policy};
use crate::token::Refusal;
use crate::wire::Origin;
use cases::{Binding, Cached, Caches, Fault, Flaw, Shown, Truth};
use shell::{Outcome, run};
use world::{AUDIENCE, NO_RESOURCE, OWN, RESOURCE, World};

const ALL: [Fault; 5] = [Fault::Keys, Fault::Signature, Fault::List, Fault::Account, Fault::Proof];

fn caches() -> impl Strategy<Value = Caches> {
    let cached = || select(vec![Cached::Nothing, Cached::Current, Cached::Old]);
    let age =
        select(vec![None, Some(0), Some(2_500), Some(2_501), Some(5_000), Some(5_001), Some(1_000_000)]);
    (cached(), cached(), age).prop_map(|(token, keys, list)| Caches { token, keys, list, keys_lag: false })
}

fn bindings() -> impl Strategy<Value = Binding> {
    let flaws = [
        Flaw::Nothing,
        Flaw::Absent,
        Flaw::Several,
        Flaw::Key,
        Flaw::Method,
        Flaw::Url,
        Flaw::Token,
        Flaw::Time,
        Flaw::Signature,
        Flaw::Replayed,
    ];
    prop_oneof![
        4 => Just(Binding::Bearer),
        1 => Just(Binding::BoundAsBearer),
        1 => Just(Binding::UnboundAsDPoP),
        2 => Just(Binding::Proved(Flaw::Nothing)),
        2 => select(flaws.to_vec()).prop_map(Binding::Proved),
    ]
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
        Shown::ApiKey,
        Shown::ApiKey,
        Shown::ApiKeyFromPage,
        Shown::ApiKeyOfAnotherEnvironment,
        Shown::MadeUpApiKey,
        Shown::ExchangedToken,
        Shown::GrantedToken,
        Shown::GrantedToken,
        Shown::ClientToken,
    ]);
    let truth = (
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.7),
        any::<bool>(),
        (any::<bool>(), select(vec![None, Some(true), Some(false)]), select(vec![0, 600, 601])),
        select(vec![None, Some("aal1"), Some("aal2"), Some("urn:x:mfa")]),
        select(vec!["aal1", "aal2"]),
        (select(vec![AUDIENCE, RESOURCE, RESOURCE, NO_RESOURCE]), bindings()),
    )
        .prop_map(
            |(
                genuine,
                key_removed,
                revoked,
                account_agrees,
                is_admin,
                (has_scope, inside, authenticated),
                acr,
                present_acr,
                (audience, binding),
            )| {
                Truth {
                    genuine,
                    key_removed,
                    revoked,
                    account_agrees,
                    is_admin,
                    has_scope,
                    audience,
                    binding,
                    inside,
                    authenticated,
                    acr,
                    present_acr,
                }
            },
        );
    (truth, shown).prop_map(|(truth, shown)| World::new(truth, shown))
}

fn requests() -> impl Strategy<Value = (&'static str, &'static str)> {
    let paths = vec![
        "/public",
        "/none",
        "/bound",
        "/allow",
        "/strict",
        "/admin",
        "/fresh",
        "/mfa",
        "/strict-mfa",
        "/page-mfa",
        "/any-mfa",
        "/foreign",
        "/page",
        "/both",
        "/optional",
        "/key",
        "/key-bound",
        "/key-strict",
        "/key-scope",
        "/key-admin",
        "/any",
        "/scope",
        "/scope-strict",
        "/mcp",
        "/mcp",
        "/mcp/admin",
        "/mcp/closed",
        "/mcp/mfa",
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

    /// The oracle decides who passes, whatever the isolate and the request know beforehand, and in whatever
    /// order the rest is found out.
    #[test]
    fn property_check_19_the_verdict_does_not_depend_on_what_is_cached(
        world in worlds(),
        (method, path) in requests(),
        caches in caches(),
        beforehand in subsequence(ALL.to_vec(), 0..=5),
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

    /// Whatever fails, no request passes that would not pass otherwise, and a request that has met a fault
    /// passes only where its route allows requests without the list of revocations.
    #[test]
    fn property_check_44_no_fault_lets_a_request_through(
        world in worlds(),
        (method, path) in requests(),
        caches in caches(),
        faults in subsequence(ALL.to_vec(), 1..=5),
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

    /// The list of revocations and the account state which keys must be used. A request that had older ones
    /// until then is verified again.
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
fn reports_a_signature_that_could_not_be_computed() {
    let truth = Truth {
        genuine: false,
        key_removed: false,
        revoked: false,
        account_agrees: true,
        is_admin: true,
        has_scope: false,
        audience: AUDIENCE,
        binding: Binding::Bearer,
        inside: None,
        authenticated: 0,
        acr: None,
        present_acr: "aal1",
    };
    let world = World::new(truth, Shown::OwnToken);
    let cold = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
    let (outcome, _) = run(&world, "GET", "/none", cold, &[], &[]);
    let Outcome::Refuse(Denial::Invalid { check, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(check, Refusal::Signature.as_str());
}

fn api_key_world(account_agrees: bool, revoked: bool) -> World {
    let truth = Truth {
        genuine: true,
        key_removed: false,
        revoked,
        account_agrees,
        is_admin: false,
        has_scope: false,
        audience: AUDIENCE,
        binding: Binding::Bearer,
        inside: None,
        authenticated: 0,
        acr: None,
        present_acr: "aal1",
    };
    World::new(truth, Shown::ApiKey)
}

/// Whether the account was asked, by making it fail.
fn asks_account(world: &World, path: &str, caches: Caches) -> bool {
    run(world, "GET", path, caches, &[], &[Fault::Account]).1 == [Fault::Account]
}

#[test]
fn check_21_a_known_api_key_is_used_within_the_bound_of_the_route() {
    let cold = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
    let warm = Caches { token: Cached::Current, list: Some(0), ..cold };
    let (valid, outdated) = (api_key_world(true, false), api_key_world(true, true));
    for (world, path, caches, asked) in [
        (&valid, "/key", cold, true),
        (&valid, "/key", warm, false),
        (&valid, "/key-bound", cold, true),
        (&valid, "/key-bound", warm, false),
        (&valid, "/key-strict", warm, true),
        // The list says that the account's tokens are outdated. That ends a token, and of a key only what is known.
        (&outdated, "/key-bound", warm, true),
    ] {
        assert_eq!(asks_account(world, path, caches), asked, "{path} {caches:?}");
    }
    let (outcome, _) = run(&outdated, "GET", "/key-bound", warm, &[], &[]);
    assert!(matches!(outcome, Outcome::Forward { .. }), "{outcome:?}");
    let (outcome, _) = run(&api_key_world(false, true), "GET", "/key-bound", warm, &[], &[]);
    assert!(
        matches!(outcome, Outcome::Refuse(Denial::Invalid { check: "api_key_rejected", .. })),
        "{outcome:?}"
    );
}

#[test]
fn an_api_key_that_is_not_one_reaches_no_account() {
    let caches = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
    for (shown, check) in
        [(Shown::MadeUpApiKey, "api_key_form"), (Shown::ApiKeyOfAnotherEnvironment, "api_key_environment")]
    {
        let world = World { shown, ..api_key_world(true, false) };
        let (outcome, met) = run(&world, "GET", "/key", caches, &[], &[Fault::Account]);
        assert_eq!(met, []);
        let Outcome::Refuse(Denial::Invalid { check: found, token }) = outcome else { panic!("{outcome:?}") };
        assert_eq!((found, token.as_str()), (check, "[API key, 84 bytes]"));
    }
    let page = World { shown: Shown::ApiKeyFromPage, ..api_key_world(true, false) };
    assert_eq!(run(&page, "GET", "/key", caches, &[], &[]).0, Outcome::Refuse(Denial::ApiKeyFromPage));
}

/// The proof is for the request that the client has sent to the proxy.
#[test]
fn behind_a_proxy_the_proof_concerns_the_original_request() {
    let truth = Truth {
        has_scope: true,
        audience: RESOURCE,
        binding: Binding::Proved(Flaw::Nothing),
        ..api_key_world(true, false).truth
    };
    let world = World::new(truth, Shown::GrantedToken);
    let app = Origin::parse("https://app.example.com").unwrap();
    let asks = |stated: &str, url: &str, allowed: &[Origin]| {
        let text = format!("GET\n{OWN}/auth/verify\n{stated}\n{}", world.with_proof("POST", url));
        let head = Head::whole(text);
        let policy = Policy { allowed_origins: Some(allowed), ..world.policy() };
        world.judge_proxied(policy, &head)
    };
    let stated = "x-forwarded-method\nPOST\nx-forwarded-uri\n/mcp?a=b";
    let listed = core::slice::from_ref(&app);
    assert_eq!(asks(stated, "https://auth.example.com/mcp", &[]), Ok(()));
    assert_eq!(asks(stated, "https://app.example.com/mcp", listed), Ok(()));
    for (stated, url, allowed, check) in [
        (stated, "https://app.example.com/mcp", &[][..], "htu"),
        (stated, "https://auth.example.com/auth/verify", listed, "htu"),
        (stated, "https://auth.example.com/other", listed, "htu"),
        ("x-forwarded-uri\n/mcp", "https://auth.example.com/mcp", listed, "request_unknown"),
        ("x-forwarded-method\nGET\nx-forwarded-uri\n/mcp", "https://auth.example.com/mcp", listed, "htm"),
    ] {
        assert_eq!(asks(stated, url, allowed), Err(Denial::Proof(check)), "{stated} {url}");
    }
    // Without a route that names scopes, a client has no access, whatever it proves.
    let closed = Err(Denial::ClosedToClients);
    for stated in ["x-forwarded-method\nPOST\nx-forwarded-uri\n/unknown", "accept\n*/*"] {
        assert_eq!(asks(stated, "https://auth.example.com/unknown", &[]), closed, "{stated}");
    }
}

#[test]
fn an_api_key_in_a_url_is_refused_on_every_route() {
    let caches = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
    let world = api_key_world(true, false);
    for path in ["/public", "/key", "/nothing"] {
        for at in ["/", "?key=", "?a=b&key="] {
            let url = format!("{path}{at}{}", world.key());
            let (outcome, _) = run(&world, "GET", &url, caches, &[], &[]);
            assert_eq!(outcome, Outcome::Refuse(Denial::ApiKeyInUrl), "{path}{at}");
        }
    }
}
