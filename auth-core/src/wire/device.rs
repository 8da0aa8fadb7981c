//! The device cookie, by which the limiter recognises a browser in which a user has signed in before.
//!
//! It is not a credential. It only exempts sign-ins to one account from limits that failures of other clients
//! can exhaust; they count towards a separate limit of the browser instead. Each successful sign-in sets a
//! new value.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder, Hex};

use super::cookie_header::{parse_secret, values};
use crate::secret::SecretBytes;

/// The prefix has the same meaning as that of [`COOKIE_NAME`](super::COOKIE_NAME).
pub const DEVICE_COOKIE_NAME: &str = "__Host-Http-latchkey-device";

/// How long the cookie lives and a browser stays known after a sign-in, in seconds: 400 days, the maximum in
/// browsers (RFC 6265bis section 5.5).
pub const DEVICE_COOKIE_SECONDS: u64 = 400 * 86_400;

/// The cookie's value: 32 random bytes.
#[derive(Clone, Debug)]
pub struct DeviceCookie(SecretBytes);

impl DeviceCookie {
    /// Takes 32 random bytes.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(SecretBytes::new(random))
    }

    /// SHA-256 of the bytes, in hex: what the limiter stores.
    #[must_use]
    pub fn hash(&self) -> String {
        // 32 bytes always encode.
        Hex::encode_to_string(hmac_sha256::Hash::hash(self.0.expose())).unwrap_or_default()
    }

    /// The `Set-Cookie` value.
    #[must_use]
    pub fn set(&self) -> String {
        // 32 bytes always encode; an empty value would not be recognised.
        let value = Base64UrlSafeNoPadding::encode_to_string(self.0.expose()).unwrap_or_default();
        format!(
            "{DEVICE_COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={DEVICE_COOKIE_SECONDS}"
        )
    }
}

/// Finds the device cookie in a `Cookie` header. A malformed cookie, or more than one, is treated like a
/// missing one, because the cookie only ever grants something.
#[must_use]
pub fn find_device_cookie(header: Option<&str>) -> Option<DeviceCookie> {
    let mut values = values(header, DEVICE_COOKIE_NAME);
    match (values.next(), values.next()) {
        (Some(value), None) => parse_secret(value).map(DeviceCookie),
        (None, _) | (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{DEVICE_COOKIE_NAME, DeviceCookie, find_device_cookie};

    #[test]
    fn check_32_the_device_cookie_has_the_attributes_of_the_session_cookie_and_lives_400_days() {
        let value = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
        let attributes = "Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=34560000";
        assert_eq!(
            DeviceCookie::new([1; 32]).set(),
            format!("__Host-Http-latchkey-device={value}; {attributes}")
        );
    }

    #[test]
    fn check_40_recognises_a_single_device_cookie_in_its_exact_spelling() {
        let cookie = DeviceCookie::new([0xfb; 32]);
        let set = cookie.set();
        let (pair, _) = set.split_once(';').unwrap();
        let found = |header: &str| find_device_cookie(Some(header)).map(|cookie| cookie.hash());
        assert_eq!(found(pair), Some(cookie.hash()));
        assert_eq!(found(&format!("a=b; {pair}; __Host-Http-latchkey=x")), Some(cookie.hash()));
        assert!(find_device_cookie(None).is_none());
        for header in [
            String::new(),
            format!("{pair}; {pair}"),
            format!("{DEVICE_COOKIE_NAME}="),
            format!("{pair}="),
            format!("{pair}A"),
            pair.replace('-', "_"),
            format!("x{pair}"),
            pair.to_lowercase(),
        ] {
            assert_eq!(found(&header), None, "{header}");
        }
    }

    #[test]
    fn the_hash_is_sha_256_of_the_bytes() {
        // Computed by `head -c 32 /dev/zero | sha256sum`.
        assert_eq!(
            DeviceCookie::new([0; 32]).hash(),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }
}
