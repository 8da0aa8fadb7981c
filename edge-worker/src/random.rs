//! Randomness: the platform's, and an error where it has none.

use std::cell::Cell;

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};

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

thread_local! {
    /// Where this isolate's request ids began, at random, and how many there were.
    static REQUESTS: Cell<Option<(u64, u32)>> = const { Cell::new(None) };
}

/// Tells requests apart in the log: the isolate, the time, a count. It needn't be secret, so that an isolate asks for randomness
/// once and not with every request.
pub(crate) fn request_id(now_ms: u64) -> String {
    let (isolate, count) =
        REQUESTS.get().unwrap_or_else(|| (bytes::<8>().map_or(now_ms, u64::from_be_bytes), 0));
    REQUESTS.set(Some((isolate, count.wrapping_add(1))));
    format!("{isolate:016x}{count:08x}")
}
