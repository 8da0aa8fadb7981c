//! The challenge cookie: it binds a ceremony of two requests to the browser that began it.
//!
//! The cookie names the account object that stores the challenge, so that no table of challenges is needed, and
//! contains a secret, which is also the key of the code's MAC: who reads the storage can't try codes offline.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder, Hex};

use super::cookie_header::{is_id, parse_secret, values};
use crate::id::AccountId;
use crate::secret::SecretBytes;

/// The prefix has the same meaning as that of [`COOKIE_NAME`](super::COOKIE_NAME).
pub const CHALLENGE_COOKIE_NAME: &str = "__Host-Http-latchkey-challenge";

/// How long a challenge can be answered, and its cookie lives, in seconds.
pub const CHALLENGE_LIFETIME: u64 = 600;

/// The format's version, the first part of the value.
const VERSION: &str = "1";

/// Stands for the account if no object stores the challenge.
const NO_ACCOUNT: &str = "-";

/// The content of the cookie.
#[derive(Clone, Debug)]
pub struct ChallengeCookie {
    /// The account object that stores the challenge; `None` for a ceremony that stores nothing before it
    /// succeeds.
    pub account: Option<AccountId>,
    secret: SecretBytes,
}

impl ChallengeCookie {
    /// Takes 32 random bytes.
    #[must_use]
    pub const fn new(account: Option<AccountId>, random: [u8; 32]) -> Self {
        Self { account, secret: SecretBytes::new(random) }
    }

    /// SHA-256 of the secret, in hex: how the browser is named in storage.
    #[must_use]
    pub fn browser(&self) -> String {
        hex(hmac_sha256::Hash::hash(self.secret.expose()))
    }

    /// HMAC-SHA-256 of a text under the cookie's secret, in hex. `purpose` separates the uses of the secret.
    #[must_use]
    pub fn mac(&self, purpose: &str, text: &str) -> String {
        let mut mac = hmac_sha256::HMAC::new(self.secret.expose());
        // No purpose contains a null character.
        for part in [purpose, "\0", text] {
            mac.update(part);
        }
        hex(mac.finalize())
    }

    /// The `Set-Cookie` value.
    #[must_use]
    pub fn set(&self) -> String {
        let account = self.account.as_ref().map_or(NO_ACCOUNT, AccountId::as_str);
        // 32 bytes always encode; an empty value would not be recognised.
        let secret = Base64UrlSafeNoPadding::encode_to_string(self.secret.expose()).unwrap_or_default();
        format!(
            "{CHALLENGE_COOKIE_NAME}={VERSION}.{account}.{secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={CHALLENGE_LIFETIME}"
        )
    }

    fn parse(value: &str) -> Option<Self> {
        let (account, secret) = value.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        let account = if account == NO_ACCOUNT {
            None
        } else {
            is_id(account).then(|| AccountId::from(account)).map(Some)?
        };
        Some(Self { account, secret: parse_secret(secret)? })
    }
}

/// The `Set-Cookie` value that removes the cookie after a correct answer.
#[must_use]
pub fn clear_challenge_cookie() -> String {
    format!("{CHALLENGE_COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

/// Finds the challenge cookie in a `Cookie` header. A malformed cookie, or more than one, is treated like a
/// missing one: there is no challenge for such a browser.
#[must_use]
pub fn find_challenge_cookie(header: Option<&str>) -> Option<ChallengeCookie> {
    let mut values = values(header, CHALLENGE_COOKIE_NAME);
    match (values.next(), values.next()) {
        (Some(value), None) => ChallengeCookie::parse(value),
        (None, _) | (Some(_), Some(_)) => None,
    }
}

/// 32 bytes always encode.
fn hex(bytes: [u8; 32]) -> String {
    Hex::encode_to_string(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{CHALLENGE_COOKIE_NAME, ChallengeCookie, clear_challenge_cookie, find_challenge_cookie};

    const SECRET: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

    fn cookie(account: Option<&str>) -> ChallengeCookie {
        ChallengeCookie::new(account.map(Into::into), [1; 32])
    }

    #[test]
    fn check_32_the_challenge_cookie_has_the_attributes_of_the_session_cookie_and_lives_ten_minutes() {
        let name = "__Host-Http-latchkey-challenge";
        assert_eq!(cookie(Some("acc1")).set(), format!("{name}=1.acc1.{SECRET}; {ATTRIBUTES}; Max-Age=600"));
        assert_eq!(cookie(None).set(), format!("{name}=1.-.{SECRET}; {ATTRIBUTES}; Max-Age=600"));
        assert_eq!(clear_challenge_cookie(), format!("{name}=; {ATTRIBUTES}; Max-Age=0"));
    }

    #[test]
    fn the_cookie_that_was_set_is_found() {
        for account in [Some("acc1"), None] {
            let set = cookie(account).set();
            let (pair, _) = set.split_once(';').unwrap();
            let found = find_challenge_cookie(Some(&format!("a=b; {pair}; __Host-Http-latchkey=x"))).unwrap();
            assert_eq!(found.account.as_ref().map(crate::id::AccountId::as_str), account);
            assert_eq!(found.browser(), cookie(account).browser());
            assert!(find_challenge_cookie(Some(&format!("{pair}; {pair}"))).is_none());
        }
    }

    #[test]
    fn a_value_that_was_never_set_is_no_cookie() {
        assert!(find_challenge_cookie(None).is_none());
        for value in [
            "",
            "1",
            "1..",
            &format!("2.acc1.{SECRET}"),
            &format!("1.acc1.{SECRET}A"),
            &format!("1.acc1.{SECRET}="),
            &format!("1..{SECRET}"),
            &format!("1.a/b.{SECRET}"),
            &format!("1.a%62.{SECRET}"),
            &format!("1.--{}.{SECRET}", "a".repeat(127)),
            &format!("1.acc1.x.{SECRET}"),
            &format!("1.acc1.{}", SECRET.to_lowercase()),
        ] {
            let header = format!("{CHALLENGE_COOKIE_NAME}={value}");
            assert!(find_challenge_cookie(Some(&header)).is_none(), "{value}");
        }
    }

    #[test]
    fn a_mac_depends_on_the_secret_the_purpose_and_the_text() {
        let other = ChallengeCookie::new(None, [2; 32]);
        let mac = cookie(None).mac("code", "BCDFGHJK");
        assert_eq!((mac.len(), &mac), (64, &cookie(Some("acc1")).mac("code", "BCDFGHJK")));
        for another in [
            other.mac("code", "BCDFGHJK"),
            cookie(None).mac("code", "BCDFGHJL"),
            cookie(None).mac("cod", "eBCDFGHJK"),
        ] {
            assert_ne!(mac, another);
        }
        assert!(!format!("{:?}", cookie(None)).contains("1, 1"));
    }
}
