//! Checks that what the configuration names is bound to the Worker: secrets, services, the KV namespace, and
//! the Durable Objects that the Worker needs in any case. Errors never contain a secret.

use auth_core::gate::KeySource;

use crate::error::ConfigError;
use crate::model::{Config, MailAdapter, Target};

/// The minimum length in bytes of every Worker secret that the deployer chooses: the output length of
/// SHA-256 (RFC 7518 section 3.2), which is also the size of a key derived from a secret.
pub const MIN_SECRET_BYTES: usize = 32;

/// The Durable Objects that the Worker needs: the name of each binding, and its class. The last ones
/// ([`WITH_OAUTH`]) are needed only with `oauth`.
pub const OBJECTS: [(&str, &str); 8] = [
    ("ACCOUNT", "Account"),
    ("DIRECTORY", "Directory"),
    ("KEYRING", "Keyring"),
    ("REVOCATIONS", "Revocations"),
    ("LIMITER", "Limiter"),
    ("HASHER", "Hasher"),
    ("CLIENTS", "Clients"),
    ("DEVICES", "Devices"),
];

/// The bindings of [`OBJECTS`] that only the authorization server needs.
const WITH_OAUTH: [&str; 2] = ["CLIENTS", "DEVICES"];

/// The objects that the Worker needs, with or without the authorization server.
pub(crate) fn objects(oauth: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    OBJECTS.into_iter().filter(move |(name, _)| oauth || !WITH_OAUTH.contains(name))
}

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
    /// A binding `send_email`.
    SendEmail,
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
            Self::SendEmail => "which is a send_email binding",
            Self::Unknown | Self::Other => "which is a binding of another kind",
        }
    }
}

/// Returns one error for each secret that is missing or too short: without it, the configuration cannot work.
/// `find` returns what a name is bound to.
#[must_use]
pub fn check_secrets(config: &Config, find: impl Fn(&str) -> Binding) -> Vec<ConfigError> {
    secrets(config).into_iter().filter_map(|secret| secret.error(find(secret.binding))).collect()
}

/// Returns one error for each other binding that is missing or of another kind: requests that need it will
/// fail. `find` returns what a name is bound to.
#[must_use]
pub fn check_bindings(config: &Config, find: impl Fn(&str) -> Binding) -> Vec<ConfigError> {
    let objects = objects(config.oauth.is_some()).filter_map(|(name, class)| match find(name) {
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
    let mail = send_email(config).and_then(|name| match find(name) {
        Binding::SendEmail | Binding::Unknown => None,
        other => Some(ConfigError {
            key: "mail.binding".to_owned(),
            found: format!("{name}, {}", other.found()),
            expected: format!(
                "the name of a send_email binding; add one to `send_email`, with name = \"{name}\""
            ),
        }),
    });
    services.chain(kv).chain(mail).chain(objects).collect()
}

/// A Worker secret that the configuration names.
pub(crate) struct NamedSecret<'c> {
    /// The key that names it.
    pub(crate) key: String,
    /// Its name.
    pub(crate) binding: &'c str,
    /// Its minimum length: [`MIN_SECRET_BYTES`], or 1 if a provider has chosen the secret.
    pub(crate) min_bytes: usize,
}

impl<'c> NamedSecret<'c> {
    const fn chosen(key: String, binding: &'c str) -> Self {
        Self { key, binding, min_bytes: MIN_SECRET_BYTES }
    }

    /// What an error message says about a secret that a value of the key can name.
    pub(crate) fn expected(&self) -> String {
        match self.min_bytes {
            0 | 1 => "a Worker secret with what the provider has given you".to_owned(),
            bytes => format!("a Worker secret of at least {bytes} bytes"),
        }
    }

    /// The error if the secret is missing or too short.
    fn error(&self, bound: Binding) -> Option<ConfigError> {
        let name = self.binding;
        let found = match bound {
            Binding::Text(bytes) if bytes >= self.min_bytes => return None,
            Binding::Text(bytes) => format!("{name}, a secret of {bytes} bytes"),
            Binding::Missing => format!("{name}, which is not set"),
            other => format!("{name}, {}", other.found()),
        };
        let expected = format!("the name of {}", self.expected());
        Some(ConfigError { key: self.key.clone(), found, expected })
    }
}

/// The Worker secrets that the configuration names: those of other issuers, the Keyring, the external system,
/// the upstreams, the providers, the sender of mails and the hook.
#[must_use]
pub(crate) fn secrets(config: &Config) -> Vec<NamedSecret<'_>> {
    let shared = config.issuers.iter().filter_map(|issuer| match &issuer.keys {
        KeySource::Secret(name) => {
            Some(NamedSecret::chosen(format!("issuers.{}.secret_binding", issuer.name), name))
        }
        KeySource::Own | KeySource::Jwks(_) | KeySource::Discovery(_) | KeySource::Static(_) => None,
    });
    let sealing = config.keys.secret_bindings.iter().enumerate();
    let sealing = sealing.map(|(i, name)| NamedSecret::chosen(format!("keys.secret_bindings[{i}]"), name));
    let targets = targets(config).filter_map(|(key, target)| match target {
        Target::Url { secret_binding: Some(name), .. } => {
            Some(NamedSecret::chosen(format!("{key}.secret_binding"), name))
        }
        Target::Url { secret_binding: None, .. } | Target::Service { .. } => None,
    });
    let given = config.providers.iter().filter_map(|provider| {
        let key = format!("providers.{}.client_secret_binding", provider.name);
        provider.client_secret_binding.as_deref().map(|binding| NamedSecret { key, binding, min_bytes: 1 })
    });
    let mail = config.mail.iter().filter_map(|mail| match &mail.adapter {
        MailAdapter::Resend { secret_binding }
        | MailAdapter::Postmark { secret_binding }
        | MailAdapter::Ses { secret_binding, .. } => {
            let key = "mail.secret_binding".to_owned();
            Some(NamedSecret { key, binding: secret_binding, min_bytes: 1 })
        }
        MailAdapter::Cloudflare { .. } | MailAdapter::Worker { .. } => None,
    });
    let hooks = config.hooks.iter();
    let hooks =
        hooks.map(|hooks| NamedSecret::chosen("hooks.secret_binding".to_owned(), &hooks.secret_binding));
    shared.chain(sealing).chain(targets).chain(given).chain(mail).chain(hooks).collect()
}

/// The service bindings that the configuration names, each with its key.
fn services(config: &Config) -> Vec<(String, &str)> {
    let services = targets(config).filter_map(|(key, target)| match target {
        Target::Service { binding } => Some((format!("{key}.service"), &**binding)),
        Target::Url { .. } => None,
    });
    let mail = config.mail.iter().filter_map(|mail| match &mail.adapter {
        MailAdapter::Worker { service, .. } => Some(("mail.service".to_owned(), &**service)),
        MailAdapter::Cloudflare { .. }
        | MailAdapter::Resend { .. }
        | MailAdapter::Postmark { .. }
        | MailAdapter::Ses { .. } => None,
    });
    services.chain(mail).collect()
}

/// The binding `send_email` that the configuration names.
fn send_email(config: &Config) -> Option<&str> {
    match &config.mail.as_ref()?.adapter {
        MailAdapter::Cloudflare { binding } => Some(binding),
        MailAdapter::Resend { .. }
        | MailAdapter::Postmark { .. }
        | MailAdapter::Ses { .. }
        | MailAdapter::Worker { .. } => None,
    }
}

/// Other systems that are called, each with its key.
fn targets(config: &Config) -> impl Iterator<Item = (String, &Target)> {
    let elsewhere =
        config.elsewhere.iter().map(|elsewhere| ("sign_in.elsewhere".to_owned(), &elsewhere.target));
    let upstreams =
        config.upstreams.iter().map(|(name, upstream)| (format!("upstreams.{name}"), &upstream.target));
    let hooks = config.hooks.iter().map(|hooks| ("hooks".to_owned(), &hooks.target));
    elsewhere.chain(upstreams).chain(hooks)
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
    fn a_secret_that_a_provider_has_given_may_have_any_length() {
        let provider =
            json!({"issuer": "https://i.latchkey.test", "client_id": "c", "client_secret_binding": "S"});
        let table = json!({"providers": {"p": provider}});
        assert_eq!(errors(table.clone(), &[("S", Binding::Text(1))]), [""; 0]);
        let expected = "expected the name of a Worker secret with what the provider has given you";
        for (bound, found) in [
            (Binding::Text(0), "S, a secret of 0 bytes"),
            (Binding::Missing, "S, which is not set"),
            (Binding::Kv, "S, which is a KV namespace"),
        ] {
            let error = format!("providers.p.client_secret_binding: found {found}, {expected}");
            assert_eq!(errors(table.clone(), &[("S", bound)]), [error]);
        }
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
        let missing = [("CLIENTS", Binding::Missing), ("DEVICES", Binding::Missing)];
        assert_eq!(errors(json!({}), &missing), [""; 0], "only the authorization server needs them");
        assert_eq!(errors(json!({"oauth": {}}), &missing).len(), 2);
    }
}
