//! Randomness: the platform's, and an error where it has none.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder, Hex};

use crate::objects::Unavailable;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Unavailable> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Unavailable::because("randomness", error))?;
    Ok(bytes)
}

/// 128 random bits, base64url: an id nobody can guess.
pub(crate) fn id() -> Result<String, Unavailable> {
    Base64UrlSafeNoPadding::encode_to_string(bytes::<16>()?)
        .map_err(|error| Unavailable::because("base64url", error))
}

/// 96 random bits in hex, to tell requests apart. Empty rather than an error: an answer without one is still an answer.
pub(crate) fn request_id() -> String {
    bytes::<12>().ok().and_then(|bytes| Hex::encode_to_string(bytes).ok()).unwrap_or_default()
}
