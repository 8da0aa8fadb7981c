//! Which token a client gets for another one, with literal times.

use proptest::prelude::*;

use super::{ACCESS_TOKEN_TYPE, ExchangeRequest, ExchangeTerms};
use crate::oauth::client::tests::client;
use crate::oauth::policy::tests::policy;
use crate::oauth::{
    Client, ClientAuthentication, ClientOrigin, GrantType, GrantTypes, OAuthError, Scope, WholeService,
};
use crate::time::UnixTime;
use crate::token::{AccessClaims, Confirmation};
use crate::wire::{Form, Origin};

const NOW: u64 = 1_800_000_000;
const MCP: &str = "https://auth.example.com/mcp";
const ADMIN: &str = "https://auth.example.com/mcp/admin";

fn exchanger() -> Client {
    Client {
        authentication: ClientAuthentication::Secret { sha256: vec![] },
        grants: GrantTypes::of([GrantType::TokenExchange]),
        scopes: Scope::parse("notes:read notes:write mcp:tools").unwrap(),
        ..client()
    }
}

fn subject() -> AccessClaims {
    AccessClaims {
        iss: "https://auth.example.com".into(),
        sub: "user".into(),
        aud: "api".into(),
        client_id: "notes".into(),
        iat: UnixTime(NOW - 100),
        exp: UnixTime(NOW + 200),
        auth_time: Some(UnixTime(NOW - 1000)),
        acr: None,
        amr: vec![],
        jti: "first".into(),
        sid: "grant.x".into(),
        epoch: 3,
        roles: vec!["reader".into(), "editor".into()],
        scope: "openid notes:read notes:write mcp:tools".into(),
        email: Some("a@b.example".into()),
        email_verified: Some(true),
        cnf: None,
        metadata: None,
    }
}

fn form(more: &str) -> Form {
    Form::parse(format!("subject_token=t&subject_token_type={ACCESS_TOKEN_TYPE}{more}").as_bytes()).unwrap()
}

fn exchanged(
    more: &str,
    client: &Client,
    subject: &AccessClaims,
    jkt: Option<&str>,
) -> Result<AccessClaims, OAuthError> {
    let (form, policy) = (form(more), policy());
    let issuer = Origin::parse("https://auth.example.com").unwrap();
    let whole = WholeService { issuer: &issuer, audience: "api" };
    let terms = ExchangeTerms { policy: &policy, whole, lifetime: 300, now: UnixTime(NOW) };
    ExchangeRequest::read(&form, client)
        .and_then(|request| request.decide(client, subject, jkt, terms, "second".into()))
        .map_err(|failure| failure.error)
}

#[test]
fn the_new_token_has_a_part_of_the_first_ones_scope_and_the_rest_of_its_life() {
    let all = exchanged("", &exchanger(), &subject(), None).unwrap();
    assert_eq!((all.scope.as_str(), all.aud.as_str()), ("openid notes:read notes:write mcp:tools", "api"));
    for (form, scope, aud, roles) in [
        ("&scope=notes:read", "notes:read", "api", &["reader"][..]),
        ("&scope=mcp:tools", "mcp:tools", "api", &[]),
        ("&resource=https://auth.example.com/mcp", "openid notes:read mcp:tools", MCP, &["reader"]),
        ("&audience=https://auth.example.com/mcp&scope=mcp:tools", "mcp:tools", MCP, &[]),
        ("&resource=https://auth.example.com/mcp/admin&scope=mcp:tools", "mcp:tools", ADMIN, &[]),
        ("&audience=api&scope=notes:write", "notes:write", "api", &["reader", "editor"]),
        ("&resource=https://auth.example.com&scope=mcp:tools", "mcp:tools", "api", &[]),
    ] {
        let token = exchanged(form, &exchanger(), &subject(), None).unwrap();
        assert_eq!((token.scope.as_str(), token.aud.as_str()), (scope, aud), "{form}");
        assert_eq!(token.roles, roles, "{form}");
        let expected = AccessClaims {
            aud: token.aud.clone(),
            iat: UnixTime(NOW),
            jti: "second".into(),
            roles: token.roles.clone(),
            scope: token.scope.clone(),
            email: None,
            email_verified: None,
            ..subject()
        };
        assert_eq!(token, expected, "nothing else changes: {form}");
    }
    let long = AccessClaims { exp: UnixTime(NOW + 5000), ..subject() };
    assert_eq!(exchanged("", &exchanger(), &long, None).unwrap().exp, UnixTime(NOW + 300));
}

#[test]
fn a_request_that_would_widen_is_an_error() {
    let narrow = AccessClaims { scope: "mcp:tools".into(), aud: MCP.into(), ..subject() };
    for (form, error) in [
        ("&scope=notes:read", OAuthError::InvalidScope),
        ("&scope=mcp:tools+notes:read", OAuthError::InvalidScope),
        ("&scope=openid", OAuthError::InvalidScope),
        ("&scope=mcp:tools++x", OAuthError::InvalidScope),
        ("&resource=https://auth.example.com/other", OAuthError::InvalidTarget),
        ("&resource=https://evil.example/mcp", OAuthError::InvalidTarget),
        ("&resource=https://auth.example.com/mcp&audience=api", OAuthError::InvalidTarget),
        ("&audience=other", OAuthError::InvalidTarget),
        ("&actor_token=x", OAuthError::InvalidRequest),
        ("&actor_token_type=x", OAuthError::InvalidRequest),
        ("&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token", OAuthError::InvalidRequest),
        ("&requested_token_type=urn:ietf:params:oauth:token-type:id_token", OAuthError::InvalidRequest),
        ("&requested_token_type=urn:ietf:params:oauth:token-type:jwt", OAuthError::InvalidRequest),
    ] {
        assert_eq!(exchanged(form, &exchanger(), &narrow, None), Err(error), "{form}");
    }
    let read_only = Client { scopes: Scope::parse("notes:read").unwrap(), ..exchanger() };
    assert_eq!(exchanged("&scope=notes:write", &read_only, &subject(), None), Err(OAuthError::InvalidScope));
    assert_eq!(exchanged("", &read_only, &subject(), None).unwrap().scope, "openid notes:read");
}

#[test]
fn only_access_tokens_that_this_client_holds_are_exchanged() {
    for subject in [
        AccessClaims { client_id: "another".into(), ..subject() },
        AccessClaims { sid: "browser".into(), ..subject() },
        AccessClaims { sid: "key.x".into(), ..subject() },
    ] {
        assert_eq!(exchanged("", &exchanger(), &subject, None), Err(OAuthError::InvalidRequest));
    }
    for client in [
        Client { origin: ClientOrigin::Dynamic, ..exchanger() },
        Client { origin: ClientOrigin::MetadataDocument, ..exchanger() },
        Client { authentication: ClientAuthentication::None, ..exchanger() },
        Client { grants: GrantTypes::usual(), ..exchanger() },
    ] {
        assert_eq!(exchanged("", &client, &subject(), None), Err(OAuthError::UnauthorizedClient));
    }
    for text in [
        "",
        "subject_token=t",
        "subject_token=t&subject_token_type=urn:ietf:params:oauth:token-type:id_token",
        "subject_token=t&subject_token_type=urn:ietf:params:oauth:token-type:jwt",
        "subject_token=&subject_token_type=urn:ietf:params:oauth:token-type:access_token",
    ] {
        let form = Form::parse(text.as_bytes()).unwrap();
        let error = ExchangeRequest::read(&form, &exchanger()).unwrap_err().error;
        assert_eq!(error, OAuthError::InvalidRequest, "{text}");
    }
}

#[test]
fn the_server_of_a_resource_exchanges_tokens_for_that_resource() {
    let server = Client { id: "mcp-server".into(), ..exchanger() };
    let of_user = AccessClaims { aud: MCP.into(), scope: "notes:read mcp:tools".into(), ..subject() };
    let token = exchanged("&audience=api&scope=notes:read", &server, &of_user, None).unwrap();
    assert_eq!((&*token.client_id, &*token.aud, &*token.scope), ("mcp-server", "api", "notes:read"));
    assert_eq!((&token.sub, &token.sid, token.epoch), (&of_user.sub, &of_user.sid, of_user.epoch));
    for aud in [ADMIN, "api"] {
        let other = AccessClaims { aud: aud.into(), ..of_user.clone() };
        assert_eq!(exchanged("", &server, &other, None), Err(OAuthError::InvalidRequest), "{aud}");
    }
    let browser = AccessClaims { sid: "browser".into(), ..of_user };
    assert_eq!(exchanged("", &server, &browser, None), Err(OAuthError::InvalidRequest));
}

#[test]
fn a_bound_token_is_exchanged_by_the_holder_of_its_key_for_one_that_is_bound_to_it() {
    let cnf = Some(Confirmation { jkt: "key".into() });
    let bound = AccessClaims { cnf: cnf.clone(), ..subject() };
    for jkt in [None, Some("another")] {
        assert_eq!(exchanged("", &exchanger(), &bound, jkt), Err(OAuthError::InvalidDpopProof));
    }
    assert_eq!(exchanged("", &exchanger(), &bound, Some("key")).unwrap().cnf, cnf);
    assert_eq!(exchanged("", &exchanger(), &subject(), Some("key")).unwrap().cnf, cnf, "binding narrows");
}

#[test]
fn the_server_of_a_resource_exchanges_a_bound_token_for_another_resource_only() {
    let server = Client { id: "mcp-server".into(), ..exchanger() };
    let key = |jkt: &str| Some(Confirmation { jkt: jkt.into() });
    let received = AccessClaims {
        aud: MCP.into(),
        scope: "notes:read mcp:tools".into(),
        cnf: key("of the client"),
        ..subject()
    };
    let (downstream, admin) = ("&audience=api", "&resource=https://auth.example.com/mcp/admin");
    // The new token is bound to the key of the request's proof, and to none without a proof.
    for (jkt, cnf) in [(None, None), (Some("of the server"), key("of the server"))] {
        for (target, aud) in [(downstream, "api"), (admin, ADMIN)] {
            let form = format!("{target}&scope=mcp:tools");
            let token = exchanged(&form, &server, &received, jkt).unwrap();
            assert_eq!((&*token.client_id, &*token.aud, token.cnf), ("mcp-server", aud, cnf.clone()));
            assert_eq!((&token.sub, &token.sid, token.epoch), (&received.sub, &received.sid, received.epoch));
        }
        for target in ["", "&resource=https://auth.example.com/mcp", "&audience=https://auth.example.com/mcp"]
        {
            assert_eq!(
                exchanged(target, &server, &received, jkt),
                Err(OAuthError::InvalidTarget),
                "{target}"
            );
        }
    }
    assert_eq!(exchanged("", &server, &received, Some("of the client")).unwrap().cnf, received.cnf);
    // A token that was issued to the server itself is bound to a key that the server has.
    let own = AccessClaims { client_id: "mcp-server".into(), ..received.clone() };
    assert_eq!(exchanged(downstream, &server, &own, None), Err(OAuthError::InvalidDpopProof));
    // A token that is for another resource, and a client that is no server.
    let elsewhere = AccessClaims { aud: ADMIN.into(), ..received.clone() };
    assert_eq!(exchanged(downstream, &server, &elsewhere, None), Err(OAuthError::InvalidRequest));
    let issued_to_it = AccessClaims { client_id: "notes".into(), ..received };
    assert_eq!(exchanged(downstream, &exchanger(), &issued_to_it, None), Err(OAuthError::InvalidDpopProof));
}

proptest! {
    /// A chain of exchanges, each of which asks for something: no token in it permits what one before it did not.
    #[test]
    fn property_no_chain_of_exchanges_widens(
        requests in proptest::collection::vec((0..16_u8, 0..4_usize, 0..2_usize), 1..6)
    ) {
        let scopes = ["openid", "notes:read", "notes:write", "mcp:tools"];
        let targets = ["", "&resource=https://auth.example.com/mcp", "&audience=api", "&resource=https://auth.example.com/mcp/admin"];
        let mut last = subject();
        for (mask, target, key) in requests {
            let chosen: Vec<&str> = scopes.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, scope)| *scope).collect();
            let scope = if chosen.is_empty() { String::new() } else { format!("&scope={}", chosen.join("+")) };
            let form = format!("{scope}{}", targets[target]);
            let Ok(next) = exchanged(&form, &exchanger(), &last, [None, Some("key")][key]) else { continue };
            let of = |claims: &AccessClaims| Scope::parse(&claims.scope).unwrap();
            prop_assert!(of(&last).covers(&of(&next)) && !of(&next).is_empty());
            prop_assert!(next.roles.iter().all(|role| last.roles.contains(role)));
            prop_assert!(next.exp <= last.exp);
            prop_assert!(last.cnf.is_none() || next.cnf == last.cnf);
            prop_assert_eq!((&next.sub, &next.sid, next.epoch, &next.client_id), (&last.sub, &last.sid, last.epoch, &last.client_id));
            last = next;
        }
    }
}
