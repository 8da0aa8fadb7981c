//! `application/x-www-form-urlencoded`, in bodies and in queries, as untrusted input.

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
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == MAX_PAIRS {
                return Err(InvalidForm);
            }
            let mut parts = pair.splitn(2, |b| *b == b'=');
            let mut part = || decode(parts.next().unwrap_or_default());
            let (name, value) = (part()?, part()?);
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(InvalidForm);
            }
            pairs.push((name, value));
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

fn decode(text: &[u8]) -> Result<String, InvalidForm> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                (None, _) | (_, None) => return Err(InvalidForm),
            },
            other => *other,
        });
    }
    String::from_utf8(decoded).map_err(|_| InvalidForm)
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
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
        // Pairs beyond the limit are not even decoded, so the work does not grow with their number.
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
