//! The routes: their paths, the credentials they require, and their upstreams.

use std::collections::BTreeMap;
use std::rc::Rc;

use auth_core::gate::{Access, Pattern, Requirements, Route, identity, method};
use auth_core::revocation::Bound;
use auth_core::wire::paths;
use serde_json::Value;

use super::values::{header_name, word};
use crate::model::Upstream;
use crate::reader::{Errors, Table};

pub(super) fn read(
    table: &mut Table,
    upstreams: &BTreeMap<String, Upstream>,
    issuers: &[&str],
    errors: &mut Errors,
) -> Vec<Rc<Route>> {
    let mut routes: Vec<Rc<Route>> = Vec::new();
    for (_, table) in table.tables("routes", errors) {
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
    routes
}

fn read_one(
    mut table: Table,
    upstreams: &BTreeMap<String, Upstream>,
    issuers: &[&str],
    errors: &mut Errors,
) -> Option<Route> {
    let expected =
        "a path such as /api/notes, or one that ends in /* (not /auth or another path of the service)";
    let pattern = table.get("path", expected, None, errors, |value| {
        // The service answers its own paths itself.
        Pattern::parse(value.as_str()?).ok().filter(|pattern| !paths::is_of_service(pattern.stem()))
    });
    let methods = read_methods(&mut table, errors);
    let access = table.choice(
        "access",
        &[
            ("public", Access::Public),
            ("token", Access::Token),
            ("session", Access::Session),
            ("token-or-session", Access::TokenOrSession),
            ("optional", Access::Optional),
        ],
        None,
        errors,
    );
    let upstream = table.get("upstream", "the name of one of the upstreams", None, errors, |value| {
        value.as_str().filter(|name| upstreams.contains_key(*name)).map(ToOwned::to_owned)
    });
    let requires = read_requirements(&mut table, issuers, errors);
    let expected = r#""none", "strict", or whole seconds from "1s" to "3600s""#;
    let revocation = table.get("revocation", expected, Some(Bound::Within(5_000)), errors, |value| {
        Bound::parse(value.as_str()?)
    });
    let without_revocations =
        table.choice("revocations_missing", &[("refuse", false), ("allow", true)], Some(false), errors);
    let forward_authorization =
        table.get("forward_authorization", "true or false", Some(false), errors, Value::as_bool);
    let cache_as_upstream_says =
        table.choice("cache", &[("no-store", false), ("upstream", true)], Some(false), errors);
    let expected = "a list of header names in lower case, without those that the gate sets";
    let keep_headers = table.list("keep_headers", expected, errors, |name| {
        header_name(name).filter(|name| identity::may_be_kept(name))
    });
    let service_worker = table.get("service_worker", "true or false", Some(false), errors, Value::as_bool);
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
    let listed =
        table.get("methods", &format!("a list of methods: {}", method::EXPECTED), None, errors, is_list)?;
    let mut methods = Vec::with_capacity(listed.len());
    for item in &listed {
        match item.as_str().filter(|name| method::may_be_listed(name)) {
            Some(name) => methods.push(name.to_owned()),
            None => errors.add(table.key("methods"), Some(item), method::EXPECTED),
        }
    }
    (methods.len() == listed.len()).then_some(methods)
}

fn read_requirements(table: &mut Table, issuers: &[&str], errors: &mut Errors) -> Option<Requirements> {
    let expected = "a list of names of issuers";
    let named =
        table.list("issuers", expected, errors, |name| issuers.iter().position(|known| *known == name));
    let scopes = table.list("scopes", "a list of scopes", errors, word);
    let roles = table.list("roles", "a list of roles", errors, word);
    let expected = "whole seconds from 1 to 34560000 (400 days)";
    let max_auth_age = table.get("max_auth_age", expected, Some(None), errors, |value| {
        value.as_u64().filter(|seconds| (1..=34_560_000).contains(seconds)).map(Some)
    });
    let issuers = named.map(|named| if named.is_empty() { vec![0] } else { named });
    Some(Requirements { issuers: issuers?, scopes: scopes?, roles: roles?, max_auth_age: max_auth_age? })
}

/// Rejects settings that contradict each other.
fn check(route: &Route, table: &Table, errors: &mut Errors) {
    let Requirements { issuers, scopes, roles, max_auth_age } = &route.requires;
    let foreign = issuers.iter().any(|issuer| *issuer != 0);
    let found = Value::String(format!("{:?}", route.access));
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
    if route.revocation == Bound::Strict && foreign {
        let found = Value::String("strict".to_owned());
        let expected = r#""none" or seconds, because the service can't check sessions of another issuer"#;
        errors.add(table.key("revocation"), Some(&found), expected);
    }
}
