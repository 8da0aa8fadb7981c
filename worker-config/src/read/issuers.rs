//! Other issuers: the checks that their tokens must pass, and the sources of their keys.

use std::rc::Rc;

use auth_core::gate::identity::may_be_kept;
use auth_core::token::{
    Algorithm, ClaimNames, ClaimPath, KeySet, Policy, TENANT_PLACEHOLDER, Tenants, TypRule, UnusableKey,
    parse_jwks,
};
use auth_core::wire::{COOKIE_NAMES, Origin};
use serde_json::{Value, json};

use super::values::{header_name, text};
use crate::error::Errors;
use crate::reader::Table;
use crate::valid_key::is_valid_key;
use crate::{Carriers, Issuer, KeySource, OWN};

pub(super) fn read(table: &mut Table, email_headers: bool, errors: &mut Errors) -> Vec<Issuer> {
    let mut issuers: Vec<Issuer> = Vec::new();
    for (name, table) in table.tables("issuers", errors) {
        let key = table.key("issuer");
        if let Some(issuer) = read_one(name, table, email_headers, errors) {
            if let Some(other) = issuers.iter().find(|other| other.policy.is_ambiguous_with(&issuer.policy)) {
                let found = Value::String(issuer.policy.issuer().to_owned());
                let expected = format!(
                    "an audience or algorithm that differs from issuers.{}, which has the same issuer, or a single entry for both: one token would match both entries",
                    other.name
                );
                errors.add(key, Some(&found), &expected);
            }
            issuers.push(issuer);
        }
    }
    issuers
}

fn read_one(name: String, mut table: Table, email_headers: bool, errors: &mut Errors) -> Option<Issuer> {
    if name == OWN {
        errors.add(table.key("issuer"), None, r#"another name, because "own" is the service itself"#);
    }
    let issuer = table.get("issuer", errors, text);
    let audiences = table.get("audience", errors, |value| match value {
        Value::Array(values) if !values.is_empty() => values.iter().map(text).collect(),
        value => text(value).map(|audience| vec![audience]),
    });
    let audience_claim = table.optional("audience_claim", errors, claim);
    let tenants = read_tenants(&mut table, issuer.as_deref(), errors);
    if let Some(found) = issuer.as_ref().filter(|issuer| is_for_no_single_tenant(issuer)) {
        let expected = "an identifier as in the tokens' iss; for several tenants, {tenantid} in place of the tenant's id, and the key tenants";
        errors.add(table.key("issuer"), Some(&Value::String(found.clone())), expected);
    }
    let algorithms = table.get("algorithms", errors, |value| {
        let algorithms: Option<Vec<Algorithm>> =
            value.as_array()?.iter().map(|name| Algorithm::from_name(name.as_str()?)).collect();
        let mixed = |list: &Vec<Algorithm>| list.contains(&Algorithm::Hs256) && list.len() > 1;
        algorithms.filter(|list| !list.is_empty() && !mixed(list))
    });
    let typ = table.get("typ", errors, typ_rule);
    let leeway = table.number("leeway", errors);
    let max_age = table.optional_number("max_age", errors);
    let subject = table.get("subject_claim", errors, claim);
    let fallback_subject = table.optional("fallback_subject_claim", errors, claim);
    let roles = table.get("roles_claim", errors, claim);
    let scope = table.get("scope_claim", errors, claim);
    let email = read_email_claim(&mut table, email_headers, errors);
    let max_token_bytes = table.number("max_token_bytes", errors);
    let header = table.optional("token_header", errors, |value| {
        header_name(value.as_str()?).filter(|name| may_be_kept(name))
    });
    let cookie = table.optional("token_cookie", errors, |value| {
        let name = value.as_str().filter(|name| !COOKIE_NAMES.contains(name))?;
        cookie_name(name).then(|| name.to_owned())
    });
    let keys = algorithms.as_deref().and_then(|algorithms| read_keys(&mut table, algorithms, errors));
    if let (Some(KeySource::Discovery(url)), Some(None)) = (&keys, &tenants)
        && is_for_many_tenants(url)
    {
        let expected = "the URL of one tenant's document, or an issuer with {tenantid} and the key tenants";
        errors.add(table.key("discovery_url"), Some(&Value::String(url.clone())), expected);
    }
    table.finish(errors);
    let names = ClaimNames {
        subject: subject?,
        fallback_subject: fallback_subject?,
        roles: roles?,
        scope: scope?,
        email: email?,
        unreadable: ClaimNames::default().unreadable,
    };
    let (audiences, leeway) = (audiences?, leeway?);
    let mut policy = Policy::new(&issuer?, audiences.first()?, &algorithms?, typ?)
        .and_then(|policy| policy.with_audiences(audiences))
        .and_then(|policy| policy.with_leeway(leeway))
        .ok()?
        .with_fractional_dates()
        .with_max_token_bytes(usize::try_from(max_token_bytes?).ok()?)
        .ok()?;
    if let Some(claim) = audience_claim? {
        policy = policy.with_audience_claim(claim);
    }
    if let Some(tenants) = tenants? {
        policy = policy.with_tenants(tenants).ok()?;
    }
    if let Some(seconds @ 1..) = max_age? {
        policy = policy.with_max_age(seconds).ok()?;
    }
    let carriers = Carriers { header: header?, cookie: cookie? };
    Some(Issuer { name, policy, names, keys: keys?, carriers })
}

/// Where the issuer's identifier has a placeholder for the tenant, the configuration must say which tenants
/// are accepted.
pub(super) fn read_tenants(
    table: &mut Table,
    issuer: Option<&str>,
    errors: &mut Errors,
) -> Option<Option<Tenants>> {
    let found = table.take("tenants");
    let placeholders = issuer.map_or(0, |issuer| issuer.matches(TENANT_PLACEHOLDER).count());
    let one_of = table.expected("tenants");
    let expected = match (&found, placeholders) {
        (None, 0) => return Some(None),
        (Some(_), 0) => "nothing, because issuer doesn't contain {tenantid}",
        (_, 1) => &*one_of,
        (_, _) => "an issuer that contains {tenantid} once",
    };
    let tenants = match &found {
        Some(Value::String(any)) if any == "any" => Some(Tenants::Any),
        Some(Value::Array(ids)) => ids.iter().map(text).collect::<Option<_>>().map(Tenants::OneOf),
        Some(_) | None => None,
    };
    let tenants = tenants.filter(|tenants| placeholders == 1 && tenants.are_ids());
    if tenants.is_none() {
        errors.add(table.key("tenants"), found.as_ref(), expected);
    }
    tenants.map(Some)
}

/// Whether no token can have this identifier as its `iss`: it has another placeholder than
/// [`TENANT_PLACEHOLDER`], or one of Entra ID's names for several tenants instead of a tenant's id.
pub(super) fn is_for_no_single_tenant(issuer: &str) -> bool {
    issuer.replace(TENANT_PLACEHOLDER, "").contains('{')
        || matches!(entra_tenant(issuer), Some("common" | "organizations" | "consumers"))
}

/// Whether this is the URL of a discovery document of Entra ID whose issuer is a template.
fn is_for_many_tenants(discovery_url: &str) -> bool {
    matches!(entra_tenant(discovery_url), Some("common" | "organizations"))
}

/// The tenant in a URL of Entra ID, in any of its clouds.
fn entra_tenant(url: &str) -> Option<&str> {
    let hosts = ["https://login.microsoftonline.", "https://sts.windows.net"];
    hosts.iter().find_map(|host| url.strip_prefix(host))?.split('/').nth(1)
}

/// Whether it is a token (RFC 9110 section 5.6.2), as names of cookies are (RFC 6265 section 4.1.1).
fn cookie_name(name: &str) -> bool {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(is_token)
}

/// The address of a user is read only for upstreams that get it.
fn read_email_claim(
    table: &mut Table,
    email_headers: bool,
    errors: &mut Errors,
) -> Option<Option<ClaimPath>> {
    if !email_headers {
        table.reject("email_claim", "no such key unless email_headers is true", errors);
        return Some(None);
    }
    table.optional("email_claim", errors, claim)
}

/// A claim's name, or a path to it.
fn claim(value: &Value) -> Option<ClaimPath> {
    match value {
        Value::Array(parts) => ClaimPath::of_parts(parts.iter().map(text).collect::<Option<_>>()?),
        value => ClaimPath::parse(value.as_str()?),
    }
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
                let expected = format!("a JWK set of usable public keys (this one: {why})");
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

/// Reads a JWK set, or a list of its keys. Ignores keys for other uses and algorithms, as in a fetched key
/// set. Any other unusable key is an error, because the deployer can correct it.
pub(super) fn read_static(keys: &Value, algorithms: &[Algorithm]) -> Result<KeySet, String> {
    let set = if keys.is_array() { json!({ "keys": keys }) } else { keys.clone() };
    let (keys, left_out) = parse_jwks(set.to_string().as_bytes(), algorithms, is_valid_key)
        .map_err(|invalid| invalid.to_string())?;
    let faulty = left_out
        .iter()
        .find(|key| !matches!(key.reason, UnusableKey::OtherUse | UnusableKey::OtherAlgorithm));
    match faulty {
        Some(key) => Err(format!("keys[{}] {}", key.index, key.reason.as_str())),
        None => Ok(keys),
    }
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

/// Whether it is an https URL (or an http URL of the same machine) that every parser reads in the same way.
#[must_use]
pub fn is_secure_url(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let end = scheme.len() + 3 + rest.find('/').unwrap_or(rest.len());
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#');
    plain && url.get(..end).is_some_and(|origin| Origin::parse(origin).is_ok_and(|origin| origin.is_secure()))
}
