//! From JSON to [`Config`], or to everything that is wrong with it.

use std::collections::BTreeMap;

use auth_core::rotation::Lifetimes;
use auth_core::token::{Algorithm, Policy, TYP_ACCESS_TOKEN};
use auth_core::wire::Origin;
use serde_json::Value;

use super::model::{Access, Config, Route, SignUpPolicy, SignatureBackend, Upstream};
use super::reader::{ConfigError, Errors, Table};
use crate::gate::pattern::Pattern;

const DAY: u64 = 86_400;
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Reads and checks the whole configuration.
///
/// # Errors
/// Every [`ConfigError`] there is, not only the first.
pub fn parse(value: &Value) -> Result<Config, Vec<ConfigError>> {
    let mut errors = Errors::default();
    let config = Table::new("", value.clone(), &mut errors).and_then(|table| read(table, &mut errors));
    match config {
        Some(config) if errors.0.is_empty() => Ok(config),
        Some(_) | None => Err(errors.0),
    }
}

fn read(mut table: Table, errors: &mut Errors) -> Option<Config> {
    let issuer = table.get(
        "issuer",
        "the https origin the service is reached at (http on localhost)",
        None,
        errors,
        origin,
    );
    let audience = table.get("audience", "a text that isn't empty", None, errors, text);
    let client_id =
        table.get("client_id", "a text that isn't empty", Some("latchkey".to_owned()), errors, text);
    let sign_up = table.get(
        "sign_up",
        r#""open" or "closed""#,
        Some(SignUpPolicy::Closed),
        errors,
        |value| match value.as_str()? {
            "open" => Some(SignUpPolicy::Open),
            "closed" => Some(SignUpPolicy::Closed),
            _ => None,
        },
    );
    let signatures = table.get(
        "signatures",
        r#""webcrypto" or "jwt-simple""#,
        Some(SignatureBackend::WebCrypto),
        errors,
        |value| match value.as_str()? {
            "webcrypto" => Some(SignatureBackend::WebCrypto),
            "jwt-simple" => Some(SignatureBackend::JwtSimple),
            _ => None,
        },
    );
    let allowed_origins = table.list(
        "allowed_origins",
        "a list of https origins without a path (http on localhost)",
        errors,
        |text| Origin::parse(text).ok().filter(Origin::is_secure),
    );
    let access_token_ttl = table.seconds("access_token_ttl", (1, DAY), 300, errors);
    let lifetimes = read_lifetimes(&mut table, errors);
    let upstreams = read_upstreams(&mut table, errors);
    let routes = read_routes(&mut table, &upstreams, errors);
    table.finish(errors);

    let (issuer, audience) = (issuer?, audience?);
    let policy = Policy::new(issuer.as_str(), &audience, &[Algorithm::Es256], TYP_ACCESS_TOKEN).ok()?;
    Some(Config {
        issuer,
        audience,
        client_id: client_id?,
        sign_up: sign_up?,
        allowed_origins: allowed_origins?,
        access_token_ttl: access_token_ttl?,
        lifetimes: lifetimes?,
        signatures: signatures?,
        policy,
        upstreams,
        routes,
    })
}

fn read_lifetimes(table: &mut Table, errors: &mut Errors) -> Option<Lifetimes> {
    let default = Lifetimes::default();
    let replay_window = table.seconds("replay_window", (1, 600), default.replay_window, errors);
    let idle_expiry = table.seconds("idle_expiry", (1, 400 * DAY), default.idle_expiry, errors);
    // Browsers cut a cookie's Max-Age at 400 days.
    let absolute_expiry = table.seconds("absolute_expiry", (1, 400 * DAY), default.absolute_expiry, errors);
    Some(Lifetimes {
        replay_window: replay_window?,
        idle_expiry: idle_expiry?,
        absolute_expiry: absolute_expiry?,
    })
}

fn read_upstreams(table: &mut Table, errors: &mut Errors) -> BTreeMap<String, Upstream> {
    let mut upstreams = BTreeMap::new();
    for (name, mut table) in table.tables("upstreams", errors) {
        let service = table.take("service");
        let upstream = match service {
            Some(service) => {
                let binding = text(&service);
                if binding.is_none() {
                    errors.add(table.key("service"), Some(&service), "the name of a service binding");
                }
                binding.map(|binding| Upstream::Service { binding })
            }
            None => {
                let expected = "an https origin without a path (or `service`, the name of a service binding)";
                let origin = table.get("url", expected, None, errors, origin);
                let expected = "the name of a Worker secret, by which the upstream knows the gate";
                let on_this_machine =
                    origin.as_ref().is_some_and(|origin| origin.as_str().starts_with("http://"));
                let default = on_this_machine.then_some(None);
                let secret_binding =
                    table.get("secret_binding", expected, default, errors, |value| text(value).map(Some));
                origin
                    .zip(secret_binding)
                    .map(|(origin, secret_binding)| Upstream::Url { origin, secret_binding })
            }
        };
        table.finish(errors);
        if let Some(upstream) = upstream {
            upstreams.insert(name, upstream);
        }
    }
    upstreams
}

fn read_routes(table: &mut Table, upstreams: &BTreeMap<String, Upstream>, errors: &mut Errors) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for (_, mut table) in table.tables("routes", errors) {
        let key = table.key("path");
        let expected =
            "a path such as /api/notes, or one that ends in /* (not under /auth, which is the service's)";
        let pattern = table.get("path", expected, None, errors, |value| Pattern::parse(value.as_str()?).ok());
        let methods = table.get("methods", "a list of methods", None, errors, |value| {
            let methods: Option<Vec<String>> = value
                .as_array()?
                .iter()
                .map(|method| {
                    method.as_str().filter(|method| METHODS.contains(method)).map(ToOwned::to_owned)
                })
                .collect();
            methods.filter(|methods| !methods.is_empty())
        });
        let access = read_access(&mut table, errors);
        let expected = "the name of one of the upstreams";
        let upstream = table.get("upstream", expected, None, errors, |value| {
            value.as_str().filter(|name| upstreams.contains_key(*name)).map(ToOwned::to_owned)
        });
        table.finish(errors);
        if let (Some(pattern), Some(methods), Some(access), Some(upstream)) =
            (pattern, methods, access, upstream)
        {
            let contradicts = |other: &Route| {
                other.pattern == pattern && other.methods.iter().any(|method| methods.contains(method))
            };
            if routes.iter().any(contradicts) {
                let found = Value::String(pattern.to_string());
                errors.add(key, Some(&found), "no second route for the same path and method");
            }
            routes.push(Route { pattern, methods, access, upstream });
        }
    }
    routes
}

fn read_access(table: &mut Table, errors: &mut Errors) -> Option<Access> {
    let expected = r#""public" or "token""#;
    let access = table.get("access", expected, None, errors, |value| {
        value.as_str().filter(|access| ["public", "token"].contains(access)).map(ToOwned::to_owned)
    });
    let scopes = table.list("scopes", "a list of scopes", errors, word);
    let roles = table.list("roles", "a list of roles", errors, word);
    let (access, scopes, roles) = (access?, scopes?, roles?);
    if access == "token" {
        return Some(Access::Token { scopes, roles });
    }
    if !scopes.is_empty() || !roles.is_empty() {
        let found = Value::String(access);
        errors.add(
            table.key("access"),
            Some(&found),
            r#""token", because the route asks for scopes or roles"#,
        );
    }
    Some(Access::Public)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

/// A scope or role: visible ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3).
fn word(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    fits.then(|| text.to_owned())
}

fn origin(value: &Value) -> Option<Origin> {
    Origin::parse(value.as_str()?).ok().filter(Origin::is_secure)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::parse;
    use crate::config::{Access, SignUpPolicy, Upstream};

    fn good() -> Value {
        json!({
            "issuer": "https://auth.example.com",
            "audience": "https://api.example.com",
            "upstreams": {"api": {"service": "API"}, "old": {"url": "https://old.example.com", "secret_binding": "S"}},
            "routes": [
                {"path": "/api/*", "methods": ["GET"], "access": "token", "upstream": "api", "roles": ["admin"]},
                {"path": "/api/*", "methods": ["POST"], "access": "token", "upstream": "old"},
                {"path": "/", "methods": ["GET"], "access": "public", "upstream": "api"},
            ]
        })
    }

    /// The good configuration with one place changed.
    fn with(pointer: &str, value: Value) -> Value {
        let mut config = good();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match config.pointer_mut(parent).unwrap() {
            Value::Object(object) => drop(object.insert(name.into(), value)),
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
            other => panic!("{other}"),
        }
        config
    }

    #[test]
    fn defaults_are_the_safe_ones() {
        let config = parse(&good()).unwrap();
        assert_eq!(config.sign_up, SignUpPolicy::Closed);
        assert_eq!(config.access_token_ttl, 300);
        assert_eq!(config.lifetimes, auth_core::rotation::Lifetimes::default());
        assert_eq!(config.routes[0].access, Access::Token { scopes: vec![], roles: vec!["admin".into()] });
        assert!(matches!(config.upstreams["old"], Upstream::Url { .. }));
        assert!(config.lists_origin("https://auth.example.com"));
        assert!(!config.lists_origin("https://auth.example.com.evil.example"));
    }

    #[test]
    fn an_error_names_the_key_what_it_found_and_what_it_expected() {
        let errors = parse(&with("/sign_up", json!("yes"))).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].to_string(), r#"sign_up: found "yes", expected "open" or "closed""#);
        let errors = parse(&with("/upstreams/old/prot", json!(8080))).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(
            errors[0].to_string(),
            "upstreams.old.prot: found 8080, expected one of the keys service, url, secret_binding"
        );
    }

    #[test]
    fn all_errors_are_told_at_once() {
        let errors = parse(&json!({"issuer": 1, "extra": true, "routes": [{"path": "x"}]})).unwrap_err();
        let keys: Vec<_> = errors.iter().map(|error| error.key.as_str()).collect();
        let expected = [
            "issuer",
            "audience",
            "routes[0].path",
            "routes[0].methods",
            "routes[0].access",
            "routes[0].upstream",
            "extra",
        ];
        assert_eq!(keys, expected);
        assert_eq!(
            parse(&Value::Null).unwrap_err()[0].to_string(),
            "LATCHKEY: found nothing, expected a table"
        );
    }

    #[test]
    fn what_is_wrong_is_refused_by_its_key() {
        for (pointer, value, key) in [
            ("/issuer", json!("http://auth.example.com"), "issuer"),
            ("/issuer", json!("https://auth.example.com/"), "issuer"),
            ("/audience", json!(""), "audience"),
            ("/sing_up", json!("open"), "sing_up"),
            ("/allowed_origins", json!(["https://a.example", "*"]), "allowed_origins"),
            ("/allowed_origins", json!(["http://a.example"]), "allowed_origins"),
            ("/access_token_ttl", json!(0), "access_token_ttl"),
            ("/access_token_ttl", json!(1.5), "access_token_ttl"),
            ("/replay_window", json!("60"), "replay_window"),
            ("/signatures", json!("openssl"), "signatures"),
            ("/upstreams/api", json!({}), "upstreams.api.url"),
            ("/upstreams/api", json!({"service": ""}), "upstreams.api.service"),
            ("/upstreams/api", json!({"service": "A", "port": 1}), "upstreams.api.port"),
            ("/upstreams/old", json!({"url": "https://old.example.com"}), "upstreams.old.secret_binding"),
            (
                "/upstreams/old",
                json!({"url": "https://old.example.com/x", "secret_binding": "S"}),
                "upstreams.old.url",
            ),
            ("/routes/0/path", json!("api/*"), "routes[0].path"),
            ("/routes/0/path", json!("/auth/x"), "routes[0].path"),
            ("/routes/0/methods", json!([]), "routes[0].methods"),
            ("/routes/0/methods", json!(["get"]), "routes[0].methods"),
            ("/routes/0/access", json!("Public"), "routes[0].access"),
            ("/routes/0/access", json!("public"), "routes[0].access"),
            ("/routes/0/upstream", json!("nowhere"), "routes[0].upstream"),
            ("/routes/1/methods", json!(["GET", "POST"]), "routes[1].path"),
            ("/routes/0/roles", json!(["a b"]), "routes[0].roles"),
        ] {
            let errors = parse(&with(pointer, value.clone())).unwrap_err();
            assert!(errors.iter().any(|error| error.key == key), "{pointer} {value}: {errors:?}");
        }
    }
}
