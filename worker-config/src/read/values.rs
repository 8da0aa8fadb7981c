//! Values that several parts of the configuration have.

use auth_core::wire::Origin;
use serde_json::Value;

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

/// The path of a URL at a known origin, with a query if needed.
pub(super) fn path(value: &Value) -> Option<String> {
    let path = value.as_str()?;
    let fits = path.starts_with('/') && !path.starts_with("//") && !path.contains(['#', '\\']);
    (fits && path.bytes().all(|b| b.is_ascii_graphic())).then(|| path.to_owned())
}

/// A scope or role: visible ASCII without quotes and backslashes (RFC 6749 section 3.3).
pub(super) fn word(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    fits.then(|| text.to_owned())
}

pub(super) fn origin(value: &Value) -> Option<Origin> {
    Origin::parse(value.as_str()?).ok().filter(Origin::is_secure)
}

pub(super) fn sha256_hex(text: &str) -> Option<String> {
    let fits = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    fits.then(|| text.to_owned())
}

pub(super) fn header_name(text: &str) -> Option<String> {
    let fits =
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    fits.then(|| text.to_owned())
}
