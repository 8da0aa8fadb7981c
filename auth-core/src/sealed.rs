//! Texts that a browser or a client brings back to the service, authenticated by a key of the Keyring so that nothing has
//! to be stored. They are not encrypted.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use hmac_sha256::HMAC;

use crate::rotation::{RefreshKey, RefreshKeys};

/// `<key id>.<text>.<MAC>`, the last two in base64url. `context` names the kind of text and `what` its purpose: a
/// seal is valid for no other.
#[must_use]
pub fn seal(context: &str, what: &str, text: &str, key: &RefreshKey) -> String {
    [key.id.as_str(), ".", &encode(text), ".", &encode(mac(context, what, text, key))].concat()
}

/// The text and the key, if one of these keys has sealed it.
#[must_use]
pub fn open<'k>(
    context: &str,
    what: &str,
    sealed: &str,
    keys: &'k RefreshKeys,
) -> Option<(String, &'k RefreshKey)> {
    let mut parts = sealed.split('.');
    let (id, text, seal) = (parts.next()?, parts.next()?, parts.next()?);
    let key = core::iter::once(&keys.active).chain(&keys.older).find(|key| key.id.as_str() == id)?;
    let text = String::from_utf8(decode(text)?).ok()?;
    let genuine = ct_codecs::verify(&decode(seal)?, &mac(context, what, &text, key));
    (genuine && parts.next().is_none()).then_some((text, key))
}

/// A MAC of a text, by a key that has other uses, too.
#[must_use]
pub fn mac(context: &str, what: &str, text: &str, key: &RefreshKey) -> [u8; 32] {
    let mut mac = HMAC::new(key.bytes.expose());
    // Each part is preceded by its length, so that no two inputs share one encoding.
    for part in [context, what, text] {
        mac.update((part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize()
}

/// Encoding into a `String` never fails; an empty text would fit nothing.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap_or_default()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlSafeNoPadding::decode_to_vec(text, None).ok()
}
