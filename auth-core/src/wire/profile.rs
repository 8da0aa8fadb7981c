//! What users say about themselves.

use serde::{Deserialize, Serialize};

/// A user's profile. The user chooses every value; the service verifies only its form. As JSON it has at most
/// 2 KiB, because each value has a maximum length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct UserProfile {
    /// The name to show, at most 200 characters of one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The https URL of a picture, at most 1,024 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The preferred language, a BCP 47 tag of at most 64 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

#[cfg(feature = "service")]
pub use change::{InvalidProfile, ProfileChange};

#[cfg(feature = "service")]
mod change {
    use serde::{Deserialize, Serialize};

    use super::UserProfile;
    use crate::wire::Origin;
    use crate::wire::language_tag::is_language_tag;
    use crate::wire::shape::stated;

    /// The maximum length of a name, in characters.
    const MAX_NAME: usize = 200;
    /// The maximum length of a picture's URL, in bytes.
    const MAX_PICTURE: usize = 1024;
    /// The maximum length of a language tag, in bytes.
    const MAX_LOCALE: usize = 64;

    /// `PATCH /auth/profile`, in the manner of a JSON Merge Patch (RFC 7396): a member that is absent leaves
    /// the value as it is (`None`), null removes it (`Some(None)`).
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct ProfileChange {
        /// The new name.
        #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
        pub name: Option<Option<String>>,
        /// The new picture.
        #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
        pub picture: Option<Option<String>>,
        /// The new locale.
        #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
        pub locale: Option<Option<String>>,
    }

    /// A value of a profile is invalid.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct InvalidProfile {
        /// The member.
        pub field: &'static str,
        /// What the member takes.
        pub expected: &'static str,
    }

    impl ProfileChange {
        /// Checks the values. White space around a name is removed.
        ///
        /// # Errors
        /// [`InvalidProfile`].
        pub fn checked(self) -> Result<Self, InvalidProfile> {
            let invalid = |field, expected| InvalidProfile { field, expected };
            let name = check(self.name, |text| {
                let name = text.trim();
                is_name(name).then(|| name.to_owned())
            });
            let picture = check(self.picture, |text| is_picture(text).then(|| text.to_owned()));
            let locale = check(self.locale, |text| {
                (text.len() <= MAX_LOCALE && is_language_tag(text)).then(|| text.to_owned())
            });
            Ok(Self {
                name: name.ok_or(invalid(
                    "name",
                    "The name must have 1 to 200 visible characters, without control characters, line breaks and marks that reverse the direction of text. Use null to remove it.",
                ))?,
                picture: picture.ok_or(invalid(
                    "picture",
                    "The picture must be an https URL of at most 1,024 visible ASCII characters, without a user name. Use null to remove it.",
                ))?,
                locale: locale.ok_or(invalid(
                    "locale",
                    "The locale must be a language tag (BCP 47), such as de-CH. Use null to remove it.",
                ))?,
            })
        }

        /// The profile after the change.
        #[must_use]
        pub fn applied_to(self, profile: UserProfile) -> UserProfile {
            UserProfile {
                name: self.name.unwrap_or(profile.name),
                picture: self.picture.unwrap_or(profile.picture),
                locale: self.locale.unwrap_or(profile.locale),
            }
        }
    }

    /// `None` if the value is invalid.
    fn check(
        value: Option<Option<String>>,
        read: impl FnOnce(&str) -> Option<String>,
    ) -> Option<Option<Option<String>>> {
        match value {
            None => Some(None),
            Some(None) => Some(Some(None)),
            Some(Some(text)) => read(&text).map(|text| Some(Some(text))),
        }
    }

    /// One line of text that can't change how the text around it is shown.
    fn is_name(text: &str) -> bool {
        text.chars().count() <= MAX_NAME
            && !text.chars().any(|c| c.is_control() || is_disruptive(c))
            && text.chars().any(|c| !c.is_whitespace() && !is_invisible(c))
    }

    /// Line and paragraph separators, and the characters that embed, override or isolate a direction of text
    /// (Unicode Standard Annex 9 section 2). The marks of single characters (U+200E, U+200F, U+061C) are
    /// permitted, because names need them and they end with the word.
    const fn is_disruptive(c: char) -> bool {
        matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}' | '\u{feff}')
    }

    /// Characters that show nothing, of which a name must not consist.
    const fn is_invisible(c: char) -> bool {
        matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
    }

    /// An https URL that every parser reads in the same way, and that needs no escaping in an attribute or a
    /// style sheet.
    fn is_picture(url: &str) -> bool {
        let Some(rest) = url.strip_prefix("https://") else { return false };
        let end = url.len() - rest.len() + rest.find(['/', '?', '#']).unwrap_or(rest.len());
        url.len() <= MAX_PICTURE
            && url.bytes().all(|b| b.is_ascii_graphic() && !br#""'()<>\^`{|}"#.contains(&b))
            && url.get(..end).is_some_and(|origin| Origin::parse(origin).is_ok())
    }

    #[cfg(test)]
    mod tests {
        use super::{MAX_LOCALE, MAX_NAME, MAX_PICTURE, ProfileChange};
        use crate::wire::{JsonError, UserProfile, parse_body, read_json};

        fn parse(json: &str) -> Result<ProfileChange, JsonError> {
            parse_body(json.as_bytes())
        }

        fn field_of(json: &str) -> Option<&'static str> {
            parse(json).unwrap().checked().err().map(|invalid| invalid.field)
        }

        fn name(name: &str) -> Result<Option<Option<String>>, &'static str> {
            let change = ProfileChange { name: Some(Some(name.into())), ..ProfileChange::default() };
            change.checked().map(|change| change.name).map_err(|invalid| invalid.field)
        }

        fn is_picture(url: &str) -> bool {
            let change = ProfileChange { picture: Some(Some(url.into())), ..ProfileChange::default() };
            change.checked().is_ok()
        }

        #[test]
        fn an_absent_member_stays_and_null_removes_it() {
            let full = UserProfile {
                name: Some("Ada".into()),
                picture: Some("https://x.example/a.png".into()),
                locale: Some("de".into()),
            };
            let applied = |json: &str| parse(json).unwrap().checked().unwrap().applied_to(full.clone());
            assert_eq!(applied("{}"), full);
            assert_eq!(applied(r#"{"name":null}"#), UserProfile { name: None, ..full.clone() });
            assert_eq!(
                applied(r#"{"name":"Grace","picture":null,"locale":"en-GB"}"#),
                UserProfile { name: Some("Grace".into()), picture: None, locale: Some("en-GB".into()) }
            );
            for json in ["{}", r#"{"name":null}"#, r#"{"name":"Ada","locale":null}"#] {
                let change = parse(json).unwrap();
                let text = serde_json::to_string(&change).unwrap();
                assert_eq!(text, json, "a message carries the change as it is");
                assert_eq!(read_json::<ProfileChange>(text.as_bytes()).unwrap(), change);
            }
        }

        #[test]
        fn values_of_other_types_and_unknown_members_are_rejected() {
            for (json, field) in [
                (r#"{"name":1}"#, "name"),
                (r#"{"picture":["https://x.example"]}"#, "picture"),
                (r#"{"locale":{}}"#, "locale"),
                (r#"{"email":"a@b.example"}"#, "email"),
            ] {
                let Err(JsonError::WrongShape(shape)) = parse(json) else { panic!("{json}") };
                assert_eq!(shape.field(), Some(field));
            }
        }

        #[test]
        fn a_name_is_one_visible_line() {
            for good in [
                "Ada",
                "李小龍",
                "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
                "\u{645}\u{6cc}\u{200c}\u{62e}",
                "\u{1f469}\u{200d}\u{1f680}",
                "O'Brien \"<b>\"",
                &"\u{1f600}".repeat(MAX_NAME),
            ] {
                assert_eq!(name(good), Ok(Some(Some(good.to_owned()))));
            }
            assert_eq!(name(" \u{a0}Ada Lovelace \u{3000}"), Ok(Some(Some("Ada Lovelace".into()))));
            for bad in [
                "",
                " ",
                "\u{a0}\u{3000}",
                "\u{200b}",
                "\u{200d}\u{2060}\u{ad}",
                "\u{3164}",
                "a\0",
                "a\nb",
                "a\tb",
                "a\u{7f}",
                "a\u{85}b",
                "a\u{2028}b",
                "a\u{2029}b",
                "a\u{202a}b",
                "a\u{202e}nimda",
                "a\u{202c}",
                "a\u{2066}b\u{2069}",
                "a\u{2068}b",
                "\u{feff}a",
                "a\u{fff9}b",
                &"a".repeat(MAX_NAME + 1),
            ] {
                assert_eq!(name(bad), Err("name"), "{bad:?}");
            }
        }

        #[test]
        fn a_picture_is_an_https_url() {
            let long = |length: usize| format!("https://x.example/{}", "a".repeat(length - 18));
            for good in [
                "https://x.example",
                "https://x.example/a.png",
                "https://x.example:8443/a?b=c&d=%20#e",
                "https://x.example?a",
                "https://192.0.2.1/a",
                "https://[2001:db8::1]/a",
                "https://x.example/@a:b",
                &long(MAX_PICTURE),
            ] {
                assert!(is_picture(good), "{good}");
            }
            for bad in [
                "",
                "https://",
                "https:///a",
                "http://x.example/a",
                "HTTPS://x.example/a",
                "//x.example/a",
                "/a",
                "javascript:alert(1)",
                "data:image/png;base64,AA==",
                "https://u@x.example/a",
                "https://u:p@x.example/a",
                "https://x.example\\a",
                "https://x.example/a b",
                "https://x.example/\n",
                "https://x.example/\u{e4}",
                "https://\u{e4}.example/",
                "https://x.example/\"onload",
                "https://x.example/a)",
                " https://x.example/",
                "https://x.example:0/",
                "https://x.example:99999/",
                &long(MAX_PICTURE + 1),
            ] {
                assert!(!is_picture(bad), "{bad}");
            }
        }

        #[test]
        fn a_locale_is_a_language_tag() {
            assert_eq!(field_of(r#"{"locale":"de-CH"}"#), None);
            for bad in ["", "de_CH", "deutsch!", &format!("de-x-{}", "a-".repeat(MAX_LOCALE))] {
                assert_eq!(field_of(&format!(r#"{{"locale":"{bad}"}}"#)), Some("locale"), "{bad}");
            }
        }

        #[test]
        fn the_longest_profile_is_below_two_kibibytes() {
            let longest = |name: &str| {
                let profile = UserProfile {
                    name: Some(name.repeat(MAX_NAME)),
                    picture: Some("a".repeat(MAX_PICTURE)),
                    locale: Some("a".repeat(MAX_LOCALE)),
                };
                serde_json::to_string(&profile).unwrap().len()
            };
            assert!(longest("\u{1f600}") <= 2048 && longest("\"") <= 2048);
        }
    }
}
