//! The routes: their paths, the credentials they require, and their upstreams.

use std::collections::BTreeMap;
use std::rc::Rc;

use auth_core::credential::Assurance;
use auth_core::gate::{Access, ApiKeyPolicy, Pattern, Requirements, Route, identity, method};
use auth_core::oauth::OAuthPolicy;
use auth_core::revocation::Bound;
use auth_core::wire::{Roles, paths};
use serde_json::Value;

use super::reachable;
use super::values::{header_name, word};
use crate::error::Errors;
use crate::model::Upstream;
use crate::reader::Table;

/// What routes can name.
pub(super) struct Known<'a> {
    /// The upstreams.
    pub(super) upstreams: &'a BTreeMap<String, Upstream>,
    /// The names of the issuers. The first is the service's own.
    pub(super) issuers: &'a [&'a str],
    /// The roles that a session of this service has only if two factors were proved in it.
    pub(super) guarded: &'a [String],
    /// API keys, if there are any.
    pub(super) api_keys: Option<&'a ApiKeyPolicy>,
    /// The scopes of API keys and of OAuth clients.
    pub(super) scopes: &'a [String],
    /// The authorization server, if there is one.
    pub(super) oauth: Option<&'a OAuthPolicy>,
}

pub(super) fn read(table: &mut Table, known: &Known<'_>, errors: &mut Errors) -> Vec<Rc<Route>> {
    let mut routes: Vec<Rc<Route>> = Vec::new();
    let tables = table.tables("routes", errors);
    let count = tables.len();
    for (_, table) in tables {
        let key = table.key("path");
        let Some(route) = read_one(table, known, errors) else { continue };
        let contradicts = |other: &Rc<Route>| {
            other.pattern == route.pattern
                && other.methods.iter().any(|method| route.methods.contains(method))
        };
        if routes.iter().any(contradicts) {
            let found = Value::String(route.pattern.to_string());
            errors.add(key.clone(), Some(&found), "a path and methods that no other route has");
        }
        let is_same_to_upstream = |other: &Rc<Route>| {
            other.pattern.is_same_but_for_case(&route.pattern)
                && !(other.case_sensitive && route.case_sensitive)
        };
        if let Some(other) = routes.iter().find(|other| is_same_to_upstream(other)) {
            let found = Value::String(route.pattern.to_string());
            let expected = format!(
                "the letter case of {}, or case_sensitive = true on the upstreams of both routes",
                other.pattern
            );
            errors.add(key, Some(&found), &expected);
        }
        routes.push(Rc::new(route));
    }
    // Where a route has errors of its own, the others may be unreachable only for now.
    if routes.len() == count {
        for (index, route) in routes.iter().enumerate() {
            if let Some(reason) = reachable::obstacle(&routes, index) {
                let found = Value::String(route.pattern.to_string());
                let expected = format!("a path that can reach this route: {reason}");
                errors.add(format!("{}[{index}].path", table.key("routes")), Some(&found), &expected);
            }
        }
        check_resources(&routes, known.oauth, table, errors);
    }
    routes
}

/// Rejects protected resources that no OAuth client can reach.
fn check_resources(routes: &[Rc<Route>], oauth: Option<&OAuthPolicy>, table: &Table, errors: &mut Errors) {
    for resource in oauth.iter().flat_map(|oauth| &oauth.resources) {
        let lets_clients_in = |route: &Rc<Route>| {
            route.resource.as_ref().is_some_and(|of| of.path == resource.path)
                && route.access.token
                && !route.requires.scopes.is_empty()
        };
        if !routes.iter().any(lets_clients_in) {
            let expected = "the path of a resource with at least one route at or below it that has \"token\" in access and names \
                            scopes: OAuth clients have access to no other routes";
            let found = Value::String(resource.path.clone());
            errors.add(table.key("oauth.resources"), Some(&found), expected);
        }
    }
}

fn read_one(mut table: Table, known: &Known<'_>, errors: &mut Errors) -> Option<Route> {
    let upstreams = known.upstreams;
    let pattern = table.get("path", errors, |value| {
        // The service answers its own paths itself.
        Pattern::parse(value.as_str()?).ok().filter(|pattern| !paths::is_of_service(pattern.stem()))
    });
    let methods = read_methods(&mut table, errors);
    let access = table.get("access", errors, read_access);
    let upstream = table.get("upstream", errors, |value| {
        value.as_str().filter(|name| upstreams.contains_key(*name)).map(ToOwned::to_owned)
    });
    let requires = read_requirements(&mut table, known, errors);
    let revocation = table.get("revocation", errors, |value| Bound::parse(value.as_str()?));
    let without_revocations = table.choice("revocations_missing", errors, |word| match word {
        "refuse" => Some(false),
        "allow" => Some(true),
        _ => None,
    });
    let forward_authorization = table.flag("forward_authorization", errors);
    let cache_as_upstream_says = table.choice("cache", errors, |word| match word {
        "no-store" => Some(false),
        "upstream" => Some(true),
        _ => None,
    });
    let keep_headers = table
        .list("keep_headers", errors, |name| header_name(name).filter(|name| identity::may_be_kept(name)));
    let service_worker = table.flag("service_worker", errors);
    let pattern = pattern?;
    let route = Route {
        resource: known.oauth.and_then(|oauth| oauth.resource_of(pattern.stem())).cloned().map(Rc::new),
        pattern,
        methods: methods?,
        access: access?,
        requires: requires?,
        revocation: revocation?,
        without_revocations: without_revocations?,
        case_sensitive: upstream.as_ref().and_then(|name| upstreams.get(name))?.case_sensitive,
        upstream: upstream?,
        forward_authorization: forward_authorization?,
        cache_as_upstream_says: cache_as_upstream_says?,
        keep_headers: keep_headers?,
        service_worker: service_worker?,
    };
    check(&route, known, &table, errors);
    table.finish(errors);
    Some(route)
}

fn read_access(value: &Value) -> Option<Access> {
    let credential = |word: &str| match word {
        "token" => Some(Access::TOKEN),
        "api-key" => Some(Access::API_KEY),
        "session" => Some(Access::SESSION),
        _ => None,
    };
    if let Some(word) = value.as_str() {
        return match word {
            "public" => Some(Access::PUBLIC),
            "token-or-session" => Some(Access::TOKEN_OR_SESSION),
            "optional" => Some(Access::OPTIONAL),
            _ => credential(word),
        };
    }
    let items = value.as_array().filter(|items| !items.is_empty())?;
    items.iter().try_fold(Access::NOTHING, |access, item| {
        let both = access.and(credential(item.as_str()?)?);
        (both != access).then_some(both)
    })
}

/// Each method that a route may not list is an error of its own.
fn read_methods(table: &mut Table, errors: &mut Errors) -> Option<Vec<String>> {
    let is_list = |value: &Value| value.as_array().filter(|items| !items.is_empty()).cloned();
    let listed = table.get("methods", errors, is_list)?;
    let mut methods = Vec::with_capacity(listed.len());
    for item in &listed {
        match item.as_str().filter(|name| method::may_be_listed(name)) {
            Some(name) => methods.push(name.to_owned()),
            None => errors.add(table.key("methods"), Some(item), method::EXPECTED),
        }
    }
    if !methods.is_empty() && !methods.iter().any(|method| method::is_delivered(method)) {
        let expected = format!(
            "at least one method that the Workers runtime delivers: {}",
            method::DELIVERED.join(", ")
        );
        errors.add(table.key("methods"), Some(&methods.iter().cloned().collect()), &expected);
    }
    (methods.len() == listed.len()).then_some(methods)
}

fn read_requirements(
    table: &mut Table,
    &Known { issuers, guarded, .. }: &Known<'_>,
    errors: &mut Errors,
) -> Option<Requirements> {
    let named = table.list("issuers", errors, |name| issuers.iter().position(|known| *known == name));
    let scopes = table.list("scopes", errors, word);
    let roles = table.list("roles", errors, word);
    let acr = table.optional("acr", errors, |value| match value {
        Value::String(one) => Some(vec![word(one)?]),
        Value::Array(items) if !items.is_empty() => items.iter().map(|item| word(item.as_str()?)).collect(),
        _ => None,
    });
    let max_auth_age = table.optional_number("max_auth_age", errors);
    let issuers = named.map(|named| if named.is_empty() { vec![0] } else { named });
    let roles = roles?;
    Some(Requirements {
        issuers: issuers?,
        scopes: scopes?,
        guarded_roles: roles.iter().filter(|role| guarded.contains(role)).cloned().collect(),
        roles,
        acr: acr?.unwrap_or_default(),
        max_auth_age: max_auth_age?,
    })
}

/// Rejects settings that contradict each other.
fn check(route: &Route, known: &Known<'_>, table: &Table, errors: &mut Errors) {
    let Requirements { issuers, scopes, roles, guarded_roles: _, acr, max_auth_age } = &route.requires;
    let foreign = issuers.iter().any(|issuer| *issuer != 0);
    let found = Value::from(if route.access == Access::PUBLIC { "public" } else { "optional" });
    let requires = !scopes.is_empty() || !roles.is_empty() || !acr.is_empty() || max_auth_age.is_some();
    if route.access == Access::PUBLIC && (foreign || requires) {
        errors.add(
            table.key("access"),
            Some(&found),
            r#""token", because public routes cannot require scopes, roles, foreign issuers, acr or max_auth_age"#,
        );
    }
    if route.access == Access::OPTIONAL && requires {
        errors.add(
            table.key("access"),
            Some(&found),
            r#""token-or-session", because routes that admit anonymous callers cannot require scopes, roles, acr or max_auth_age"#,
        );
    }
    if (route.access.session || route.access.api_key) && !issuers.contains(&0) {
        errors.add(
            table.key("issuers"),
            None,
            r#""own", because the cookie and API keys belong to the service's own issuer"#,
        );
    }
    if issuers.iter().all(|issuer| *issuer == 0) {
        check_own(&route.requires, known.scopes, table, errors);
    }
    if route.access.api_key {
        check_api_key(route, known.api_keys, table, errors);
    }
    if let Some(resource) = &route.resource
        && let Some(scope) = scopes.iter().find(|scope| !resource.scopes.contains(scope))
    {
        let found = Value::String(scope.clone());
        let expected = format!(
            "scopes of oauth.resources.\"{}\", because OAuth clients can't request others for this resource",
            resource.path
        );
        errors.add(table.key("scopes"), Some(&found), &expected);
    }
    if route.revocation == Bound::Strict && foreign {
        let found = Value::String("strict".to_owned());
        let expected = r#""none" or seconds, because the service can't check sessions of another issuer"#;
        errors.add(table.key("revocation"), Some(&found), expected);
    }
}

/// Rejects what a route that accepts API keys can't require, or do.
fn check_api_key(route: &Route, api_keys: Option<&ApiKeyPolicy>, table: &Table, errors: &mut Errors) {
    if api_keys.is_none() {
        let expected = "no \"api-key\", or the table api_keys, without which there are no keys";
        errors.add(table.key("access"), Some(&"api-key".into()), expected);
    }
    if !route.requires.acr.is_empty() {
        let expected =
            "no acr on a route that accepts API keys, because the user does not authenticate for a key";
        errors.add(table.key("acr"), None, expected);
    }
    if route.requires.max_auth_age.is_some() {
        let expected = "no max_auth_age on a route that accepts API keys, because the user does not authenticate for a key";
        errors.add(table.key("max_auth_age"), None, expected);
    }
    if route.forward_authorization {
        let expected = "false on a route that accepts API keys: an upstream that received a key could use it for as long as \
                        the key is valid. A program can exchange its key for a token by POST /auth/token";
        errors.add(table.key("forward_authorization"), Some(&true.into()), expected);
    }
}

/// Rejects scopes, roles and values of `acr` that no caller of the service has, if the route accepts no others.
fn check_own(
    Requirements { scopes, roles, acr, .. }: &Requirements,
    known: &[String],
    table: &Table,
    errors: &mut Errors,
) {
    for value in acr.iter().filter(|value| Assurance::from_claim(value).is_none()) {
        let expected =
            "\"aal1\" or \"aal2\" (two factors), because tokens of this service have no other values";
        errors.add(table.key("acr"), Some(&Value::String(value.clone())), expected);
    }
    if scopes.iter().any(|scope| !known.contains(scope)) {
        let expected = "scopes of api_keys.scopes or oauth.scopes, because no caller of this service has others: add them there, require roles, or accept the tokens of another issuer with `issuers`";
        errors.add(table.key("scopes"), Some(&scopes.iter().cloned().collect()), expected);
    }
    for role in roles.iter().filter(|role| Roles::new(vec![(*role).clone()]).is_err()) {
        let expected = format!(
            "roles of at most {} characters, because users of this service have no others",
            Roles::MAX_BYTES
        );
        errors.add(table.key("roles"), Some(&Value::String(role.clone())), &expected);
    }
}
