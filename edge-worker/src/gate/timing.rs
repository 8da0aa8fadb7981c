//! `Server-Timing`: what the gate had to do for this request.

/// Whether the token was known already, how old the copy of its issuer's keys is, and that of the list of revocations, if it had to
/// be asked. In milliseconds.
pub(super) fn of(hit: bool, keys_age_ms: u64, revocations_age_ms: Option<u64>) -> String {
    let found = if hit { "hit" } else { "miss" };
    let mut text = format!("token;desc={found}, keys;dur={keys_age_ms}");
    if let Some(age_ms) = revocations_age_ms {
        text.push_str(", revocations;dur=");
        text.push_str(&age_ms.to_string());
    }
    text
}
