//! Challenges of passkeys. Nothing is stored before a ceremony succeeds, because anyone may begin any number of them:
//! the challenge contains what it is for, and a MAC under a refresh key of the service. The MAC also covers the
//! browser's challenge cookie, so a response counts only in the browser that began the ceremony. The account stores the
//! challenge's [`Once`] when the response takes effect, so that it counts once.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder as _, Encoder as _, Hex};
use hmac_sha256::HMAC;

use crate::credential::{ChallengeRejection, Once};
use crate::id::AccountId;
use crate::rotation::{RefreshKey, RefreshKeys};
use crate::time::UnixTime;
use crate::wire::{CHALLENGE_LIFETIME, ChallengeCookie};

/// Separates these MACs from any other use of the key.
const CONTEXT: &[u8] = b"latchkey passkey challenge v1";

/// Stands for an account or an address that there is none of.
const NONE: &str = "-";

/// What a correct response permits. A response never counts for another purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyPurpose {
    /// To open a session, or to prove the second factor. The response says whose account it is.
    SignIn,
    /// To create the account that the challenge names, and to open a session.
    SignUp,
    /// To add a passkey to an account.
    Add,
    /// To prove a credential again in a session.
    Reauthentication,
}

impl PasskeyPurpose {
    const ALL: [Self; 4] = [Self::SignIn, Self::SignUp, Self::Add, Self::Reauthentication];

    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignUp => "sign_up",
            Self::Add => "add",
            Self::Reauthentication => "reauthentication",
        }
    }
}

/// A challenge of a ceremony, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyChallenge {
    /// What a correct response permits.
    pub purpose: PasskeyPurpose,
    /// The account; `None` if the response says which one it is.
    pub account: Option<AccountId>,
    /// Of a sign-up: the address of the new account, normalised, if it has one.
    pub email: Option<String>,
    /// It expires at this second.
    expires_at: UnixTime,
    /// 16 random bytes, base64url.
    nonce: String,
}

impl PasskeyChallenge {
    /// A new challenge. `random` are 16 random bytes.
    #[must_use]
    pub fn issue(
        purpose: PasskeyPurpose,
        account: Option<AccountId>,
        email: Option<String>,
        random: [u8; 16],
        now: UnixTime,
    ) -> Self {
        // 16 bytes always encode.
        let nonce = Base64UrlSafeNoPadding::encode_to_string(random).unwrap_or_default();
        Self { purpose, account, email, expires_at: now.plus(CHALLENGE_LIFETIME), nonce }
    }

    /// The challenge as the browser gets it, base64url.
    #[must_use]
    pub fn encode(&self, keys: &RefreshKeys, cookie: &ChallengeCookie) -> String {
        let account = self.account.as_ref().map_or(NONE, AccountId::as_str);
        let email = self.email.as_deref().unwrap_or(NONE);
        let content =
            format!("{} {} {} {account} {email}", self.purpose.as_str(), self.expires_at.0, self.nonce);
        let mac = mac(&keys.active, cookie, content.as_bytes()).finalize();
        Base64UrlSafeNoPadding::encode_to_string([&mac[..], content.as_bytes()].concat()).unwrap_or_default()
    }

    /// Reads the challenge of a response. `cookie` is the one that the browser sends with the response.
    ///
    /// # Errors
    /// [`ChallengeRejection::OtherBrowser`] also for a challenge that was never issued.
    pub fn open(
        bytes: &[u8],
        keys: &RefreshKeys,
        cookie: &ChallengeCookie,
        now: UnixTime,
    ) -> Result<Self, ChallengeRejection> {
        let foreign = ChallengeRejection::OtherBrowser;
        let (tag, content) = bytes.split_first_chunk::<32>().ok_or(foreign)?;
        let mut keys = core::iter::once(&keys.active).chain(&keys.older);
        if !keys.any(|key| mac(key, cookie, content).finalize_verify(tag)) {
            return Err(foreign);
        }
        let challenge = Self::parse(content).ok_or(foreign)?;
        if now < challenge.expires_at { Ok(challenge) } else { Err(ChallengeRejection::Expired) }
    }

    fn parse(content: &[u8]) -> Option<Self> {
        // An address may contain a space, so it is the last part.
        let mut parts = core::str::from_utf8(content).ok()?.splitn(5, ' ');
        let purpose = parts.next()?;
        let purpose = PasskeyPurpose::ALL.into_iter().find(|known| known.as_str() == purpose)?;
        let expires_at = UnixTime(parts.next()?.parse().ok()?);
        let nonce = parts.next()?.to_owned();
        let mut optional = || parts.next().map(|text| (text != NONE).then_some(text));
        let account = optional()?.map(AccountId::from);
        let email = optional()?.map(ToOwned::to_owned);
        Some(Self { purpose, account, email, expires_at, nonce })
    }

    /// What makes the response count once.
    #[must_use]
    pub fn once(&self) -> Once {
        Once { id: ["passkey ", &self.nonce].concat(), until: self.expires_at }
    }
}

fn mac(key: &RefreshKey, cookie: &ChallengeCookie, content: &[u8]) -> HMAC {
    let mut mac = HMAC::new(key.bytes.expose());
    // The first two parts have a fixed length.
    for part in [CONTEXT, cookie.browser().as_bytes(), content] {
        mac.update(part);
    }
    mac
}

/// The user handle of an account: its id, which is 32 bytes in hex; `None` for a text that is no such id. It
/// contains nothing about the user (WebAuthn section 14.6.1).
#[must_use]
pub fn user_handle(account: &AccountId) -> Option<Vec<u8>> {
    Hex::decode_to_vec(account.as_str(), None).ok().filter(|handle| handle.len() == 32)
}

/// The account of a user handle; `None` for one that this service did not issue.
#[must_use]
pub fn account_of(user_handle: &[u8]) -> Option<AccountId> {
    let handle = <&[u8; 32]>::try_from(user_handle).ok()?;
    Hex::encode_to_string(handle).ok().map(AccountId::from)
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64UrlSafeNoPadding, Decoder as _};

    use super::{PasskeyChallenge, PasskeyPurpose, account_of, user_handle};
    use crate::credential::ChallengeRejection;
    use crate::id::AccountId;
    use crate::rotation::{RefreshKey, RefreshKeys};
    use crate::secret::SecretBytes;
    use crate::time::UnixTime;
    use crate::wire::ChallengeCookie;

    fn key(byte: u8) -> RefreshKey {
        RefreshKey {
            id: [byte].iter().map(|b| b.to_string()).collect::<String>().into(),
            bytes: SecretBytes::new([byte; 32]),
        }
    }

    fn keys(active: u8, older: &[u8]) -> RefreshKeys {
        RefreshKeys { active: key(active), older: older.iter().map(|byte| key(*byte)).collect() }
    }

    fn cookie(byte: u8) -> ChallengeCookie {
        ChallengeCookie::new(None, [byte; 32])
    }

    fn issued(purpose: PasskeyPurpose, account: Option<&str>, email: Option<&str>) -> PasskeyChallenge {
        let (account, email) = (account.map(AccountId::from), email.map(ToOwned::to_owned));
        PasskeyChallenge::issue(purpose, account, email, [7; 16], UnixTime(1_000))
    }

    fn bytes(challenge: &PasskeyChallenge) -> Vec<u8> {
        Base64UrlSafeNoPadding::decode_to_vec(challenge.encode(&keys(1, &[]), &cookie(1)), None).unwrap()
    }

    #[test]
    fn a_challenge_states_what_it_is_for() {
        for challenge in [
            issued(PasskeyPurpose::SignIn, None, None),
            issued(PasskeyPurpose::SignUp, Some("acc1"), Some("ada@example.com")),
            issued(PasskeyPurpose::SignUp, Some("acc1"), Some("\"a b\"@example.com")),
            issued(PasskeyPurpose::SignUp, Some("acc1"), None),
            issued(PasskeyPurpose::Add, Some("acc1"), None),
            issued(PasskeyPurpose::Reauthentication, Some("acc1"), None),
        ] {
            let opened =
                PasskeyChallenge::open(&bytes(&challenge), &keys(1, &[]), &cookie(1), UnixTime(1_599));
            assert_eq!(opened, Ok(challenge.clone()));
            assert_eq!(challenge.once().until, UnixTime(1_600));
        }
    }

    #[test]
    fn it_counts_only_in_its_browser_and_for_ten_minutes() {
        let challenge = bytes(&issued(PasskeyPurpose::SignIn, None, None));
        let open = |keys: &RefreshKeys, browser, now| {
            PasskeyChallenge::open(&challenge, keys, &cookie(browser), UnixTime(now)).map(|_| ())
        };
        assert_eq!(open(&keys(1, &[]), 1, 1_000), Ok(()));
        assert_eq!(open(&keys(1, &[]), 1, 1_600), Err(ChallengeRejection::Expired));
        assert_eq!(open(&keys(1, &[]), 2, 1_000), Err(ChallengeRejection::OtherBrowser));
        assert_eq!(open(&keys(2, &[]), 1, 1_000), Err(ChallengeRejection::OtherBrowser), "another key");
        assert_eq!(open(&keys(2, &[3, 1]), 1, 1_000), Ok(()), "the key was replaced in the meantime");
    }

    #[test]
    fn no_changed_bit_is_accepted() {
        let challenge = bytes(&issued(PasskeyPurpose::SignUp, Some("acc1"), Some("ada@example.com")));
        for bit in 0..challenge.len() * 8 {
            let mut changed = challenge.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let opened = PasskeyChallenge::open(&changed, &keys(1, &[]), &cookie(1), UnixTime(1_000));
            assert_eq!(opened, Err(ChallengeRejection::OtherBrowser), "bit {bit}");
        }
        for length in 0..challenge.len() {
            let opened =
                PasskeyChallenge::open(&challenge[..length], &keys(1, &[]), &cookie(1), UnixTime(1_000));
            assert_eq!(opened, Err(ChallengeRejection::OtherBrowser), "{length} bytes");
        }
    }

    #[test]
    fn a_user_handle_is_the_accounts_id() {
        let account = AccountId::from("0f".repeat(32));
        let handle = user_handle(&account).unwrap();
        assert_eq!(handle, [0x0f; 32]);
        assert_eq!(account_of(&handle), Some(account));
        assert_eq!(user_handle(&"acc1".into()), None);
        assert_eq!(user_handle(&"0f".repeat(31).into()), None);
        assert_eq!((account_of(&[]), account_of(&[1; 31]), account_of(&[1; 33])), (None, None, None));
    }
}
