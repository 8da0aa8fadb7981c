//! The platform's randomness; an error if it is not available.

use std::cell::Cell;

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};

use crate::objects::Unavailable;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Unavailable> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Unavailable::because("randomness", error))?;
    Ok(bytes)
}

/// An id of 128 random bits in base64url, which can't be guessed.
pub(crate) fn id() -> Result<String, Unavailable> {
    Base64UrlSafeNoPadding::encode_to_string(bytes::<16>()?)
        .map_err(|error| Unavailable::because("base64url", error))
}

thread_local! {
    /// The random prefix of this instance's request ids, and the number of requests so far.
    static INSTANCE: Cell<Option<u64>> = const { Cell::new(None) };
    static REQUESTS: Cell<u32> = const { Cell::new(0) };
}

/// The random prefix that distinguishes this instance's requests from those of others in the log and in
/// responses. It is not secret, so the randomness is read once per instance and not per request.
pub(crate) fn instance_id() -> String {
    let id = INSTANCE
        .get()
        .unwrap_or_else(|| bytes::<8>().map_or_else(|_| worker::Date::now().as_millis(), u64::from_be_bytes));
    INSTANCE.set(Some(id));
    format!("{id:016x}")
}

/// The number of the next request.
pub(crate) fn request_number() -> u32 {
    let number = REQUESTS.get();
    REQUESTS.set(number.wrapping_add(1));
    number
}

/// The id of the request with this number. `js/plan.ts` builds the same text.
pub(crate) fn request_id(number: u32) -> String {
    format!("{}{number:08x}", instance_id())
}
