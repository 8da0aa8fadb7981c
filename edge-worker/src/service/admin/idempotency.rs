//! `Idempotency-Key`: the caller can repeat a call that creates an account or a client if its response was lost
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! The object remembers the key's hash for 24 hours. The one-time password, or the client's secret, is derived from
//! the key and a nonce that the object stores. A repetition can therefore return the same one although it is not stored
//! anywhere.

use auth_core::secret::SecretText;
use ct_codecs::{Base64UrlSafeNoPadding, Encoder, Hex};

use crate::audit::Asker;
use crate::http::Refusal;
use crate::objects::Unavailable;
use crate::service::Context;

const HEADER: &str = "idempotency-key";

/// Permitted lengths of a key, in characters. A shorter key could be guessed, and the one-time password with
/// it.
const LENGTH: core::ops::RangeInclusive<usize> = 16..=255;

/// The key of a request.
pub(super) struct IdempotencyKey {
    key: SecretText,
    /// What the account stores: SHA-256 of the credential and the key, in hex. The same key sent by another
    /// administrator counts as a different key.
    pub(super) hash: String,
}

impl IdempotencyKey {
    /// Reads the header; `None` where there is none.
    ///
    /// # Errors
    /// `invalid_request` for a key that is malformed.
    pub(super) fn of(context: &Context, asker: &Asker) -> Result<Option<Self>, Refusal> {
        let Some(header) = context.incoming.header(HEADER) else { return Ok(None) };
        let key = parse(header).ok_or_else(|| {
            Refusal::invalid(
                Some("Idempotency-Key"),
                "The Idempotency-Key must have 16 to 255 letters, digits, `-`, `_`, `.`, `:`, `+`, `/` or `=`.",
            )
        })?;
        let credential = asker.credential.as_deref().unwrap_or_default();
        let hash = hex(&[credential, " ", key].concat())?;
        Ok(Some(Self { key: SecretText::new(key.to_owned()), hash }))
    }

    /// The one-time password that belongs to the key and a nonce: 128 bits, base64url.
    pub(super) fn password(&self, nonce: &str) -> Result<SecretText, Unavailable> {
        self.derive("one-time password ", nonce, 16)
    }

    /// The secret of an OAuth client that belongs to the key and a nonce: 256 bits, base64url.
    pub(super) fn client_secret(&self, nonce: &str) -> Result<SecretText, Unavailable> {
        self.derive("client secret ", nonce, 32)
    }

    fn derive(&self, what: &str, nonce: &str, bytes: usize) -> Result<SecretText, Unavailable> {
        let message = [what, nonce].concat();
        let mac = hmac_sha256::HMAC::mac(message.as_bytes(), self.key.expose().as_bytes());
        let part = mac.get(..bytes).unwrap_or_default();
        let text = Base64UrlSafeNoPadding::encode_to_string(part);
        text.map(SecretText::new).map_err(|error| Unavailable::because("base64url", error))
    }
}

/// SHA-256 of the request's content, in hex. The same key with different content is a mistake of the caller.
pub(super) fn fingerprint(
    email: &str,
    roles: &[String],
    password_hash: Option<&str>,
) -> Result<String, Refusal> {
    let text = serde_json::to_string(&(email, roles, password_hash)).map_err(|_| Refusal::unavailable())?;
    hex(&text)
}

fn hex(text: &str) -> Result<String, Refusal> {
    Hex::encode_to_string(hmac_sha256::Hash::hash(text.as_bytes())).map_err(|_| Refusal::unavailable())
}

/// The key, with or without the quotation marks of a structured field's string (RFC 8941 section 3.3.3).
fn parse(header: &str) -> Option<&str> {
    let key = match header.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => header,
    };
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.:+/=".contains(&b);
    (LENGTH.contains(&key.len()) && key.bytes().all(fits)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::{IdempotencyKey, fingerprint, parse};
    use auth_core::secret::SecretText;

    #[test]
    fn a_key_is_one_word_long_enough_not_to_be_guessed() {
        let uuid = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        assert_eq!(parse(uuid), Some(uuid));
        assert_eq!(parse(&format!("\"{uuid}\"")), Some(uuid));
        assert_eq!(parse(&"k".repeat(255)).map(str::len), Some(255));
        for bad in [
            "",
            "short",
            "fifteen-letters",
            &"k".repeat(256),
            &format!("\"{uuid}"),
            &format!("{uuid}\""),
            &format!("{uuid}, {uuid}"),
            &format!("{uuid} "),
            "sixteen-letters\u{e4}",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_password_belongs_to_one_key_and_one_nonce() {
        let password = |key: &str, nonce: &str| {
            let key = IdempotencyKey { key: SecretText::new(key.into()), hash: String::new() };
            key.password(nonce).unwrap().expose().to_owned()
        };
        let one = password("key-of-one-request", "nonce");
        assert_eq!(one, password("key-of-one-request", "nonce"));
        assert_eq!(one.len(), 22);
        assert_ne!(one, password("key-of-one-request", "nonce2"));
        assert_ne!(one, password("key-of-two-request", "nonce"));
        let key = IdempotencyKey { key: SecretText::new("key-of-one-request".into()), hash: String::new() };
        let secret = key.client_secret("nonce").unwrap();
        assert_eq!(secret.expose().len(), 43);
        assert!(!secret.expose().starts_with(&one));
    }

    #[test]
    fn the_fingerprint_of_a_request_covers_all_its_members() {
        let roles = |text: &str| text.split(' ').map(ToOwned::to_owned).collect::<Vec<_>>();
        let all = [
            fingerprint("a@b.example", &roles("r"), None),
            fingerprint("a@b.example", &roles("r s"), None),
            fingerprint("a@b.example", &roles("r,s"), None),
            fingerprint("a@b.example", &roles("r"), Some("")),
            fingerprint("c@b.example", &roles("r"), None),
        ];
        let different: std::collections::BTreeSet<String> = all.into_iter().map(Result::unwrap).collect();
        assert_eq!(different.len(), 5);
    }
}
