//! Checks that what the configuration names is bound to the Worker: secrets, services, the KV namespace, and
//! the Durable Objects that the Worker needs in any case. Errors never contain a secret.

use auth_core::gate::KeySource;

use crate::error::ConfigError;
use crate::model::{Config, Target};

/// The minimum length in bytes of every Worker secret that the configuration names: the output length of
/// SHA-256 (RFC 7518 section 3.2), which is also the size of a key derived from a secret.
pub const MIN_SECRET_BYTES: usize = 32;

/// The Durable Objects that the Worker needs: the name of each binding, and its class.
pub const OBJECTS: [(&str, &str); 6] = [
    ("ACCOUNT", "Account"),
    ("DIRECTORY", "Directory"),
    ("KEYRING", "Keyring"),
    ("REVOCATIONS", "Revocations"),
    ("LIMITER", "Limiter"),
    ("HASHER", "Hasher"),
];

/// What a name is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Nothing.
    Missing,
    /// A text: a secret or a variable, with its length in bytes.
    Text(usize),
    /// A service.
    Service,
    /// A class of Durable Objects.
    Object,
    /// A KV namespace.
    Kv,
    /// Something whose kind is not known here, as inside the Worker.
    Unknown,
    /// Something of another kind.
    Other,
}

impl Binding {
    /// What an error message says that was found.
    const fn found(self) -> &'static str {
        match self {
            Self::Missing => "which is not bound",
            Self::Text(_) => "which is a text",
            Self::Service => "which is a service binding",
            Self::Object => "which is a Durable Object binding",
            Self::Kv => "which is a KV namespace",
            Self::Unknown | Self::Other => "which is a binding of another kind",
        }
    }
}

/// Returns one error for each secret that is missing or too short: without it, the configuration cannot work.
/// `find` returns what a name is bound to.
#[must_use]
pub fn check_secrets(config: &Config, find: impl Fn(&str) -> Binding) -> Vec<ConfigError> {
    secrets(config).into_iter().filter_map(|(key, name)| secret_error(key, name, find(name))).collect()
}

/// Returns one error for each other binding that is missing or of another kind: requests that need it will
/// fail. `find` returns what a name is bound to.
#[must_use]
pub fn check_bindings(config: &Config, find: impl Fn(&str) -> Binding) -> Vec<ConfigError> {
    let objects = OBJECTS.into_iter().filter_map(|(name, class)| match find(name) {
        Binding::Object | Binding::Unknown => None,
        other => Some(ConfigError {
            key: "durable_objects.bindings".to_owned(),
            found: format!("{name}, {}", other.found()),
            expected: format!("a binding {{ name = \"{name}\", class_name = \"{class}\" }}"),
        }),
    });
    let services = services(config).into_iter().filter_map(|(key, name)| match find(name) {
        Binding::Service | Binding::Unknown => None,
        other => Some(ConfigError {
            key,
            found: format!("{name}, {}", other.found()),
            expected: format!(
                "the name of a service binding; add one to `services`, with binding = \"{name}\""
            ),
        }),
    });
    let kv = config.passwords.common.iter().filter_map(|name| match find(name) {
        Binding::Kv | Binding::Unknown => None,
        other => Some(ConfigError {
            key: "passwords.common".to_owned(),
            found: format!("{name}, {}", other.found()),
            expected: format!(
                "the name of a KV namespace; add one to `kv_namespaces`, with binding = \"{name}\""
            ),
        }),
    });
    services.chain(kv).chain(objects).collect()
}

/// The error of a secret that is missing or too short.
fn secret_error(key: String, name: &str, binding: Binding) -> Option<ConfigError> {
    let found = match binding {
        Binding::Text(bytes) if bytes >= MIN_SECRET_BYTES => return None,
        Binding::Text(bytes) => format!("{name}, a secret of {bytes} bytes"),
        Binding::Missing => format!("{name}, which is not set"),
        other => format!("{name}, {}", other.found()),
    };
    let expected = format!("the name of a Worker secret of at least {MIN_SECRET_BYTES} bytes");
    Some(ConfigError { key, found, expected })
}

/// The Worker secrets that the configuration names, each with its key: those of other issuers, the Keyring,
/// the external system and the upstreams.
#[must_use]
pub(crate) fn secrets(config: &Config) -> Vec<(String, &str)> {
    let shared = config.issuers.iter().filter_map(|issuer| match &issuer.keys {
        KeySource::Secret(name) => Some((format!("issuers.{}.secret_binding", issuer.name), &**name)),
        KeySource::Own | KeySource::Jwks(_) | KeySource::Discovery(_) | KeySource::Static(_) => None,
    });
    let sealing = config.keys.secret_bindings.iter().enumerate();
    let sealing = sealing.map(|(i, name)| (format!("keys.secret_bindings[{i}]"), &**name));
    let targets = targets(config).filter_map(|(key, target)| match target {
        Target::Url { secret_binding: Some(name), .. } => Some((format!("{key}.secret_binding"), &**name)),
        Target::Url { secret_binding: None, .. } | Target::Service { .. } => None,
    });
    shared.chain(sealing).chain(targets).collect()
}

/// The service bindings that the configuration names, each with its key.
fn services(config: &Config) -> Vec<(String, &str)> {
    let services = targets(config).filter_map(|(key, target)| match target {
        Target::Service { binding } => Some((format!("{key}.service"), &**binding)),
        Target::Url { .. } => None,
    });
    services.collect()
}

/// Other systems that are called, each with its key.
fn targets(config: &Config) -> impl Iterator<Item = (String, &Target)> {
    let elsewhere =
        config.elsewhere.iter().map(|elsewhere| ("sign_in.elsewhere".to_owned(), &elsewhere.target));
    let upstreams =
        config.upstreams.iter().map(|(name, upstream)| (format!("upstreams.{name}"), &upstream.target));
    elsewhere.chain(upstreams)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Binding, OBJECTS, check_bindings, check_secrets};
    use crate::parse;

    fn errors(more: Value, bound: &[(&str, Binding)]) -> Vec<String> {
        let mut table = json!({"issuer": "https://auth.latchkey.test", "audience": "a"});
        for (name, value) in more.as_object().unwrap() {
            table[name] = value.clone();
        }
        let config = parse(&table).unwrap();
        let find = |name: &str| {
            let bound = bound.iter().find(|(other, _)| *other == name).map(|(_, binding)| *binding);
            let object = OBJECTS.iter().any(|(object, _)| *object == name).then_some(Binding::Object);
            bound.or(object).unwrap_or(Binding::Missing)
        };
        [check_secrets(&config, find), check_bindings(&config, find)]
            .concat()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn every_named_secret_must_exist_and_be_long_enough() {
        let expected = "expected the name of a Worker secret of at least 32 bytes";
        let shared = json!({"issuers": {"x": {"issuer": "x", "audience": "a", "algorithms": ["HS256"], "secret_binding": "S"}}});
        assert_eq!(errors(shared.clone(), &[("S", Binding::Text(32))]), [""; 0]);
        assert_eq!(
            errors(shared.clone(), &[("S", Binding::Text(31))]),
            [format!("issuers.x.secret_binding: found S, a secret of 31 bytes, {expected}")]
        );
        assert_eq!(
            errors(shared.clone(), &[]),
            [format!("issuers.x.secret_binding: found S, which is not set, {expected}")]
        );
        assert_eq!(
            errors(shared, &[("S", Binding::Service)]),
            [format!("issuers.x.secret_binding: found S, which is a service binding, {expected}")]
        );
        assert_eq!(
            errors(json!({"keys": {"secret_bindings": ["NEW", "OLD"]}}), &[("NEW", Binding::Text(32))]),
            [format!("keys.secret_bindings[1]: found OLD, which is not set, {expected}")]
        );
        let users = json!({"url": "https://users.latchkey.test", "secret_binding": "S", "path": "/"});
        assert_eq!(
            errors(json!({"sign_in": {"elsewhere": users}}), &[]),
            [format!("sign_in.elsewhere.secret_binding: found S, which is not set, {expected}")]
        );
        let upstreams = json!({
            "bound": {"service": "API"},
            "local": {"url": "http://localhost:1"},
            "local-with": {"url": "http://localhost:1", "secret_binding": "LONG"},
            "old": {"url": "https://old.latchkey.test", "secret_binding": "SHORT"},
            "older": {"url": "https://older.latchkey.test", "secret_binding": "MISSING"},
        });
        let bound = [("LONG", Binding::Text(32)), ("SHORT", Binding::Text(31)), ("API", Binding::Service)];
        assert_eq!(
            errors(json!({"upstreams": upstreams}), &bound),
            [
                format!("upstreams.old.secret_binding: found SHORT, a secret of 31 bytes, {expected}"),
                format!("upstreams.older.secret_binding: found MISSING, which is not set, {expected}"),
            ]
        );
    }

    #[test]
    fn services_and_the_kv_namespace_must_be_bound() {
        let table = json!({
            "upstreams": {"api": {"service": "API"}},
            "sign_in": {"elsewhere": {"service": "USERS", "path": "/"}},
            "passwords": {"common": "COMMON"},
        });
        let bound = [("API", Binding::Service), ("USERS", Binding::Service), ("COMMON", Binding::Kv)];
        assert_eq!(errors(table.clone(), &bound), [""; 0]);
        let inside = bound.map(|(name, _)| (name, Binding::Unknown));
        assert_eq!(errors(table.clone(), &inside), [""; 0], "inside the Worker");
        assert_eq!(
            errors(table, &[("API", Binding::Text(3)), ("COMMON", Binding::Other)]),
            [
                r#"sign_in.elsewhere.service: found USERS, which is not bound, expected the name of a service binding; add one to `services`, with binding = "USERS""#,
                r#"upstreams.api.service: found API, which is a text, expected the name of a service binding; add one to `services`, with binding = "API""#,
                r#"passwords.common: found COMMON, which is a binding of another kind, expected the name of a KV namespace; add one to `kv_namespaces`, with binding = "COMMON""#,
            ]
        );
    }

    #[test]
    fn every_object_of_the_worker_must_be_bound() {
        assert_eq!(
            errors(json!({}), &[("LIMITER", Binding::Missing), ("HASHER", Binding::Service)]),
            [
                r#"durable_objects.bindings: found LIMITER, which is not bound, expected a binding { name = "LIMITER", class_name = "Limiter" }"#,
                r#"durable_objects.bindings: found HASHER, which is a service binding, expected a binding { name = "HASHER", class_name = "Hasher" }"#,
            ]
        );
    }
}
