//! A `Cookie` header, which is untrusted input, and the ids and secrets in Latchkey's cookies.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder};

use crate::secret::SecretBytes;

/// Whether the text has the form of an id. Ids are opaque, but must not contain characters with a meaning in
/// a header or a path.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

pub(crate) fn parse_secret(text: &str) -> Option<SecretBytes> {
    let mut bytes = [0; 32];
    let decoded = Base64UrlSafeNoPadding::decode(&mut bytes, text, None).ok()?;
    SecretBytes::from_slice(decoded)
}

/// The cookies of a `Cookie` header (RFC 6265 section 4.2.1), as names and values. Only the spaces after a
/// semicolon and at the end are skipped, so that no similar name is taken for one of Latchkey's.
pub(super) fn pairs(header: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    let pairs = header.unwrap_or_default().split(';');
    pairs
        .filter_map(|pair| pair.trim_start_matches(' ').split_once('='))
        .map(|(name, value)| (name, value.trim_end_matches(' ')))
}

/// The values of the cookies with exactly this name.
pub(super) fn values<'h>(header: Option<&'h str>, name: &str) -> impl Iterator<Item = &'h str> {
    pairs(header).filter(move |(found, _)| *found == name).map(|(_, value)| value)
}
