use auth_core::token::{Algorithm, InvalidJwks, InvalidPolicy};
use serde_json::json;

use super::{InvalidSettings, Verifier};
use crate::signatures::{SigningKey, public_jwk};

const URL: &str = "https://issuer.example/jwks.json";

fn jwks() -> String {
    let key = SigningKey::generate().public().unwrap();
    json!({"keys": [public_jwk(&key)]}).to_string()
}

#[test]
fn rejects_invalid_settings() {
    let of = || Verifier::of("https://issuer.example", "api");
    let refused = |verifier: Result<Verifier, InvalidSettings>| verifier.unwrap_err();
    assert!(of().jwks_url(URL).is_ok());
    assert!(of().discovery_url("http://localhost:1/x").is_ok());
    assert!(of().keys(&jwks()).is_ok());
    for url in ["", "http://issuer.example/jwks.json", "jwks.json", "ftp://x/", "https://a b/"] {
        assert_eq!(refused(of().jwks_url(url)), InvalidSettings::Url, "{url}");
        assert_eq!(refused(of().discovery_url(url)), InvalidSettings::Url, "{url}");
    }
    assert_eq!(refused(of().keys("{}")), InvalidSettings::Keys(InvalidJwks::Malformed));
    assert_eq!(refused(of().leeway(61).jwks_url(URL)), InvalidSettings::Policy(InvalidPolicy::Leeway));
    assert_eq!(refused(of().max_age(0).jwks_url(URL)), InvalidSettings::Policy(InvalidPolicy::MaxAge));
    let shared = of().algorithms(&[Algorithm::Hs256]);
    assert_eq!(refused(shared.jwks_url(URL)), InvalidSettings::SharedSecret);
    let none = of().algorithms(&[]);
    assert_eq!(refused(none.jwks_url(URL)), InvalidSettings::Policy(InvalidPolicy::Algorithms));
    let no_audience = Verifier::of("https://issuer.example", "");
    assert_eq!(refused(no_audience.jwks_url(URL)), InvalidSettings::Policy(InvalidPolicy::Audience));
    for issuer in ["a\"b", "a\\b", "a\r\nb", "é"] {
        assert_eq!(refused(Verifier::of(issuer, "api").jwks_url(URL)), InvalidSettings::Issuer);
    }
}

#[test]
fn check_20_different_settings_have_different_scopes() {
    let keys = jwks();
    let of = |issuer, audience| Verifier::of(issuer, audience);
    let scopes = [
        of("i", "a").keys(&keys),
        of("i", "b").keys(&keys),
        of("j", "a").keys(&keys),
        of("i", "a").keys(&jwks()),
        of("i", "a").leeway(1).keys(&keys),
        of("i", "a").max_age(1).keys(&keys),
        of("i", "a").jwks_url(URL),
    ]
    .map(|verifier| verifier.unwrap().scope);
    for (i, scope) in scopes.iter().enumerate() {
        assert!(!scopes.iter().skip(i + 1).any(|other| other == scope), "{i}");
    }
    assert_eq!(of("i", "a").keys(&keys).unwrap().scope, scopes[0]);
}
