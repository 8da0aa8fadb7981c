//! A small JSON reader (RFC 8259) for the service's answers. `serde_json` would be the larger half of the vault that
//! every visitor downloads; this one reads what the contract has, and like it refuses duplicate names and great depths.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroize;

/// As deep as the contract goes, and some more.
const MAX_DEPTH: u8 = 8;

/// A value. What was a secret in it is to be taken out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A whole number that fits; [`Json::OtherNumber`] otherwise.
    Number(u64),
    OtherNumber,
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    /// The whole text as one value; `None` if it isn't one.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: core::str::from_utf8(text).ok()?.as_bytes() };
        let value = reader.value(MAX_DEPTH)?;
        reader.skip_space();
        reader.rest.is_empty().then_some(value)
    }

    /// Takes a member out; `Null` where there is none.
    pub(super) fn take(&mut self, name: &str) -> Self {
        if let Self::Object(members) = self
            && let Some((_, value)) = members.iter_mut().find(|(known, _)| known == name)
        {
            return core::mem::replace(value, Self::Null);
        }
        Self::Null
    }

    pub(super) fn text(mut self) -> Option<String> {
        if let Self::Text(text) = &mut self { Some(core::mem::take(text)) } else { None }
    }

    pub(super) fn number(self) -> Option<u64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    pub(super) fn bool(self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(value) } else { None }
    }

    pub(super) fn list(mut self) -> Option<Vec<Self>> {
        if let Self::List(items) = &mut self { Some(core::mem::take(items)) } else { None }
    }
}

/// Whatever isn't taken out may still have been secret.
impl Drop for Json {
    fn drop(&mut self) {
        if let Self::Text(text) = self {
            text.zeroize();
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: u8) -> Option<Json> {
        let deeper = depth.checked_sub(1)?;
        self.skip_space();
        match *self.rest.first()? {
            b'"' => self.text().map(Json::Text),
            b'{' => self.object(deeper).map(Json::Object),
            b'[' => self.list(deeper).map(Json::List),
            b't' => self.word(b"true", Json::Bool(true)),
            b'f' => self.word(b"false", Json::Bool(false)),
            b'n' => self.word(b"null", Json::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: u8) -> Option<Vec<(String, Json)>> {
        let mut members = Vec::new();
        self.items(b'}', |reader| {
            reader.skip_space();
            let name = reader.text()?;
            if members.iter().any(|(known, _)| *known == name) {
                return None;
            }
            reader.skip_space();
            reader.expect(b':')?;
            members.push((name, reader.value(depth)?));
            Some(())
        })?;
        Some(members)
    }

    fn list(&mut self, depth: u8) -> Option<Vec<Json>> {
        let mut items = Vec::new();
        self.items(b']', |reader| {
            items.push(reader.value(depth)?);
            Some(())
        })?;
        Some(items)
    }

    /// An opening bracket, items with commas in between, the closing bracket.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.advance(1);
        self.skip_space();
        if self.rest.first() == Some(&close) {
            self.advance(1);
            return Some(());
        }
        loop {
            item(self)?;
            self.skip_space();
            let next = *self.rest.first()?;
            self.advance(1);
            if next == close {
                return Some(());
            }
            if next != b',' {
                return None;
            }
        }
    }

    /// A string. The common one, without escapes, is copied once and leaves nothing behind.
    fn text(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            let plain = self.rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f))?;
            text.push_str(core::str::from_utf8(self.rest.get(..plain)?).ok()?);
            let end = *self.rest.get(plain)?;
            self.advance(plain + 1);
            match end {
                b'"' => return Some(text),
                b'\\' => text.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let kind = *self.rest.first()?;
        self.advance(1);
        Some(match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                // A surrogate counts only together with its other half (RFC 8259 section 7).
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit);
                }
                self.expect(b'\\')?;
                self.expect(b'u')?;
                let low = self.hex()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return None;
                }
                char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        let unit = digits.iter().try_fold(0, |unit, b| Some(unit * 16 + char::from(*b).to_digit(16)?));
        self.advance(4);
        unit
    }

    fn number(&mut self) -> Option<Json> {
        let end = self
            .rest
            .iter()
            .position(|b| !matches!(b, b'+' | b'-' | b'.' | b'e' | b'E' | b'0'..=b'9'))
            .unwrap_or(self.rest.len());
        let digits = self.rest.get(..end)?;
        self.advance(end);
        if digits.iter().all(u8::is_ascii_digit) {
            if digits.is_empty() || (digits.first() == Some(&b'0') && digits.len() > 1) {
                return None;
            }
            let number = digits
                .iter()
                .try_fold(0_u64, |number, b| number.checked_mul(10)?.checked_add(u64::from(b - b'0')));
            return Some(number.map_or(Json::OtherNumber, Json::Number));
        }
        is_number(digits).then_some(Json::OtherNumber)
    }

    fn word(&mut self, word: &[u8], value: Json) -> Option<Json> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(value)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn skip_space(&mut self) {
        let end = self
            .rest
            .iter()
            .position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
            .unwrap_or(self.rest.len());
        self.advance(end);
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

/// The grammar of RFC 8259 section 6, for numbers whose value doesn't matter.
fn is_number(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = split_digits(rest);
    let whole_fits = !whole.is_empty() && (whole.len() == 1 || whole.first() != Some(&b'0'));
    let (fraction_fits, rest) = match rest.strip_prefix(b".") {
        Some(rest) => {
            let (fraction, rest) = split_digits(rest);
            (!fraction.is_empty(), rest)
        }
        None => (true, rest),
    };
    let exponent_fits = match rest {
        [] => true,
        [b'e' | b'E', rest @ ..] => {
            let digits = match rest {
                [b'+' | b'-', digits @ ..] => digits,
                digits => digits,
            };
            let (exponent, rest) = split_digits(digits);
            !exponent.is_empty() && rest.is_empty()
        }
        _ => false,
    };
    whole_fits && fraction_fits && exponent_fits
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::Json;

    /// What `serde_json` makes of the same.
    fn same(ours: &Json, theirs: &Value) -> bool {
        match (ours, theirs) {
            (Json::Null, Value::Null) => true,
            (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
            (Json::Number(ours), Value::Number(theirs)) => theirs.as_u64() == Some(*ours),
            (Json::OtherNumber, Value::Number(theirs)) => theirs.as_u64().is_none(),
            (Json::Text(ours), Value::String(theirs)) => ours == theirs,
            (Json::List(ours), Value::Array(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
            }
            (Json::Object(ours), Value::Object(theirs)) => {
                ours.len() == theirs.len()
                    && ours
                        .iter()
                        .all(|(name, ours)| theirs.get(name).is_some_and(|theirs| same(ours, theirs)))
            }
            _ => false,
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 30, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn property_it_reads_what_serde_json_writes(value in value(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let ours = Json::parse(text.unwrap().as_bytes());
            prop_assert!(ours.is_some_and(|ours| same(&ours, &value)));
        }

        /// Texts that are nearly JSON: whatever we read, `serde_json` reads alike.
        #[test]
        fn property_it_reads_nothing_that_serde_json_does_not(
            text in "[ \\[\\]{}:,\"\\\\/bfnrtu0-9a-fA-FeE.+\\-\\x00-\\x1f]{0,24}",
        ) {
            if let Some(ours) = Json::parse(text.as_bytes()) {
                match serde_json::from_str::<Value>(&text) {
                    Ok(theirs) => prop_assert!(same(&ours, &theirs)),
                    // It refuses numbers too large for a float; nobody asks for those.
                    Err(_) => prop_assert!(text.contains(['e', 'E'])),
                }
            }
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "{]",
            "[}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "[1,]",
            "[,1]",
            "{,}",
            "{a:1}",
            "{'a':1}",
            "01",
            "+1",
            "-",
            ".5",
            "1.",
            "1e",
            "1e+",
            "--1",
            "1-1",
            "NaN",
            "tru",
            "truex",
            "nul",
            "\"",
            "\"\n\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\\u12\"",
            "{} {}",
            "{}x",
            "\u{feff}{}",
            "[[[[[[[[[1]]]]]]]]]",
        ] {
            assert_eq!(Json::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Json::parse(b"\"\xff\""), None);
        assert_eq!(Json::parse(b"\"\\ud83d\\ude00\\u00e9\\n\""), Some(Json::Text("😀é\n".into())));
        assert_eq!(Json::parse(b"18446744073709551615"), Some(Json::Number(u64::MAX)));
        assert_eq!(Json::parse(b"18446744073709551616"), Some(Json::OtherNumber));
        assert_eq!(Json::parse(b" -1.5e-9 "), Some(Json::OtherNumber));
    }

    #[test]
    fn a_deep_text_costs_no_stack() {
        assert_eq!(Json::parse("[".repeat(1_000_000).as_bytes()), None);
    }
}
