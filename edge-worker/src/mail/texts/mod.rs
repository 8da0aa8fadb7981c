//! What mails say, in five languages. A deployer's text takes precedence.
//!
//! `worker_config::keys::TEXTS` is the list of all texts; each language has all of them.

mod de;
mod en;
mod es;
mod fr;
mod ja;

use crate::config::Mail as Settings;

/// Texts by their names.
type Texts = &'static [(&'static str, &'static str)];

/// The texts of a language; `None` if the Worker contains none.
fn built_in(locale: &str) -> Option<Texts> {
    match locale {
        "en" => Some(en::TEXTS),
        "de" => Some(de::TEXTS),
        "es" => Some(es::TEXTS),
        "fr" => Some(fr::TEXTS),
        "ja" => Some(ja::TEXTS),
        _ => None,
    }
}

/// Whether there are texts in a language, by its tag in lower case.
pub(super) fn is_known(settings: &Settings, locale: &str) -> bool {
    settings.texts.contains_key(locale) || built_in(locale).is_some()
}

/// A text in a language: the deployer's, the Worker's, or else the English one.
pub(super) fn find<'a>(settings: &'a Settings, locale: &str, name: &str) -> &'a str {
    let own = settings.texts.get(locale).and_then(|texts| texts.get(name)).map(String::as_str);
    let of = |texts: Texts| texts.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    // A test shows that English has every text.
    own.or_else(|| built_in(locale).and_then(of)).or_else(|| of(en::TEXTS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use worker_config::keys::{LOCALES, TEXTS};

    use super::built_in;
    use crate::mail::Kind;

    /// The placeholders of a text.
    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect()
    }

    #[test]
    fn every_language_has_every_text_once_with_the_placeholders_of_the_english_one() {
        let names: Vec<&str> = TEXTS.keys.iter().map(|key| key.name).collect();
        let english = built_in("en").unwrap();
        for locale in LOCALES {
            let texts = built_in(locale).unwrap();
            let found: Vec<&str> = texts.iter().map(|(name, _)| *name).collect();
            assert_eq!(found, names, "{locale}");
            for ((name, text), (_, in_english)) in texts.iter().zip(english) {
                assert!(!text.trim().is_empty(), "{locale} {name}");
                assert_eq!(placeholders(text), placeholders(in_english), "{locale} {name}");
                assert!(!name.ends_with("_subject") || !text.contains('\n'), "{locale} {name}");
                assert!(locale == "en" || text != in_english, "{locale} {name} is English");
                let permitted = ["product", "browser", "client", "time"];
                assert!(placeholders(text).iter().all(|name| permitted.contains(name)), "{locale} {name}");
            }
        }
        assert!(built_in("it").is_none());
    }

    #[test]
    fn every_kind_has_a_subject_and_a_body() {
        for kind in Kind::ALL {
            for part in ["subject", "body"] {
                let name = format!("{}_{part}", kind.as_str());
                assert!(TEXTS.find(&name).is_some(), "{name}");
            }
            assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(TEXTS.keys.len(), Kind::ALL.len() * 2 + 5);
        assert_eq!(Kind::parse("newsletter"), None);
    }
}
