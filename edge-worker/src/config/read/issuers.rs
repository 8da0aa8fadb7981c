//! Other issuers: what their tokens must be, and where their keys come from.

use std::rc::Rc;

use auth_core::token::{
    Algorithm, ClaimNames, InvalidJwks, KeySet, MAX_LEEWAY, Policy, TYP_ACCESS_TOKEN, TypRule, parse_jwks,
};
use auth_core::wire::Origin;
use serde_json::{Value, json};

use super::super::model::{Issuer, KeySource, OWN};
use super::super::reader::{Errors, Table};
use super::text;
use crate::signatures::is_valid_key;

pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Vec<Issuer> {
    let mut issuers: Vec<Issuer> = Vec::new();
    for (name, table) in table.tables("issuers", errors) {
        let key = table.key("issuer");
        if let Some(issuer) = read_one(name, table, errors) {
            if issuers.iter().any(|other| other.policy.issuer() == issuer.policy.issuer()) {
                let found = Value::String(issuer.policy.issuer().to_owned());
                errors.add(key, Some(&found), "no second issuer with the same identifier");
            }
            issuers.push(issuer);
        }
    }
    issuers
}

fn read_one(name: String, mut table: Table, errors: &mut Errors) -> Option<Issuer> {
    if name == OWN {
        errors.add(table.key("issuer"), None, r#"another name: "own" is the service itself"#);
    }
    let issuer =
        table.get("issuer", "the issuer's identifier, byte for byte as in `iss`", None, errors, text);
    let audience = table.get("audience", "what `aud` must contain", None, errors, text);
    let expected = "a list of ES256, ES384, RS256, PS256, EdDSA; or HS256 alone";
    let algorithms = table.get("algorithms", expected, None, errors, |value| {
        let algorithms: Option<Vec<Algorithm>> =
            value.as_array()?.iter().map(|name| Algorithm::from_name(name.as_str()?)).collect();
        let mixed = |list: &Vec<Algorithm>| list.contains(&Algorithm::Hs256) && list.len() > 1;
        algorithms.filter(|list| !list.is_empty() && !mixed(list))
    });
    let expected = r#"a media type such as "at+jwt" or "JWT", a list of them, or "any""#;
    let typ = table.get("typ", expected, Some(TypRule::exactly(TYP_ACCESS_TOKEN)), errors, typ_rule);
    let leeway = table.seconds("leeway", (0, MAX_LEEWAY), 0, errors);
    let max_age = table.seconds("max_age", (0, 400 * super::DAY), 0, errors);
    let default = ClaimNames::default();
    let expected = "the name of a claim, or a path with dots";
    let names = ClaimNames {
        subject: table.get("subject_claim", expected, Some(default.subject), errors, text)?,
        roles: table.get("roles_claim", expected, Some(default.roles), errors, text)?,
        scope: table.get("scope_claim", expected, Some(default.scope), errors, text)?,
    };
    let keys = algorithms.as_deref().and_then(|algorithms| read_keys(&mut table, algorithms, errors));
    table.finish(errors);
    let policy = Policy::new(&issuer?, &audience?, &algorithms?, typ?).ok()?.with_leeway(leeway?).ok()?;
    let policy = match max_age? {
        0 => policy,
        seconds => policy.with_max_age(seconds).ok()?,
    };
    Some(Issuer { name, policy, names, keys: keys? })
}

/// Exactly one of the four ways to keys, and the one for shared secrets only with HS256.
fn read_keys(table: &mut Table, algorithms: &[Algorithm], errors: &mut Errors) -> Option<KeySource> {
    let shared = algorithms.contains(&Algorithm::Hs256);
    let (jwks_url, discovery) = (table.take("jwks_url"), table.take("discovery_url"));
    let (keys, secret) = (table.take("keys"), table.take("secret_binding"));
    let source = match (&jwks_url, &discovery, &keys, &secret) {
        (Some(url), None, None, None) if !shared => secure_url(url).map(KeySource::Jwks),
        (None, Some(url), None, None) if !shared => secure_url(url).map(KeySource::Discovery),
        (None, None, Some(keys), None) if !shared => match read_static(keys, algorithms) {
            Ok(set) => Some(KeySource::Static(Rc::new(set))),
            Err(why) => {
                let expected =
                    format!("a JWK set of public keys that can be used (this one: {})", why.as_str());
                errors.add(table.key("keys"), Some(keys), &expected);
                return None;
            }
        },
        (None, None, None, Some(binding)) if shared => text(binding).map(KeySource::Secret),
        _ => None,
    };
    if source.is_none() {
        let found = [jwks_url, discovery, keys, secret].into_iter().flatten().next();
        let expected = "one of jwks_url, discovery_url (https), keys (a JWK set of public keys); with HS256 secret_binding";
        errors.add(table.key("keys"), found.as_ref(), expected);
    }
    source
}

/// A JWK set, or just its keys. What is wrong with a foreign set is wrong with one that was written down here.
fn read_static(keys: &Value, algorithms: &[Algorithm]) -> Result<KeySet, InvalidJwks> {
    let set = if keys.is_array() { json!({ "keys": keys }) } else { keys.clone() };
    parse_jwks(set.to_string().as_bytes(), algorithms, is_valid_key)
}

fn typ_rule(value: &Value) -> Option<TypRule> {
    match value {
        Value::String(typ) if typ == "any" => Some(TypRule::Any),
        Value::String(typ) if !typ.is_empty() => Some(TypRule::exactly(typ)),
        Value::Array(types) if !types.is_empty() => {
            types.iter().map(text).collect::<Option<_>>().map(TypRule::OneOf)
        }
        _ => None,
    }
}

fn secure_url(value: &Value) -> Option<String> {
    value.as_str().filter(|url| is_secure_url(url)).map(ToOwned::to_owned)
}

/// Whether it is an https URL (or http to this very machine) that every parser reads alike.
#[must_use]
pub fn is_secure_url(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let end = scheme.len() + 3 + rest.find('/').unwrap_or(rest.len());
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#');
    plain && url.get(..end).is_some_and(|origin| Origin::parse(origin).is_ok_and(|origin| origin.is_secure()))
}
