//! A request, and what is true whatever an isolate knows.

use std::rc::Rc;

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde_json::json;

use super::cases::{Binding, Flaw, Shown, Truth};
use crate::api_key::ApiKey;
use crate::gate::policy::tests::guarded;
use crate::gate::{
    Access, ApiKeyPolicy, CLIENT_ADDRESS, Carriers, Head, Issuer, IssuerKeys, KeySource, KnownToken,
    OWN_ISSUER, Policy, Requirements, Route,
};
use crate::oauth::{Resource, Scope};
use crate::revocation::Bound;
use crate::time::UnixMillis;
use crate::token::{
    Algorithm, Caller, ClaimNames, KeyMaterial, KeySet, Policy as TokenPolicy, TypRule, VerificationKey,
};
use crate::wire::Origin;

pub(super) const NOW: UnixMillis = UnixMillis(1_000_000_000);
pub(super) const OWN: &str = "https://auth.example.com";
pub(super) const FOREIGN: &str = "https://other.example.com";
pub(super) const COOKIE: &str = "__Host-Http-latchkey";
/// The configured audience, and a resource.
pub(super) const AUDIENCE: &str = "a";
pub(super) const RESOURCE: &str = "https://auth.example.com/mcp";
/// What no token of the service is for.
pub(super) const NO_RESOURCE: &str = "https://auth.example.com/other";
/// Repeated, the object id of an API key's owner.
pub(super) const OWNER: &str = "0a";
/// The stamp of the keys that must be used.
pub(super) const STAMP: u64 = 7;

#[derive(Clone, Debug)]
pub(super) struct Token(pub(super) Rc<KnownToken>);

impl AsRef<KnownToken> for Token {
    fn as_ref(&self) -> &KnownToken {
        &self.0
    }
}

pub(super) struct World {
    pub(super) api_keys: ApiKeyPolicy,
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
        policy: TokenPolicy::new(url, AUDIENCE, &[Algorithm::Es256], TypRule::exactly("at+jwt")).unwrap(),
        names,
        keys: KeySource::Own,
        carriers: Carriers::default(),
    }
}

/// A proof for this request and this token, whose signature is the shell's business.
fn proof(method: &str, url: &str, token: &str, flaw: Flaw) -> String {
    let coordinate = "A".repeat(43);
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate});
    let token = if flaw == Flaw::Token { "another" } else { token };
    let hash = hmac_sha256::Hash::hash(token.as_bytes());
    let age = if flaw == Flaw::Time { crate::dpop::WINDOW + 1 } else { 0 };
    let claims = json!({
        "jti": "1",
        "htm": if flaw == Flaw::Method { "PUT" } else { method },
        "htu": if flaw == Flaw::Url { "https://auth.example.com/another" } else { url },
        "iat": NOW.seconds().0 - age,
        "ath": Base64UrlSafeNoPadding::encode_to_string(hash).unwrap(),
    });
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
    format!("{}.{}.{}", part(&header), part(&claims), "A".repeat(86))
}

fn thumbprint() -> String {
    let proof = proof("GET", OWN, "", Flaw::Nothing);
    crate::dpop::Proof::parse(&proof).unwrap().thumbprint().as_str().to_owned()
}

impl World {
    pub(super) fn new(truth: Truth, shown: Shown) -> Self {
        let route = |path: &str, access, change: fn(&mut Route)| {
            let mut route = Rc::unwrap_or_clone(guarded(path, &["GET", "POST"], access, false));
            route.requires.issuers = vec![OWN_ISSUER];
            change(&mut route);
            Rc::new(route)
        };
        let token = Access::TOKEN;
        let own_scope = |route: &mut Route| route.requires.scopes = vec!["read".into()];
        let resource = Resource {
            path: "/mcp".into(),
            identifier: RESOURCE.into(),
            scopes: Scope::parse("read").unwrap(),
            server: None,
        };
        let of_resource = |route: Rc<Route>| {
            let resource = Some(Rc::new(resource.clone()));
            Rc::new(Route { resource, ..Rc::unwrap_or_clone(route) })
        };
        let own = issuer("own", OWN, ClaimNames::own(false));
        let own = Issuer { policy: own.policy.with_resources(vec![RESOURCE.into()]), ..own };
        Self {
            api_keys: ApiKeyPolicy { environment: "live".into(), scopes: vec!["read".into()] },
            origin: Origin::parse(OWN).unwrap(),
            issuers: vec![own, issuer("other", FOREIGN, ClaimNames::default())],
            routes: vec![
                route("/public", Access::PUBLIC, |route| route.requires = Requirements::default()),
                route("/none", token, |_| {}),
                route("/bound", token, |route| route.revocation = Bound::Within(5_000)),
                route("/allow", token, |route| {
                    route.revocation = Bound::Within(5_000);
                    route.without_revocations = true;
                }),
                route("/strict", token, |route| route.revocation = Bound::Strict),
                route("/admin", token, |route| route.requires.roles = vec!["admin".into()]),
                route("/fresh", token, |route| route.requires.max_auth_age = Some(600)),
                route("/mfa", token, |route| route.requires.acr = vec!["aal2".into()]),
                route("/strict-mfa", token, |route| {
                    route.requires.acr = vec!["aal2".into()];
                    route.revocation = Bound::Strict;
                }),
                route("/page-mfa", Access::SESSION, |route| route.requires.acr = vec!["aal2".into()]),
                route("/any-mfa", token, |route| {
                    route.requires.issuers = vec![OWN_ISSUER, 1];
                    route.requires.acr = vec!["aal2".into(), "urn:x:mfa".into()];
                }),
                route("/foreign", token, |route| route.requires.issuers = vec![1]),
                route("/page", Access::SESSION, |_| {}),
                route("/both", Access::TOKEN_OR_SESSION, |_| {}),
                route("/optional", Access::OPTIONAL, |_| {}),
                route("/key", Access::API_KEY, |_| {}),
                route("/key-bound", token.and(Access::API_KEY), |route| {
                    route.revocation = Bound::Within(5_000);
                }),
                route("/key-strict", token.and(Access::API_KEY), |route| route.revocation = Bound::Strict),
                route("/key-scope", token.and(Access::API_KEY), own_scope),
                route("/key-admin", Access::API_KEY, |route| route.requires.roles = vec!["admin".into()]),
                route("/any", Access::TOKEN_OR_SESSION.and(Access::API_KEY), |_| {}),
                route("/scope", token, own_scope),
                route("/scope-strict", token, |route| {
                    route.requires.scopes = vec!["read".into()];
                    route.revocation = Bound::Strict;
                }),
                of_resource(route("/mcp", Access::TOKEN_OR_SESSION, |route| {
                    route.requires.scopes = vec!["read".into()];
                    route.revocation = Bound::Within(5_000);
                })),
                of_resource(route("/mcp/admin", token, |route| {
                    route.requires.scopes = vec!["read".into()];
                    route.requires.roles = vec!["admin".into()];
                })),
                of_resource(route("/mcp/closed", token, |_| {})),
                of_resource(route("/mcp/mfa", token, |route| {
                    route.requires.scopes = vec!["read".into()];
                    route.requires.acr = vec!["aal2".into()];
                })),
            ],
            truth,
            shown,
        }
    }

    pub(super) fn caller(&self, issuer: &str) -> Caller {
        let own = issuer == OWN;
        if self.shown.is_api_key() || self.shown == Shown::ExchangedToken {
            return Caller {
                issuer: OWN.into(),
                subject: OWNER.repeat(32),
                audience: (!self.shown.is_api_key()).then(|| AUDIENCE.into()),
                jkt: None,
                client_id: None,
                session: Some("key.x".into()),
                token_id: Some("key.x".into()),
                epoch: Some(1),
                auth_time: None,
                acr: None,
                roles: if self.truth.is_admin { vec!["admin".into()] } else { vec![] },
                scopes: if self.truth.has_scope { vec!["read".into()] } else { vec![] },
                email: None,
            };
        }
        if self.shown.is_of_client() {
            return self.of_client();
        }
        Caller {
            issuer: issuer.into(),
            subject: "u".into(),
            audience: Some(AUDIENCE.into()),
            jkt: None,
            client_id: None,
            session: own.then(|| "s".into()),
            token_id: own.then(|| "t".into()),
            epoch: own.then_some(1),
            auth_time: Some(self.auth_time()),
            acr: self.truth.acr.map(ToOwned::to_owned),
            roles: if self.truth.is_admin { vec!["admin".into()] } else { vec![] },
            scopes: vec![],
            email: None,
        }
    }

    fn of_client(&self) -> Caller {
        let granted = self.shown == Shown::GrantedToken;
        let jkt = match self.truth.binding {
            Binding::Bearer | Binding::UnboundAsDPoP => None,
            Binding::Proved(Flaw::Key) => Some("of-another-key".to_owned()),
            Binding::BoundAsBearer | Binding::Proved(_) => Some(thumbprint()),
        };
        Caller {
            issuer: OWN.into(),
            subject: if granted { "u" } else { "c" }.into(),
            audience: Some(self.truth.audience.into()),
            jkt,
            client_id: Some("c".into()),
            session: Some(if granted { "grant.s" } else { "client.c" }.into()),
            token_id: Some("t".into()),
            epoch: Some(if granted { 1 } else { 0 }),
            auth_time: granted.then(|| self.auth_time()),
            acr: self.truth.acr.filter(|_| granted).map(ToOwned::to_owned),
            roles: if self.truth.is_admin && granted { vec!["admin".into()] } else { vec![] },
            scopes: if self.truth.has_scope {
                vec!["read".into(), "other".into()]
            } else {
                vec!["other".into()]
            },
            email: None,
        }
    }

    /// The caller as the account knows the session.
    pub(super) fn present(&self) -> Caller {
        let caller = self.caller(OWN);
        if caller.is_api_key() || self.shown == Shown::ClientToken {
            return caller;
        }
        Caller { acr: Some(self.truth.present_acr.to_owned()), ..caller }
    }

    fn auth_time(&self) -> crate::time::UnixTime {
        crate::time::UnixTime(NOW.seconds().0 - self.truth.authenticated)
    }

    pub(super) fn token(&self) -> String {
        let (issuer, kid) = match self.shown {
            Shown::ForeignToken => (FOREIGN, "k"),
            Shown::OtherKey => (OWN, "other"),
            _ => (OWN, "k"),
        };
        let caller = self.caller(issuer);
        let mut claims = json!({
            "iss": issuer, "aud": caller.audience, "sub": caller.subject, "exp": NOW.seconds().0 + 100, "sid": caller.session,
            "jti": caller.token_id, "epoch": caller.epoch, "roles": caller.roles, "scope": caller.scopes.join(" "),
        });
        if let Some(at) = caller.auth_time {
            claims["auth_time"] = at.0.into();
        }
        if let Some(acr) = &caller.acr {
            claims["acr"] = acr.as_str().into();
        }
        if let Some(id) = &caller.client_id {
            claims["client_id"] = id.as_str().into();
        }
        if let Some(jkt) = &caller.jkt {
            claims["cnf"] = json!({"jkt": jkt});
        }
        // As long as a signature by ES256 is.
        let signature = "A".repeat(86);
        format!(
            "{}.{}.{signature}",
            part(&json!({"alg": "ES256", "typ": "at+jwt", "kid": kid})),
            part(&claims)
        )
    }

    pub(super) fn key(&self) -> String {
        let environment = if self.shown == Shown::ApiKeyOfAnotherEnvironment { "test" } else { "live" };
        let key = ApiKey::new(environment, &OWNER.repeat(32).into(), [7; 20]).unwrap();
        let text = key.text().expose().to_owned();
        if self.shown != Shown::MadeUpApiKey {
            return text;
        }
        let (content, last) = text.split_at(text.len() - 1);
        format!("{content}{}", if last == "0" { "1" } else { "0" })
    }

    pub(super) fn head(&self, method: &str, path: &str, whole: bool) -> Head {
        let mut text = format!("{method}\n{OWN}{path}");
        if self.shown.is_api_key() {
            text += &format!("\nauthorization\nBearer {}", self.key());
            let address = if self.truth.inside == Some(false) { "198.51.100.1" } else { "203.0.113.9" };
            text += &format!("\n{CLIENT_ADDRESS}\n{address}");
        }
        if self.shown == Shown::ApiKeyFromPage {
            text += "\nsec-fetch-site\nsame-origin";
        }
        if self.shown.is_token() {
            let by_dpop = self.shown.is_of_client()
                && matches!(self.truth.binding, Binding::UnboundAsDPoP | Binding::Proved(_));
            let scheme = if by_dpop { "DPoP" } else { "Bearer" };
            text += &format!("\nauthorization\n{scheme} {}", self.token());
        }
        if self.shown == Shown::CookieFromAnotherSite {
            text += "\norigin\nhttps://evil.example";
        }
        if !whole {
            return Head::short(text);
        }
        if let (true, Binding::Proved(flaw)) = (self.shown.is_of_client(), self.truth.binding) {
            let proof = proof(method, &format!("{OWN}{path}"), &self.token(), flaw);
            match flaw {
                Flaw::Absent => {}
                Flaw::Several => text += &format!("\ndpop\n{proof}, {proof}"),
                _ => text += &format!("\ndpop\n{proof}"),
            }
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

    /// The lines of the headers that have the token and a proof for a request.
    pub(super) fn with_proof(&self, method: &str, url: &str) -> String {
        let token = self.token();
        let proof = proof(method, url, &token, Flaw::Nothing);
        format!("authorization\nDPoP {token}\ndpop\n{proof}")
    }

    pub(super) fn policy(&self) -> Policy<'_> {
        Policy {
            origin: &self.origin,
            allowed_origins: Some(&[]),
            issuers: &self.issuers,
            routes: &self.routes,
            api_keys: Some(&self.api_keys),
            audience: AUDIENCE,
            user_scopes: &self.api_keys.scopes,
        }
    }

    pub(super) fn keys(&self, stamp: u64) -> IssuerKeys {
        let kid = if self.truth.key_removed && stamp == STAMP { "new" } else { "k" };
        IssuerKeys { keys: Rc::new(KeySet::new(vec![key(kid)]).unwrap()), stamp, age_ms: 1 }
    }
}
