//! Checks that the Worker secrets named by the configuration exist and are long enough. Errors never contain
//! a secret.

use auth_core::gate::KeySource;

use super::model::{Config, Elsewhere, Target};
use super::reader::ConfigError;

/// The minimum length in bytes of every Worker secret that the configuration names: the output length of
/// SHA-256 (RFC 7518 section 3.2), which is also the size of a key derived from a secret.
pub const MIN_SECRET_BYTES: usize = 32;

/// Returns one error for each secret that is missing or too short: those of other issuers, the Keyring, the
/// external system and the upstreams. `find` returns the value of a binding.
#[must_use]
pub fn check(config: &Config, find: impl Fn(&str) -> Option<String>) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let shared = config.issuers.iter().filter_map(|issuer| match &issuer.keys {
        KeySource::Secret(binding) => Some((format!("issuers.{}.secret_binding", issuer.name), binding)),
        _ => None,
    });
    let sealing = config.keys.secret_bindings.iter().enumerate();
    let sealing = sealing.map(|(i, binding)| (format!("keys.secret_bindings[{i}]"), binding));
    let elsewhere = config.elsewhere.iter().filter_map(|elsewhere| match elsewhere {
        Elsewhere { target: Target::Url { secret_binding: Some(binding), .. }, .. } => {
            Some(("sign_in.elsewhere.secret_binding".to_owned(), binding))
        }
        _ => None,
    });
    let upstreams = config.upstreams.iter().filter_map(|(name, upstream)| match &upstream.target {
        Target::Url { secret_binding: Some(binding), .. } => {
            Some((format!("upstreams.{name}.secret_binding"), binding))
        }
        Target::Url { secret_binding: None, .. } | Target::Service { .. } => None,
    });
    for (key, binding) in shared.chain(sealing).chain(elsewhere).chain(upstreams) {
        let found = match find(binding) {
            Some(secret) if secret.len() >= MIN_SECRET_BYTES => continue,
            Some(secret) => format!("{binding}, a secret of {} bytes", secret.len()),
            None => format!("{binding}, which is not set"),
        };
        errors.push(ConfigError {
            key,
            found,
            expected: format!("the name of a Worker secret of at least {MIN_SECRET_BYTES} bytes"),
        });
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check;
    use crate::parse;

    #[test]
    fn every_named_secret_must_exist_and_be_long_enough() {
        let config = parse(&json!({
            "issuer": "https://auth.example.com",
            "audience": "a",
            "issuers": {"x": {"issuer": "x", "audience": "a", "algorithms": ["HS256"], "secret_binding": "S"}},
        }))
        .unwrap();
        let errors = |secret: Option<&str>| {
            let errors = check(&config, |binding| secret.filter(|_| binding == "S").map(ToOwned::to_owned));
            errors.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let expected = "expected the name of a Worker secret of at least 32 bytes";
        assert!(errors(Some(&"s".repeat(32))).is_empty());
        assert_eq!(
            errors(Some(&"s".repeat(31))),
            [format!("issuers.x.secret_binding: found S, a secret of 31 bytes, {expected}")]
        );
        let sealed = parse(&json!({
            "issuer": "https://auth.example.com",
            "audience": "a",
            "keys": {"secret_bindings": ["NEW", "OLD"]},
        }))
        .unwrap();
        let missing = check(&sealed, |binding| (binding == "NEW").then(|| "s".repeat(32)));
        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].key, "keys.secret_bindings[1]");
        let elsewhere = parse(&json!({
            "issuer": "https://auth.example.com",
            "audience": "a",
            "sign_in": {"elsewhere": {"url": "https://users.example.com", "secret_binding": "S", "path": "/"}},
        }))
        .unwrap();
        assert_eq!(check(&elsewhere, |_| None)[0].key, "sign_in.elsewhere.secret_binding");
        assert!(check(&elsewhere, |_| Some("s".repeat(32))).is_empty());
        assert_eq!(
            errors(None),
            [format!("issuers.x.secret_binding: found S, which is not set, {expected}")]
        );
        let upstreams = parse(&json!({
            "issuer": "https://auth.example.com",
            "audience": "a",
            "upstreams": {
                "bound": {"service": "API"},
                "local": {"url": "http://localhost:1"},
                "local-with": {"url": "http://localhost:1", "secret_binding": "LONG"},
                "old": {"url": "https://old.example.com", "secret_binding": "SHORT"},
                "older": {"url": "https://older.example.com", "secret_binding": "MISSING"},
            },
        }))
        .unwrap();
        let errors = check(&upstreams, |binding| match binding {
            "LONG" => Some("s".repeat(32)),
            "SHORT" => Some("s".repeat(31)),
            _ => None,
        });
        assert_eq!(
            errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                format!("upstreams.old.secret_binding: found SHORT, a secret of 31 bytes, {expected}"),
                format!("upstreams.older.secret_binding: found MISSING, which is not set, {expected}"),
            ]
        );
    }
}
