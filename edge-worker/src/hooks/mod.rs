//! The deployer's hook: a system that is asked before a user signs up, and told after a user has signed up, has
//! signed in, or was deleted. docs/hooks.md specifies its contract.
//!
//! Each message is signed as Standard Webhooks (<https://www.standardwebhooks.com>) define it: HMAC-SHA-256 of the
//! message's id, the time and the body, under a Worker secret.
//!
//! - [`before_sign_up`]: the question, and the hook's verdict.
//! - [`event`]: the messages afterwards. Their accounts deliver them (`objects/account/deliveries.rs`).

pub mod before_sign_up;
pub mod event;

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use ct_codecs::{Base64, Encoder};
use worker::Env;

use crate::config::Hooks;
use crate::http::{Outbound, Peer, Reply};
use crate::platform::Unavailable;

const PART: &str = "hook";

/// The maximum size of a response, in bytes.
const MAX_BYTES: u32 = 16 * 1024;

/// A message.
pub struct Message<'a> {
    /// Its id, which is the same in each attempt.
    pub id: &'a str,
    /// Its body, JSON.
    pub body: &'a str,
}

/// Sends a message and returns the response, whatever its status is.
///
/// # Errors
/// [`Unavailable`]: there is no complete response.
pub async fn send(
    env: &Env,
    hooks: &Hooks,
    Message { id, body }: Message<'_>,
    now: UnixTime,
) -> Result<Reply, Unavailable> {
    let peer = Peer::of(env, &hooks.target, PART, "hooks.service")?;
    let secret = env.secret(&hooks.secret_binding).map_err(|error| Unavailable::because(PART, error))?;
    let signature = sign(&SecretText::new(secret.to_string()), id, now, body)?;
    let time = now.0.to_string();
    let headers = [
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
        ("Webhook-Id", id),
        ("Webhook-Timestamp", &time),
        ("Webhook-Signature", &signature),
    ];
    let request = Outbound {
        method: "POST",
        path: &hooks.path,
        headers: &headers,
        body: Some(body),
        timeout_ms: hooks.timeout_ms,
        max_bytes: MAX_BYTES,
    };
    peer.exchange(request).await.map_err(|cause| Unavailable::because(PART, cause))
}

/// The value of `Webhook-Signature`. The key is the secret's bytes.
fn sign(secret: &SecretText, id: &str, now: UnixTime, body: &str) -> Result<String, Unavailable> {
    let signed = [id, ".", &now.0.to_string(), ".", body].concat();
    let mac = hmac_sha256::HMAC::mac(signed.as_bytes(), secret.expose().as_bytes());
    let mac = Base64::encode_to_string(mac).map_err(|error| Unavailable::because(PART, error))?;
    Ok(["v1,", &mac].concat())
}

#[cfg(test)]
mod tests {
    use auth_core::secret::SecretText;
    use auth_core::time::UnixTime;

    use super::sign;

    /// Computed by `printf '%s' "$id.$time.$body" | openssl dgst -sha256 -hmac "$secret" -binary | base64`.
    #[test]
    fn a_signature_covers_the_id_the_time_and_the_body() {
        let signed = |secret: &str, id: &str, time, body: &str| {
            sign(&SecretText::new(secret.into()), id, UnixTime(time), body).unwrap()
        };
        let secret = "a secret of at least thirty-two bytes";
        let of = signed(secret, "msg_1", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(of, "v1,E0bO4UIRcsXgaIIVXJauxTYEQB7D0zkvFm2UwIxQ0LQ=");
        for other in [
            signed("another secret of thirty-two bytes!", "msg_1", 1_614_265_330, r#"{"test": 2432232314}"#),
            signed(secret, "msg_2", 1_614_265_330, r#"{"test": 2432232314}"#),
            signed(secret, "msg_1", 1_614_265_331, r#"{"test": 2432232314}"#),
            signed(secret, "msg_1", 1_614_265_330, r#"{"test": 2432232315}"#),
        ] {
            assert_ne!(other, of);
        }
    }
}
