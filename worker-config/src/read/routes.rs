//! The routes: their paths, the credentials they require, and their upstreams.

use std::collections::BTreeMap;
use std::rc::Rc;

use auth_core::gate::{Access, Pattern, Requirements, Route, identity, method};
use auth_core::revocation::Bound;
use auth_core::wire::{Roles, paths};
use serde_json::Value;

use super::reachable;
use super::values::{header_name, word};
use crate::error::Errors;
use crate::model::Upstream;
use crate::reader::Table;

pub(super) fn read(
    table: &mut Table,
    upstreams: &BTreeMap<String, Upstream>,
    issuers: &[&str],
    errors: &mut Errors,
) -> Vec<Rc<Route>> {
    let mut routes: Vec<Rc<Route>> = Vec::new();
    let tables = table.tables("routes", errors);
    let count = tables.len();
    for (_, table) in tables {
        let key = table.key("path");
        let Some(route) = read_one(table, upstreams, issuers, errors) else { continue };
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
    }
    routes
}

fn read_one(
    mut table: Table,
    upstreams: &BTreeMap<String, Upstream>,
    issuers: &[&str],
    errors: &mut Errors,
) -> Option<Route> {
    let pattern = table.get("path", errors, |value| {
        // The service answers its own paths itself.
        Pattern::parse(value.as_str()?).ok().filter(|pattern| !paths::is_of_service(pattern.stem()))
    });
    let methods = read_methods(&mut table, errors);
    let access = table.choice("access", errors, |word| match word {
        "public" => Some(Access::Public),
        "token" => Some(Access::Token),
        "session" => Some(Access::Session),
        "token-or-session" => Some(Access::TokenOrSession),
        "optional" => Some(Access::Optional),
        _ => None,
    });
    let upstream = table.get("upstream", errors, |value| {
        value.as_str().filter(|name| upstreams.contains_key(*name)).map(ToOwned::to_owned)
    });
    let requires = read_requirements(&mut table, issuers, errors);
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
    let route = Route {
        pattern: pattern?,
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
    check(&route, &table, errors);
    table.finish(errors);
    Some(route)
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

fn read_requirements(table: &mut Table, issuers: &[&str], errors: &mut Errors) -> Option<Requirements> {
    let named = table.list("issuers", errors, |name| issuers.iter().position(|known| *known == name));
    let scopes = table.list("scopes", errors, word);
    let roles = table.list("roles", errors, word);
    let max_auth_age = table.optional_number("max_auth_age", errors);
    let issuers = named.map(|named| if named.is_empty() { vec![0] } else { named });
    Some(Requirements { issuers: issuers?, scopes: scopes?, roles: roles?, max_auth_age: max_auth_age? })
}

/// Rejects settings that contradict each other.
fn check(route: &Route, table: &Table, errors: &mut Errors) {
    let Requirements { issuers, scopes, roles, max_auth_age } = &route.requires;
    let foreign = issuers.iter().any(|issuer| *issuer != 0);
    let found = Value::from(if route.access == Access::Public { "public" } else { "optional" });
    let requires = !scopes.is_empty() || !roles.is_empty() || max_auth_age.is_some();
    if route.access == Access::Public && (foreign || requires) {
        errors.add(
            table.key("access"),
            Some(&found),
            r#""token", because public routes cannot require scopes, roles, foreign issuers or max_auth_age"#,
        );
    }
    if route.access == Access::Optional && requires {
        errors.add(
            table.key("access"),
            Some(&found),
            r#""token-or-session", because routes that admit anonymous callers cannot require scopes, roles or max_auth_age"#,
        );
    }
    if route.access.takes_cookie() && !issuers.contains(&0) {
        errors.add(
            table.key("issuers"),
            None,
            r#""own", because the cookie belongs to the service's own issuer"#,
        );
    }
    if issuers.iter().all(|issuer| *issuer == 0) {
        check_own(scopes, roles, table, errors);
    }
    if route.revocation == Bound::Strict && foreign {
        let found = Value::String("strict".to_owned());
        let expected = r#""none" or seconds, because the service can't check sessions of another issuer"#;
        errors.add(table.key("revocation"), Some(&found), expected);
    }
}

/// Rejects scopes and roles that no token of the service has, if the route accepts no others.
fn check_own(scopes: &[String], roles: &[String], table: &Table, errors: &mut Errors) {
    if !scopes.is_empty() {
        let expected = "no scopes, because tokens of this service have none: require roles, or accept the tokens of another issuer with `issuers`";
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
