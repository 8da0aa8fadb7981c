//! The message format (RFC 5322, RFC 2045 to 2047): `multipart/alternative` of plain text and HTML.
//!
//! Headers contain only what this module has encoded, and bodies are base64, so no value can end a line.

use auth_core::time::UnixTime;
use ct_codecs::{Base64, Encoder};

use super::letter::Letter;
use crate::calendar::civil;
use crate::config::Mailbox;

/// The maximum length of a base64 line (RFC 2045 section 6.8).
const LINE: usize = 76;

/// How many bytes of UTF-8 an encoded word contains: with its 12 other characters it has at most 72 (RFC 2047
/// section 2 allows 75).
const WORD: usize = 45;

/// A subject or a name up to this length is written as it is, if it is plain ASCII.
const PLAIN: usize = 60;

/// The names and values of the headers that every mail has, whatever sends it: it is no answer to a mail (RFC
/// 3834), and no program should answer it.
pub(super) const AUTOMATIC: [(&str, &str); 2] =
    [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")];

/// The whole message; `None` if an address can't be written.
pub(super) fn message(letter: &Letter<'_>) -> Option<String> {
    let boundary = ["=_", letter.id].concat();
    let domain = letter.from.address.with_ascii_domain()?;
    let domain = domain.rsplit('@').next()?;
    let mut headers = vec![
        ("From", mailbox(letter.from)?),
        ("To", letter.to.with_ascii_domain()?),
        ("Subject", unstructured(&letter.subject)),
        ("Date", date(letter.at)),
        ("Message-ID", ["<", letter.id, "@", domain, ">"].concat()),
        ("Content-Language", letter.locale.to_owned()),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Type", ["multipart/alternative; boundary=\"", &boundary, "\""].concat()),
    ];
    if let Some(reply_to) = letter.reply_to {
        headers.push(("Reply-To", mailbox(reply_to)?));
    }
    headers.extend(AUTOMATIC.map(|(name, value)| (name, value.to_owned())));
    let mut message: String = headers.iter().flat_map(|(name, value)| [*name, ": ", value, "\r\n"]).collect();
    for (kind, body) in [("plain", &letter.text), ("html", &letter.html)] {
        message += &["\r\n--", &boundary, "\r\nContent-Type: text/", kind, "; charset=utf-8\r\n"].concat();
        message += "Content-Transfer-Encoding: base64\r\n\r\n";
        message += &lines(&body.replace('\n', "\r\n"));
    }
    Some(message + "\r\n--" + &boundary + "--\r\n")
}

/// Base64 in lines.
fn lines(text: &str) -> String {
    let encoded = base64(text.as_bytes());
    let chunks = encoded.as_bytes().chunks(LINE);
    chunks.flat_map(|chunk| [core::str::from_utf8(chunk).unwrap_or_default(), "\r\n"]).collect()
}

/// A text always encodes.
pub(super) fn base64(bytes: &[u8]) -> String {
    Base64::encode_to_string(bytes).unwrap_or_default()
}

/// A name and an address for a provider that takes both in one text: the name in quotes.
pub(super) fn friendly(mailbox: &Mailbox) -> Option<String> {
    let address = mailbox.address.with_ascii_domain()?;
    Some(match &mailbox.name {
        Some(name) => [&quoted(name), " <", &address, ">"].concat(),
        None => address,
    })
}

/// The same for a header, in ASCII except for the local part of the address.
fn mailbox(mailbox: &Mailbox) -> Option<String> {
    match &mailbox.name {
        Some(name) if is_plain(name) => friendly(mailbox),
        Some(name) => Some([&encoded_words(name), " <", &mailbox.address.with_ascii_domain()?, ">"].concat()),
        None => mailbox.address.with_ascii_domain(),
    }
}

/// `quoted-string` (RFC 5322 section 3.2.4).
fn quoted(text: &str) -> String {
    ["\"", &text.replace('\\', "\\\\").replace('"', "\\\""), "\""].concat()
}

/// The value of a header that is a text.
fn unstructured(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { encoded_words(text) }
}

/// Whether a text can be written as it is, and is not read as encoded words.
fn is_plain(text: &str) -> bool {
    text.len() <= PLAIN && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') && !text.contains("=?")
}

/// Encoded words (RFC 2047), each on a line of its own.
fn encoded_words(text: &str) -> String {
    let mut words: Vec<String> = vec![];
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > WORD {
            words.push(core::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let words = words.iter().map(|word| ["=?UTF-8?B?", &base64(word.as_bytes()), "?="].concat());
    words.collect::<Vec<_>>().join("\r\n ")
}

/// `Sun, 29 Nov 2026 18:30:00 +0000` (RFC 5322 section 3.3).
fn date(at: UnixTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = civil(at);
    let named = |names: &[&'static str], at: u64| {
        usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or_default()
    };
    let (weekday, month) = (named(&DAYS, at.0 / 86_400 % 7), named(&MONTHS, month - 1));
    let (hour, minute, second) = (at.0 / 3600 % 24, at.0 / 60 % 60, at.0 % 60);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} +0000")
}

#[cfg(test)]
mod tests {
    use auth_core::time::UnixTime;
    use auth_core::wire::Email;

    use super::{date, encoded_words, friendly, mailbox, unstructured};
    use crate::config::Mailbox;

    fn named(name: &str, address: &str) -> Mailbox {
        Mailbox { name: Some(name.to_owned()), address: Email::parse(address).unwrap() }
    }

    #[test]
    fn dates_are_those_of_the_gregorian_calendar() {
        for (at, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 +0000"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 +0000"),
            (1_795_977_005, "Sun, 29 Nov 2026 18:30:05 +0000"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 +0000"),
        ] {
            assert_eq!(date(UnixTime(at)), expected);
        }
    }

    #[test]
    fn headers_are_ascii_lines_of_limited_length() {
        assert_eq!(unstructured("Your code for Acme"), "Your code for Acme");
        assert_eq!(unstructured("Größe"), "=?UTF-8?B?R3LDtsOfZQ==?=");
        for hostile in
            ["a\r\nBcc: b@c.example", "=?UTF-8?B?Zm9v?=", &"x".repeat(2_000), &"\u{1f511}".repeat(500)]
        {
            let value = unstructured(hostile);
            assert!(value.starts_with("=?UTF-8?B?"), "{value}");
            for line in value.split("\r\n ") {
                assert!(line.len() <= 75 && line.bytes().all(|b| b.is_ascii_graphic()), "{line}");
            }
        }
        assert_eq!(encoded_words(&"é".repeat(23)).split("\r\n ").count(), 2, "no character is divided");
    }

    #[test]
    fn names_are_quoted_or_encoded() {
        for (name, in_header, in_json) in [
            ("Acme", "\"Acme\" <a@b.example>", "\"Acme\" <a@b.example>"),
            (r#"A "B" \ C, D"#, r#""A \"B\" \\ C, D" <a@b.example>"#, r#""A \"B\" \\ C, D" <a@b.example>"#),
            ("Köln", "=?UTF-8?B?S8O2bG4=?= <a@b.example>", "\"Köln\" <a@b.example>"),
        ] {
            let from = named(name, "A@b.example");
            assert_eq!(
                (mailbox(&from).unwrap(), friendly(&from).unwrap()),
                (in_header.into(), in_json.into())
            );
        }
    }
}
