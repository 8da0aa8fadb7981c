//! The device authorization grant (RFC 8628): the two codes of a request, and the answers to the device's polls.
//!
//! The device code begins with the user code, so one object per user code has all of a request. The code is also a
//! PKCE verifier (RFC 7636 section 4.1): the authorization code that an approval issues is bound to its
//! [challenge](DeviceCode::challenge), so that only the device can redeem it.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use hmac_sha256::Hash;
use serde::{Deserialize, Serialize};

use crate::credential::Code;
use crate::secret::SecretText;
use crate::time::UnixTime;

/// The grant type (RFC 8628 section 3.4). The authorization code of an approval has it in place of a redirect URI:
/// no client can register it, because it is a URN.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How long a request can be approved and redeemed, in seconds.
pub const LIFETIME: u64 = 600;

/// How long a device waits between two polls at first, in seconds.
pub const INTERVAL: u64 = 5;

/// How much longer it waits after `slow_down`, in seconds (RFC 8628 section 3.5).
const SLOWER: u64 = 5;

/// The interval grows no further, in seconds: a device whose clock is wrong still gets its tokens.
const MAX_INTERVAL: u64 = 60;

/// The random characters of a device code: 256 bits in base64url.
const SECRET_LENGTH: usize = 43;

/// The code that the user enters: eight letters, with 34.5 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(Code);

impl UserCode {
    /// Takes 16 random bytes.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(Code::new(random))
    }

    /// Reads a code as a user types it: in letters of either case, with spaces and hyphens. `None` if it can't be a
    /// code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        Code::parse(typed).map(Self)
    }

    /// The eight letters.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The code as the device shows it: `BCDF-GHJK`.
    #[must_use]
    pub fn for_display(&self) -> String {
        self.0.for_display()
    }
}

/// The code with which the device polls: `<user code>.<256 random bits in base64url>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    user_code: UserCode,
    text: SecretText,
}

impl DeviceCode {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn new(user_code: &UserCode, random: [u8; 32]) -> Self {
        let secret = base64url(random);
        let text = SecretText::new([user_code.expose(), ".", &secret].concat());
        Self { user_code: user_code.clone(), text }
    }

    /// Reads the code of a poll, exactly as it was issued. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (user_code, secret) = text.split_once('.')?;
        let is_secret = secret.len() == SECRET_LENGTH
            && secret.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let parsed = UserCode::parse(user_code).filter(|parsed| parsed.expose() == user_code && is_secret)?;
        Some(Self { user_code: parsed, text: SecretText::new(text.to_owned()) })
    }

    /// The user code of the same request.
    #[must_use]
    pub const fn user_code(&self) -> &UserCode {
        &self.user_code
    }

    /// The whole code. Every use is a place to review.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// What is stored of it: its SHA-256 in base64url, which is PKCE's S256 challenge.
    #[must_use]
    pub fn challenge(&self) -> String {
        base64url(Hash::hash(self.expose().as_bytes()))
    }
}

fn base64url(bytes: [u8; 32]) -> String {
    Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap_or_default()
}

/// What the user has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing yet.
    Pending,
    /// The client gets what it requests.
    Approved,
    /// The client gets nothing.
    Denied,
}

/// The polls of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polling {
    /// When the request expires, exclusive.
    pub expires_at: UnixTime,
    /// How long the device has to wait between two polls, in seconds.
    pub interval: u64,
    /// When it last polled.
    pub polled_at: Option<UnixTime>,
}

/// The answer to a poll. All but `Approved` are error codes of RFC 8628 section 3.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PollAnswer {
    /// `authorization_pending`.
    Pending,
    /// `slow_down`: the device has polled too early, and waits longer from now on.
    SlowDown,
    /// `access_denied`.
    Denied,
    /// `expired_token`.
    Expired,
    /// The device gets tokens.
    Approved,
}

impl Polling {
    /// The polls of a request that begins now.
    #[must_use]
    pub const fn begin(now: UnixTime) -> Self {
        Self { expires_at: now.plus(LIFETIME), interval: INTERVAL, polled_at: None }
    }

    /// Whether the user can still decide.
    #[must_use]
    pub fn is_open(&self, decision: Decision, now: UnixTime) -> bool {
        decision == Decision::Pending && now < self.expires_at
    }

    /// The answer to a poll, and what is stored of it. Times are whole seconds, so a poll may seem up to a second
    /// early that is not. A poll that is too early gets `slow_down` whatever the user has decided: two polls at the
    /// same time never both get the tokens.
    #[must_use]
    pub fn poll(self, decision: Decision, now: UnixTime) -> (PollAnswer, Self) {
        let polled = Self { polled_at: Some(now), ..self };
        if now >= self.expires_at {
            return (PollAnswer::Expired, polled);
        }
        if self.polled_at.is_some_and(|last| now.since(last).saturating_add(1) < self.interval) {
            let interval = self.interval.saturating_add(SLOWER).min(MAX_INTERVAL);
            return (PollAnswer::SlowDown, Self { interval, ..polled });
        }
        let answer = match decision {
            Decision::Pending => PollAnswer::Pending,
            Decision::Approved => PollAnswer::Approved,
            Decision::Denied => PollAnswer::Denied,
        };
        (answer, polled)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, DeviceCode, PollAnswer, Polling, UserCode};
    use crate::time::UnixTime;

    fn device_code() -> DeviceCode {
        DeviceCode::new(&UserCode::parse("BCDF-GHJK").unwrap(), [0xff; 32])
    }

    #[test]
    fn a_device_code_names_its_user_code_and_is_a_pkce_verifier() {
        let code = device_code();
        let text = format!("BCDFGHJK.{}8", "_".repeat(42));
        assert_eq!((code.expose(), code.user_code().for_display()), (&*text, "BCDF-GHJK".to_owned()));
        assert_eq!(DeviceCode::parse(&text), Some(code.clone()));
        // RFC 7636 section 4.1: 43 to 128 unreserved characters.
        assert!((43..=128).contains(&text.len()));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
        assert_eq!(code.challenge().len(), 43);
        assert_ne!(
            code.challenge(),
            DeviceCode::new(&UserCode::parse("BCDFGHJL").unwrap(), [0xff; 32]).challenge()
        );
        assert!(!format!("{code:?}").contains("___"), "redacted");
    }

    #[test]
    fn a_malformed_device_code_reaches_no_object() {
        let (secret, short) = ("_".repeat(43), "_".repeat(42));
        for text in [
            String::new(),
            ".".to_owned(),
            format!(".{secret}"),
            "BCDFGHJK".to_owned(),
            "BCDFGHJK.".to_owned(),
            format!("BCDFGHJK.{secret}_"),
            format!("BCDFGHJK.{short}"),
            format!("BCDFGHJK.{short}="),
            format!("BCDFGHJK.{short}."),
            format!("BCDF-GHJK.{secret}"),
            format!("bcdfghjk.{secret}"),
            format!("BCDFGHJA.{secret}"),
            format!("BCDFGHJKL.{secret}"),
            format!(" BCDFGHJK.{secret}"),
            format!("BCDFGHJK.{secret} "),
        ] {
            assert_eq!(DeviceCode::parse(&text), None, "{text:?}");
        }
    }

    #[test]
    fn a_device_polls_until_the_user_has_decided() {
        let polling = Polling::begin(UnixTime(1_000));
        let (answer, polling) = polling.poll(Decision::Pending, UnixTime(1_005));
        assert_eq!(answer, PollAnswer::Pending);
        let (answer, polling) = polling.poll(Decision::Pending, UnixTime(1_010));
        assert_eq!(answer, PollAnswer::Pending);
        assert_eq!(polling.poll(Decision::Approved, UnixTime(1_015)).0, PollAnswer::Approved);
        assert_eq!(polling.poll(Decision::Denied, UnixTime(1_015)).0, PollAnswer::Denied);
    }

    #[test]
    fn a_request_expires_ten_minutes_after_it_began() {
        let polling = Polling::begin(UnixTime(1_000));
        for decision in [Decision::Pending, Decision::Approved, Decision::Denied] {
            assert_ne!(polling.poll(decision, UnixTime(1_599)).0, PollAnswer::Expired);
            assert_eq!(polling.poll(decision, UnixTime(1_600)).0, PollAnswer::Expired);
        }
        assert!(polling.is_open(Decision::Pending, UnixTime(1_599)));
        assert!(!polling.is_open(Decision::Pending, UnixTime(1_600)));
        assert!(!polling.is_open(Decision::Approved, UnixTime(1_001)), "a decision is final");
        assert!(!polling.is_open(Decision::Denied, UnixTime(1_001)));
    }

    #[test]
    fn a_device_that_polls_too_early_waits_longer_each_time() {
        let (_, polling) = Polling::begin(UnixTime(1_000)).poll(Decision::Pending, UnixTime(1_001));
        // 4.0 to 5.9 seconds: the seconds of both polls are rounded down.
        assert_eq!(polling.poll(Decision::Pending, UnixTime(1_005)).0, PollAnswer::Pending);
        let (answer, polling) = polling.poll(Decision::Approved, UnixTime(1_004));
        assert_eq!((answer, polling.interval), (PollAnswer::SlowDown, 10), "also if it is approved");
        let (answer, polling) = polling.poll(Decision::Approved, UnixTime(1_009));
        assert_eq!((answer, polling.interval), (PollAnswer::SlowDown, 15), "counted from the last poll");
        assert_eq!(polling.poll(Decision::Approved, UnixTime(1_024)).0, PollAnswer::Approved);
        let slowest = (0..30).fold(polling, |polling, _| polling.poll(Decision::Pending, UnixTime(1_010)).1);
        assert_eq!(slowest.interval, 60);
    }

    #[test]
    fn of_two_polls_at_the_same_time_one_gets_the_tokens() {
        let (first, polling) = Polling::begin(UnixTime(1_000)).poll(Decision::Approved, UnixTime(1_020));
        let (second, _) = polling.poll(Decision::Approved, UnixTime(1_020));
        assert_eq!((first, second), (PollAnswer::Approved, PollAnswer::SlowDown));
    }
}
