//! The cookie of sign-ins at other providers that have begun in this browser.
//!
//! It is `Lax`, because browsers send a `Strict` cookie with no navigation that another site's page begins.
//! It contains a few flows (`crate::provider::Flow`), each sealed by itself, so that several tabs can sign
//! in at the same time.

use super::cookie_header::values;

/// The prefix has the same meaning as that of [`COOKIE_NAME`](super::COOKIE_NAME).
pub const PROVIDER_COOKIE_NAME: &str = "__Host-Http-latchkey-provider";

/// How many flows the cookie keeps. One more replaces the oldest.
const MAX_FLOWS: usize = 4;

/// The maximum length of the value: browsers store no longer cookie (RFC 6265bis section 5.5).
const MAX_BYTES: usize = 3_800;

/// Separates the flows. No sealed flow contains it.
const SEPARATOR: char = '~';

/// The sealed flows of a `Cookie` header, the newest first. Several cookies of this name count as none.
#[must_use]
pub fn find_provider_cookie(header: Option<&str>) -> Vec<String> {
    let mut values = values(header, PROVIDER_COOKIE_NAME);
    match (values.next(), values.next()) {
        (Some(value), None) => value.split(SEPARATOR).take(MAX_FLOWS).map(ToOwned::to_owned).collect(),
        (None, _) | (Some(_), Some(_)) => vec![],
    }
}

/// The `Set-Cookie` value that stores these flows, the newest first, for `max_age` seconds. It removes the
/// cookie if there is none.
#[must_use]
pub fn set_provider_cookie(flows: &[String], max_age: u64) -> String {
    let mut value = String::new();
    for flow in flows.iter().take(MAX_FLOWS) {
        if value.len() + flow.len() >= MAX_BYTES {
            break;
        }
        if !value.is_empty() {
            value.push(SEPARATOR);
        }
        value.push_str(flow);
    }
    let max_age = if value.is_empty() { 0 } else { max_age };
    format!("{PROVIDER_COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={max_age}")
}

#[cfg(test)]
mod tests {
    use super::{PROVIDER_COOKIE_NAME, find_provider_cookie, set_provider_cookie};

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn check_32_the_cookie_of_providers_is_lax_and_has_the_other_attributes_of_the_contract() {
        let name = "__Host-Http-latchkey-provider";
        let attributes = "Path=/; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(
            set_provider_cookie(&texts(&["b.c"]), 600),
            format!("{name}=b.c; {attributes}; Max-Age=600")
        );
        assert_eq!(set_provider_cookie(&[], 600), format!("{name}=; {attributes}; Max-Age=0"));
    }

    #[test]
    fn the_newest_flows_are_kept() {
        let set = set_provider_cookie(&texts(&["e", "d", "c", "b", "a"]), 600);
        let (pair, _) = set.split_once(';').unwrap();
        assert_eq!(find_provider_cookie(Some(pair)), ["e", "d", "c", "b"]);
        let long = "x".repeat(1_500);
        let set = set_provider_cookie(&texts(&[&long, &long, &long]), 600);
        let (pair, _) = set.split_once(';').unwrap();
        assert_eq!(find_provider_cookie(Some(pair)), [long.as_str(), &long]);
        assert_eq!(find_provider_cookie(Some(&format!("{pair}; {PROVIDER_COOKIE_NAME}=a"))), [""; 0]);
        assert_eq!(find_provider_cookie(None), [""; 0]);
    }
}
