//! A verifier without routes beside the gate.

use proptest::prelude::*;
use proptest::sample::select;

use super::cases::{Binding, Cached, Caches, Flaw, Shown, Truth};
use super::shell::{Isolate, Outcome, run};
use super::world::{AUDIENCE, NOW, OWN, STAMP, World};
use super::{api_key_world, caches, worlds};
use crate::gate::{Denial, Fact, Facts, Need, Stop, TokenRequest, Tokens};
use crate::token::Caller;

impl World {
    /// Judges a request as a verifier without routes does.
    fn judge_without_routes(
        &self,
        (method, path): (&str, &str),
        caches: Caches,
        client_scopes: &[&str],
    ) -> Result<Caller, Denial> {
        let least_stamp = if caches.keys == Cached::Old { STAMP } else { 0 };
        let view = Isolate { world: self, caches, least_stamp, boundless: true };
        let head = self.head(method, path, true);
        let url = format!("{OWN}{path}");
        let (authorization, proof) = (head.header("authorization"), head.header("dpop"));
        let request = TokenRequest { method, url: &url, authorization, proof };
        let client_scopes: Vec<String> = client_scopes.iter().map(ToString::to_string).collect();
        let mut facts = Facts::default();
        for _ in 0..6 {
            let tokens = Tokens { issuers: &self.issuers[..1], view: &view, facts: &facts, now: NOW };
            match tokens.holder(&request, &client_scopes) {
                Ok(token) => return Ok(token.as_ref().verified.claims().clone()),
                Err(Stop::Refuse(denial)) => return Err(denial),
                Err(Stop::Need(Need::Keys { issuer, .. })) => {
                    facts.keys = Fact::Known((issuer, self.keys(STAMP)));
                }
                Err(Stop::Need(Need::Signature(signature))) => {
                    facts.token = Fact::Known(self.verified(*signature));
                }
                Err(Stop::Need(Need::Proof(proof))) => facts.proof = Fact::Known(self.proved(*proof)),
                Err(stop) => panic!("{stop:?}"),
            }
        }
        panic!("no verdict")
    }
}

/// A denial without what only a route knows.
fn without_roles(denial: Denial) -> Denial {
    match denial {
        Denial::Insufficient { scope, scopes, .. } => {
            Denial::Insufficient { scope, scopes, roles: crate::gate::Lacking::default() }
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// With the scopes of a route that has no other requirements, a verifier gives the gate's verdict about every token
    /// of the service for which no API key was exchanged.
    #[test]
    fn property_check_18_a_verifier_without_routes_decides_as_a_route_does(
        world in worlds(),
        shown in select(vec![
            Shown::Nothing,
            Shown::OwnToken,
            Shown::OtherKey,
            Shown::Cookie,
            Shown::TokenAndCookie,
            Shown::GrantedToken,
            Shown::ClientToken,
        ]),
        caches in caches(),
        method in select(vec!["GET", "POST"]),
    ) {
        let world = World::new(Truth { audience: AUDIENCE, ..world.truth }, shown);
        let found = world.judge_without_routes((method, "/scope"), caches, &["read"]);
        match run(&world, method, "/scope", caches, &[], &[]).0 {
            Outcome::Forward { caller, .. } => prop_assert_eq!(Some(found), caller.map(Ok)),
            Outcome::Refuse(denial) => {
                prop_assert_eq!(found.map_err(without_roles), Err(without_roles(denial)));
            }
            Outcome::ComeAgain => prop_assert!(false, "no navigations here"),
        }
    }
}

#[test]
fn a_verifier_that_names_no_scopes_accepts_no_token_of_an_oauth_client() {
    let cold = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
    let judged = |shown, has_scope, binding, client_scopes: &[&str]| {
        let truth = Truth { has_scope, binding, ..api_key_world(true, false).truth };
        let judged = World::new(truth, shown).judge_without_routes(("GET", "/x"), cold, client_scopes);
        judged.map(|_| ()).map_err(|denial| match denial {
            Denial::Insufficient { scope, .. } => format!("insufficient_scope {scope}"),
            denial => format!("{denial:?}"),
        })
    };
    let refused = |text: &str| Err(text.to_owned());
    let proved = Binding::Proved(Flaw::Nothing);
    for (shown, has_scope, binding, client_scopes, expected) in [
        (Shown::OwnToken, false, Binding::Bearer, &[][..], Ok(())),
        (Shown::OwnToken, false, Binding::Bearer, &["read"][..], Ok(())),
        (Shown::ExchangedToken, false, Binding::Bearer, &["read"], Ok(())),
        (Shown::GrantedToken, true, Binding::Bearer, &[], refused("ClosedToClients")),
        (Shown::GrantedToken, true, proved, &[], refused("ClosedToClients")),
        (Shown::GrantedToken, true, Binding::Bearer, &["read"], Ok(())),
        (Shown::GrantedToken, true, proved, &["read"], Ok(())),
        (Shown::GrantedToken, true, proved, &["read", "write"], refused("insufficient_scope read write")),
        (Shown::GrantedToken, true, Binding::BoundAsBearer, &["read"], refused("BoundToken")),
        (
            Shown::GrantedToken,
            true,
            Binding::Proved(Flaw::Replayed),
            &["read"],
            refused("Proof(\"replayed\")"),
        ),
        (Shown::ClientToken, true, Binding::Bearer, &["read"], Ok(())),
        (Shown::ClientToken, false, Binding::Bearer, &["read"], refused("insufficient_scope read")),
        (Shown::ClientToken, false, Binding::Bearer, &[], refused("ClosedToClients")),
    ] {
        let found = judged(shown, has_scope, binding, client_scopes);
        assert_eq!(found, expected, "{shown:?} {has_scope} {binding:?} {client_scopes:?}");
    }
}
