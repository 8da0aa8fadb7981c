//! Passkeys as credentials: what an account stores of them. [`crate::webauthn`] verifies their ceremonies.

use serde::{Deserialize, Serialize};

use super::AuthenticationMethod;
use crate::time::UnixTime;

/// The most passkeys of one account.
pub const MAX_PASSKEYS: usize = 20;

/// The most characters of a passkey's name.
const MAX_NAME: usize = 64;

/// The name that a user gives a passkey: 1 to 64 characters without control characters, trimmed; `None` if the text
/// is not one.
#[must_use]
pub fn passkey_name(text: &str) -> Option<String> {
    let name = text.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
    fits.then(|| name.to_owned())
}

/// A passkey of an account: the credential record of WebAuthn section 4, and what its user sees of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passkey {
    /// The credential id, base64url.
    pub id: String,
    /// The public key: a COSE key, base64url. It names its algorithm.
    pub public_key: String,
    /// The signature counter at the last use; 0 for ever if the authenticator does not count.
    pub counter: u32,
    /// Whether it can be backed up and used on several devices. Never changes.
    pub backup_eligible: bool,
    /// Whether it was backed up at the last use.
    pub backed_up: bool,
    /// How browsers reach its authenticator (section 5.8.4), for later ceremonies that name it.
    pub transports: Vec<String>,
    /// The name that its user gave it.
    pub name: String,
    /// When it was registered.
    pub created_at: UnixTime,
    /// When it was last used; `None` until then.
    pub last_used_at: Option<UnixTime>,
}

/// A passkey was used correctly, apart from its counter, which only its account can judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyUse {
    /// The credential id, base64url.
    pub id: String,
    /// The signature counter.
    pub counter: u32,
    /// Whether the passkey is backed up now.
    pub backed_up: bool,
}

impl Passkey {
    /// Takes a use that was verified with this passkey, and stores its counter and flags (section 7.2, steps 22 and
    /// 24).
    ///
    /// The counter must rise, or be 0 both times. A counter that does not rise is a sign of a copied key. The
    /// specification lets the relying party decide; this service refuses the sign-in and reports it, because
    /// authenticators that count do not lose count, and passkeys that are synchronised between devices do not count.
    /// Two answers of one authenticator that overtake each other are refused too, and a repetition succeeds.
    ///
    /// # Errors
    /// [`CounterDidNotRise`]. Nothing is changed then.
    pub fn accept(&mut self, used: &PasskeyUse, now: UnixTime) -> Result<(), CounterDidNotRise> {
        if used.counter <= self.counter && (used.counter, self.counter) != (0, 0) {
            return Err(CounterDidNotRise);
        }
        self.counter = used.counter;
        self.backed_up = used.backed_up;
        self.last_used_at = Some(now);
        Ok(())
    }

    /// How its user has authenticated. The authenticator has always verified the user, so it is two factors.
    #[must_use]
    pub fn methods(&self) -> Vec<AuthenticationMethod> {
        let key = if self.backup_eligible {
            AuthenticationMethod::SoftwareKey
        } else {
            AuthenticationMethod::HardwareKey
        };
        vec![key, AuthenticationMethod::User, AuthenticationMethod::MultipleFactors]
    }
}

/// The counter of a use is not above the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterDidNotRise;

#[cfg(test)]
mod tests {
    use super::{CounterDidNotRise, Passkey, PasskeyUse, passkey_name};
    use crate::credential::AuthenticationMethod::{HardwareKey, MultipleFactors, SoftwareKey, User};
    use crate::time::UnixTime;

    fn stored(counter: u32) -> Passkey {
        Passkey {
            id: "aWQ".into(),
            public_key: String::new(),
            counter,
            backup_eligible: true,
            backed_up: false,
            transports: vec![],
            name: "Laptop".into(),
            created_at: UnixTime(1_000),
            last_used_at: None,
        }
    }

    #[test]
    fn a_passkey_is_two_factors() {
        assert_eq!(stored(0).methods(), [SoftwareKey, User, MultipleFactors]);
        let bound = Passkey { backup_eligible: false, ..stored(0) };
        assert_eq!(bound.methods(), [HardwareKey, User, MultipleFactors]);
    }

    #[test]
    fn a_name_is_short_and_printable() {
        for (text, name) in [
            (" My laptop ", Some("My laptop")),
            ("\u{1f511}", Some("\u{1f511}")),
            ("", None),
            ("  ", None),
            ("a\nb", None),
            ("a\u{0}", None),
        ] {
            assert_eq!(passkey_name(text).as_deref(), name, "{text:?}");
        }
        assert!(passkey_name(&"\u{e4}".repeat(64)).is_some() && passkey_name(&"a".repeat(65)).is_none());
    }

    #[test]
    fn a_counter_rises_or_stays_zero() {
        for (before, used, accepted) in [
            (0, 0, true),
            (0, 1, true),
            (0, u32::MAX, true),
            (7, 8, true),
            (7, 9, true),
            (7, 7, false),
            (7, 6, false),
            (7, 0, false),
            (u32::MAX, 0, false),
            (u32::MAX, u32::MAX, false),
        ] {
            let stored = stored(before);
            let used = PasskeyUse { id: "aWQ".into(), counter: used, backed_up: true };
            let mut after = stored.clone();
            let verdict = after.accept(&used, UnixTime(2_000));
            let expected = if accepted {
                let (counter, last_used_at) = (used.counter, Some(UnixTime(2_000)));
                (Ok(()), Passkey { counter, backed_up: true, last_used_at, ..stored })
            } else {
                (Err(CounterDidNotRise), stored)
            };
            assert_eq!((verdict, after), expected, "{before} -> {used:?}");
        }
    }
}
