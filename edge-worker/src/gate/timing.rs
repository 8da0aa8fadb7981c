//! `Server-Timing`: what the gate had to do for this request.

use crate::service::Context;

/// Whether the token was known already, and how old the copy of its issuer's keys is.
pub(super) fn token(context: &Context, hit: bool, keys_age_ms: u64) {
    let found = if hit { "hit" } else { "miss" };
    add(context, &format!("token;desc={found}, keys;dur={keys_age_ms}"));
}

/// How old the copy of the list of revocations is.
pub(super) fn revocations(context: &Context, age_ms: u64) {
    add(context, &format!("revocations;dur={age_ms}"));
}

fn add(context: &Context, metric: &str) {
    let mut headers = context.answer_headers.borrow_mut();
    match headers.iter_mut().find(|(name, _)| *name == "Server-Timing") {
        Some((_, value)) => {
            value.push_str(", ");
            value.push_str(metric);
        }
        None => headers.push(("Server-Timing", metric.to_owned())),
    }
}
