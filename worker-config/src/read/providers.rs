//! `providers.<name>`: other providers with which users can sign in.

use auth_core::token::{Algorithm, ClaimNames, Policy, TENANT_PLACEHOLDER, Tenants, TypRule};
use auth_core::wire::Origin;
use serde_json::Value;

use super::issuers::{is_for_no_single_tenant, is_secure_url, read_tenants};
use super::values::{text, word};
use crate::error::Errors;
use crate::model::{OpenIdProvider, Provider, ProviderKind, SigningKeyIds};
use crate::reader::Table;
use crate::{Carriers, Issuer, KeySource};

/// A segment of the service's paths under `/auth/providers/` that is not a provider's name.
const RESERVED: &str = "linked";

/// How far a provider's clock may differ, in seconds. ID tokens are used within seconds after they are
/// issued, so clocks matter more than for access tokens.
const LEEWAY: u64 = 60;

/// The tenant of personal accounts at Microsoft.
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// `seals`: whether the service has a secret under which it encrypts what it stores.
pub(super) fn read(table: &mut Table, seals: bool, errors: &mut Errors) -> Vec<Provider> {
    let tables = table.tables("providers", errors);
    tables.into_iter().filter_map(|(name, table)| read_one(name, table, seals, errors)).collect()
}

fn read_one(name: String, mut table: Table, seals: bool, errors: &mut Errors) -> Option<Provider> {
    if !is_name(&name) {
        let expected = "a name of 1 to 32 lower-case letters, digits and hyphens, other than \"linked\", because it is a part of URLs";
        errors.add(table.key("kind"), Some(&Value::from(name.as_str())), expected);
    }
    let kind = table.choice("kind", errors, |word| match word {
        "oidc" => Some(Kind::OpenId),
        "apple" => Some(Kind::Apple),
        "github" => Some(Kind::GitHub),
        _ => None,
    })?;
    let issuer = match (kind.issuer(), table.take("issuer")) {
        (Some(known), None) => Some(known.to_owned()),
        (_, found) => {
            let issuer = found.as_ref().and_then(Value::as_str).filter(|url| kind.accepts_issuer(url));
            if issuer.is_none() {
                errors.add(table.key("issuer"), found.as_ref(), &table.expected("issuer"));
            }
            issuer.map(ToOwned::to_owned)
        }
    };
    let client_id = table.get("client_id", errors, text);
    let client_secret_binding = table.optional("client_secret_binding", errors, text);
    if kind != Kind::OpenId && client_secret_binding == Some(None) {
        errors.add(table.key("client_secret_binding"), None, &table.expected("client_secret_binding"));
    }
    let apple_key = read_apple_key(&mut table, kind, errors);
    let tenants = match kind {
        Kind::OpenId => read_tenants(&mut table, issuer.as_deref(), errors),
        Kind::Apple | Kind::GitHub => {
            table.reject("tenants", "no such key with this kind", errors);
            Some(None)
        }
    };
    if let Some(found) = issuer.as_ref().filter(|issuer| is_for_no_single_tenant(issuer)) {
        let expected = "the tenant's id in place of common, organizations or consumers; for several tenants, {tenantid}, and the key tenants";
        errors.add(table.key("issuer"), Some(&Value::String(found.clone())), expected);
    }
    let scopes = table.optional("scopes", errors, |value| {
        let scopes: Vec<String> =
            value.as_array()?.iter().map(|scope| word(scope.as_str()?)).collect::<Option<_>>()?;
        let fits =
            !scopes.is_empty() && (kind == Kind::GitHub || scopes.iter().any(|scope| scope == "openid"));
        fits.then_some(scopes)
    });
    let label = table.optional("label", errors, text);
    let keep_tokens = table.flag("keep_tokens", errors);
    if keep_tokens == Some(true) && !seals {
        let expected =
            "false, unless keys.secret_bindings names a Worker secret under which the tokens are encrypted";
        errors.add(table.key("keep_tokens"), Some(&Value::Bool(true)), expected);
    }
    table.finish(errors);

    let (issuer, client_id, tenants) = (issuer?, client_id?, tenants?);
    let kind_read = match kind {
        Kind::GitHub => ProviderKind::GitHub { origin: Origin::parse(&issuer).ok()? },
        Kind::OpenId | Kind::Apple => {
            let discovery_url = discovery_url(&issuer, tenants.as_ref());
            let issuer = id_token_issuer(&name, &issuer, &client_id, tenants, &discovery_url)?;
            ProviderKind::OpenId(Box::new(OpenIdProvider { issuer, discovery_url, apple_key: apple_key? }))
        }
    };
    Some(Provider {
        label: label?.unwrap_or_else(|| kind.label().map_or_else(|| name.clone(), ToOwned::to_owned)),
        kind: kind_read,
        client_id,
        client_secret_binding: client_secret_binding?,
        scopes: scopes?.unwrap_or_else(|| kind.scopes().iter().map(|scope| (*scope).to_owned()).collect()),
        keep_tokens: keep_tokens?,
        name,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    OpenId,
    Apple,
    GitHub,
}

impl Kind {
    const fn issuer(self) -> Option<&'static str> {
        match self {
            Self::OpenId => None,
            Self::Apple => Some("https://appleid.apple.com"),
            Self::GitHub => Some("https://github.com"),
        }
    }

    const fn label(self) -> Option<&'static str> {
        match self {
            Self::OpenId => None,
            Self::Apple => Some("Apple"),
            Self::GitHub => Some("GitHub"),
        }
    }

    const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::OpenId => &["openid", "email", "profile"],
            Self::Apple => &["openid", "email", "name"],
            Self::GitHub => &["user:email"],
        }
    }

    fn accepts_issuer(self, url: &str) -> bool {
        match self {
            Self::OpenId | Self::Apple => is_secure_url(&url.replace(TENANT_PLACEHOLDER, "tenant")),
            Self::GitHub => Origin::parse(url).is_ok_and(|origin| origin.is_secure()),
        }
    }
}

/// Whether it is one segment of a path that no other path of the service has.
fn is_name(name: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(is_part) && name != RESERVED
}

/// Apple's client secret is signed by a key that has an id and belongs to a team.
fn read_apple_key(table: &mut Table, kind: Kind, errors: &mut Errors) -> Option<Option<SigningKeyIds>> {
    if kind != Kind::Apple {
        for name in ["team_id", "key_id"] {
            table.reject(name, "no such key, unless kind is \"apple\"", errors);
        }
        return Some(None);
    }
    let mut required = |name: &str| {
        let found = table.take(name);
        let read = found.as_ref().and_then(text);
        if read.is_none() {
            errors.add(table.key(name), found.as_ref(), &table.expected(name));
        }
        read
    };
    let (team_id, key_id) = (required("team_id"), required("key_id"));
    Some(Some(SigningKeyIds { team_id: team_id?, key_id: key_id? }))
}

/// OpenID Connect Discovery section 4.1: a slash at the end of the issuer is removed first. Entra ID has a
/// document for all tenants, and one for those of organisations.
fn discovery_url(issuer: &str, tenants: Option<&Tenants>) -> String {
    let tenant = match tenants {
        Some(Tenants::OneOf(ids)) if !ids.iter().any(|id| id == PERSONAL_ACCOUNTS) => "organizations",
        Some(Tenants::OneOf(_) | Tenants::Any) | None => "common",
    };
    let issuer = issuer.replace(TENANT_PLACEHOLDER, tenant);
    [issuer.trim_end_matches('/'), "/.well-known/openid-configuration"].concat()
}

/// The checks of the provider's ID tokens (OpenID Connect Core section 3.1.3.7). Providers give them the type
/// `JWT` or none. Without PS256, because a key that names no algorithm is then for RS256, which every
/// provider supports (OpenID Connect Discovery section 3).
fn id_token_issuer(
    name: &str,
    issuer: &str,
    client_id: &str,
    tenants: Option<Tenants>,
    discovery_url: &str,
) -> Option<Issuer> {
    let algorithms = [Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa];
    let mut policy = Policy::new(issuer, client_id, &algorithms, TypRule::Any)
        .ok()?
        .with_fractional_dates()
        .with_leeway(LEEWAY)
        .ok()?;
    if let Some(tenants) = tenants {
        policy = policy.with_tenants(tenants).ok()?;
    }
    Some(Issuer {
        name: ["providers.", name].concat(),
        policy,
        names: ClaimNames::default(),
        keys: KeySource::Discovery(discovery_url.to_owned()),
        carriers: Carriers::default(),
    })
}
