//! `application/x-www-form-urlencoded`, in bodies and in queries, as untrusted input.

use percent_encoding::percent_decode;

/// The maximum number of pairs, which bounds the work of finding duplicate names. No form of the contract has
/// more than two.
const MAX_PAIRS: usize = 32;

/// The pairs of a form, decoded, without duplicate names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

/// The input is not a valid form: a malformed escape, bytes that are not UTF-8, a duplicate name (RFC 6749
/// section 3.2), or more than 32 pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidForm;

impl Form {
    /// Parses a form. A name without `=` has an empty value, as in browsers.
    ///
    /// # Errors
    /// [`InvalidForm`].
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidForm> {
        if !escapes_are_complete(bytes) || percent_decode(bytes).decode_utf8().is_err() {
            return Err(InvalidForm);
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            if pairs.len() == MAX_PAIRS || pairs.iter().any(|(known, _)| *known == name) {
                return Err(InvalidForm);
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    /// The value of a name; `None` if it is missing or empty (RFC 6749 section 3.2 treats an empty value as
    /// omitted).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether the form has no other names than these.
    #[must_use]
    pub fn has_only(&self, names: &[&str]) -> bool {
        self.0.iter().all(|(name, _)| names.contains(&name.as_str()))
    }
}

/// Whether two hexadecimal digits follow each percent sign. The decoder copies other percent signs to its
/// output.
fn escapes_are_complete(bytes: &[u8]) -> bool {
    let mut after = bytes.split(|b| *b == b'%').skip(1);
    after.all(|rest| matches!(rest, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::{Form, InvalidForm};

    #[test]
    fn parses_forms_of_browsers_and_programs() {
        let form = Form::parse(b"token=a.b-c_d&email=a%2bb%40c.d&name=A+B%20%C3%A9&empty=&bare&&=x").unwrap();
        assert_eq!(form.get("token"), Some("a.b-c_d"));
        assert_eq!(form.get("email"), Some("a+b@c.d"));
        assert_eq!(form.get("name"), Some("A B é"));
        assert_eq!((form.get("empty"), form.get("bare"), form.get("other")), (None, None, None));
        assert!(form.has_only(&["token", "email", "name", "empty", "bare", ""]));
        assert!(!form.has_only(&["token"]));
        assert_eq!(Form::parse(b"").unwrap().get("token"), None);
        assert_eq!(Form::parse(b"a=b=c").unwrap().get("a"), Some("b=c"));
    }

    #[test]
    fn a_form_has_at_most_32_pairs() {
        let form = |pairs: usize| (0..pairs).map(|i| format!("name{i}=value")).collect::<Vec<_>>().join("&");
        assert_eq!(Form::parse(form(32).as_bytes()).unwrap().get("name31"), Some("value"));
        assert_eq!(Form::parse(form(33).as_bytes()), Err(InvalidForm));
        assert_eq!(Form::parse(format!("{}&%zz", form(32)).as_bytes()), Err(InvalidForm));
        let separators = "&".repeat(16 * 1024);
        assert_eq!(Form::parse(separators.as_bytes()).unwrap().get("a"), None);
    }

    #[test]
    fn rejects_ambiguous_forms() {
        for bad in [
            &b"token=a&token=b"[..],
            b"token=a&tok%65n=b",
            b"token=&token=a",
            b"token=%",
            b"token=%4",
            b"token=%zz",
            b"token=%ff",
            b"%c0%80=a",
            b"\xff=a",
        ] {
            assert_eq!(Form::parse(bad), Err(InvalidForm), "{bad:?}");
        }
    }
}
