//! Values that were copied from an example and not replaced.

use serde_json::Value;

use crate::error::{ConfigError, show};

/// The domain of examples (RFC 2606). It and the hosts below it belong to no deployer.
const DOMAIN: &str = "example.com";

/// Texts that stand for a value of the deployer's own, in lower case.
const TEXTS: [&str; 4] = ["your-api", "your-worker", "change_me", "changeme"];

/// Returns one error for each text in the value that contains a placeholder. `path` is the value's own.
#[must_use]
pub fn find(value: &Value, path: &str) -> Vec<ConfigError> {
    match value {
        Value::String(text) => placeholder_in(text)
            .map(|placeholder| ConfigError {
                key: path.to_owned(),
                found: show(value),
                expected: format!("a value of your own in place of the placeholder {placeholder}"),
            })
            .into_iter()
            .collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(i, item)| find(item, &format!("{path}[{i}]"))).collect()
        }
        Value::Object(members) => {
            let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            members.iter().flat_map(|(name, member)| find(member, &join(name))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => vec![],
    }
}

/// The placeholder in a text, in lower case.
fn placeholder_in(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    if let Some(host) = words(&text).find(|word| *word == DOMAIN || word.ends_with(&format!(".{DOMAIN}"))) {
        return Some(host.trim_start_matches('.').to_owned());
    }
    if let Some(known) =
        TEXTS.into_iter().find(|known| words(&text).any(|word| word.split('.').any(|label| label == *known)))
    {
        return Some(known.to_owned());
    }
    // The sender of mails has an address in angle brackets.
    let mut inside = text.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0));
    inside.find(|inside| !inside.contains('@')).map(|inside| format!("<{inside}>"))
}

/// The parts of a text that could be a host or a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{find, placeholder_in};

    #[test]
    fn placeholders_are_examples_hosts_and_texts_that_ask_for_a_value() {
        for (text, placeholder) in [
            ("https://app.example.com", Some("app.example.com")),
            ("https://EXAMPLE.com/api", Some("example.com")),
            ("*.example.com/*", Some("example.com")),
            ("admin@example.com", Some("example.com")),
            ("your-api", Some("your-api")),
            ("https://your-api.workers.dev", Some("your-api")),
            ("CHANGE_ME", Some("change_me")),
            ("https://<your domain>/api", Some("<your domain>")),
            ("https://example.com.evil.test", None),
            ("https://notexample.com", None),
            ("https://app.example.org", None),
            ("a < b", None),
            ("Acme <no-reply@acme.test>", None),
            ("<name> <no-reply@acme.test>", Some("<name>")),
            ("Acme <no-reply@acme.test> <x>", Some("<x>")),
            ("the-api", None),
        ] {
            assert_eq!(placeholder_in(text).as_deref(), placeholder, "{text}");
        }
    }

    #[test]
    fn an_error_names_the_key_and_the_placeholder() {
        let table = json!({
            "issuer": "https://app.example.com",
            "routes": [{"path": "/a"}, {"path": "/b", "upstream": "your-api"}],
        });
        assert_eq!(
            find(&table, "").iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                r#"issuer: found "https://app.example.com", expected a value of your own in place of the placeholder app.example.com"#,
                r#"routes[1].upstream: found "your-api", expected a value of your own in place of the placeholder your-api"#,
            ]
        );
    }
}
