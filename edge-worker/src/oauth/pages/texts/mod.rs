//! What the pages say, in five languages.
//!
//! `{client}` is the client's name, and other placeholders are described at their texts.

mod de;
mod en;
mod es;
mod fr;
mod ja;
mod names;

/// The tags of the languages.
pub(in crate::oauth) const LOCALES: [&str; 5] = ["en", "de", "es", "fr", "ja"];

pub(super) use names::Texts;

/// The texts of a language, by its tag; the English ones for any other tag.
pub(super) fn of(locale: &str) -> &'static Texts {
    match locale {
        "de" => &de::TEXTS,
        "es" => &es::TEXTS,
        "fr" => &fr::TEXTS,
        "ja" => &ja::TEXTS,
        _ => &en::TEXTS,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{LOCALES, of};

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_placeholders_of_the_english_one() {
        for locale in LOCALES {
            for ((name, text), (_, english)) in of(locale).all().into_iter().zip(of("en").all()) {
                assert!(!text.trim().is_empty(), "{locale} {name}");
                assert_eq!(placeholders(text), placeholders(english), "{locale} {name}");
                assert!(locale == "en" || text != english, "{locale} {name} is English");
            }
        }
        assert_eq!(of("it").allow, "Allow");
    }
}
