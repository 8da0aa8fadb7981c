//! The Worker secrets that the configuration names: whether they are there, and long enough. No secret is ever shown.

use super::model::{Config, Elsewhere, KeySource, Target};
use super::reader::ConfigError;

/// The fewest bytes of a secret that is shared with another issuer (RFC 7518 section 3.2), or that keys are sealed under: as
/// many as the key that is made of it has.
pub const MIN_SECRET_BYTES: usize = 32;

/// Everything that is wrong with the secrets of other issuers, of the Keyring, and of who keeps the credentials. `find` gives a binding's value.
pub(super) fn check(config: &Config, find: impl Fn(&str) -> Option<String>) -> Vec<ConfigError> {
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
    for (key, binding) in shared.chain(sealing).chain(elsewhere) {
        let found = match find(binding) {
            Some(secret) if secret.len() >= MIN_SECRET_BYTES => continue,
            Some(secret) => format!("{binding}, a secret of {} bytes", secret.len()),
            None => format!("{binding}, which isn't there"),
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
    use crate::config::parse;

    #[test]
    fn a_shared_secret_is_there_and_long_enough() {
        let config = parse(&json!({
            "issuer": "https://auth.example.com",
            "audience": "a",
            "issuers": {"x": {"issuer": "x", "audience": "a", "algorithms": ["HS256"], "secret_binding": "S"}},
        }))
        .unwrap();
        let told = |secret: Option<&str>| {
            let errors = check(&config, |binding| secret.filter(|_| binding == "S").map(ToOwned::to_owned));
            errors.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let expected = "expected the name of a Worker secret of at least 32 bytes";
        assert!(told(Some(&"s".repeat(32))).is_empty());
        assert_eq!(
            told(Some(&"s".repeat(31))),
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
        assert_eq!(told(None), [format!("issuers.x.secret_binding: found S, which isn't there, {expected}")]);
    }
}
