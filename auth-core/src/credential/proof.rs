//! What a sign-in method has established. Opening a session depends on nothing else.

use serde::{Deserialize, Serialize};

use super::{AuthenticationMethod, CredentialVersion, Passkey, PasskeyUse};
use crate::id::AccountId;
use crate::time::UnixTime;

/// A proof that is presented to its account at most this many seconds after it was given counts as given at
/// that moment: verifying takes time, and the clocks of the Worker and of the account may differ.
pub const PROOF_IS_NOW: u64 = 10;

/// A user has proved a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The account.
    pub account: AccountId,
    /// The credential, in the state in which it was proved. If it has changed since then, the proof is not accepted.
    pub credential_version: CredentialVersion,
    /// How the user proved it.
    pub methods: Vec<AuthenticationMethod>,
    /// When the user proved it.
    pub time: UnixTime,
    /// What the system that verified the credential says about the user, if it is not this service.
    pub profile: Option<Profile>,
    /// If this answers a challenge: the id by which the account accepts it only once.
    pub once: Option<Once>,
    /// If a passkey was used: its use, with the counter that the account checks.
    pub passkey: Option<PasskeyUse>,
}

/// An answer to a challenge. The account stores the ids of those that it has accepted, in the transaction in
/// which they take effect, so that of any number of concurrent answers one is accepted, and a correct answer
/// is not lost if something fails between its verification and its effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Once {
    /// The challenge's id: no two challenges have the same.
    pub id: String,
    /// The answer is valid before this second. The account stores the id until then.
    pub until: UnixTime,
}

/// What the external system says about a user. It replaces the account's values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The e-mail address, normalised.
    pub email: String,
    /// All of the user's roles, already checked.
    pub roles: Vec<String>,
    /// The limiter's subject for the address that the user typed, which may differ from `email`.
    pub typed: String,
}

impl Proof {
    /// A password was proved at `time`.
    #[must_use]
    pub fn of_password(account: AccountId, credential_version: CredentialVersion, time: UnixTime) -> Self {
        let methods = vec![AuthenticationMethod::Password];
        Self { account, credential_version, methods, time, profile: None, once: None, passkey: None }
    }

    /// A code that was sent to the account's address was proved at `time`.
    #[must_use]
    pub fn of_email(
        account: AccountId,
        credential_version: CredentialVersion,
        time: UnixTime,
        once: Once,
    ) -> Self {
        let methods = vec![AuthenticationMethod::Email];
        Self { account, credential_version, methods, time, profile: None, once: Some(once), passkey: None }
    }

    /// A passkey was used at `time`.
    #[must_use]
    pub fn of_passkey(
        account: AccountId,
        (credential_version, passkey): (CredentialVersion, &Passkey),
        used: PasskeyUse,
        time: UnixTime,
        once: Once,
    ) -> Self {
        let (methods, once, passkey) = (passkey.methods(), Some(once), Some(used));
        Self { account, credential_version, methods, time, profile: None, once, passkey }
    }

    /// A user of another provider returned from it at `time`.
    #[must_use]
    pub fn of_provider(
        account: AccountId,
        credential_version: CredentialVersion,
        time: UnixTime,
        once: Once,
    ) -> Self {
        let methods = vec![AuthenticationMethod::Federated];
        Self { account, credential_version, methods, time, profile: None, once: Some(once), passkey: None }
    }

    /// A passkey was registered at `time`, and the account created by it.
    #[must_use]
    pub const fn of_new_passkey(
        account: AccountId,
        credential_version: CredentialVersion,
        methods: Vec<AuthenticationMethod>,
        time: UnixTime,
        once: Once,
    ) -> Self {
        Self { account, credential_version, methods, time, profile: None, once: Some(once), passkey: None }
    }

    /// The time that counts as that of the authentication when the account accepts the proof at `now`: the
    /// `auth_time` of the tokens. It is never in the future.
    #[must_use]
    pub fn authenticated_at(&self, now: UnixTime) -> UnixTime {
        if now.since(self.time) <= PROOF_IS_NOW { now } else { self.time }
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthenticationMethod, CredentialVersion, Proof};
    use crate::time::UnixTime;
    use crate::wire::read_json;

    fn proof() -> Proof {
        Proof::of_password("a".into(), CredentialVersion(3), UnixTime(1_000))
    }

    #[test]
    fn the_time_of_a_proof_is_that_of_its_acceptance_within_ten_seconds() {
        for (now, expected) in [
            (1_000, 1_000),
            (1_001, 1_001),
            (1_010, 1_010),
            (1_011, 1_000),
            (9_999, 1_000),
            // The account's clock is behind the Worker's.
            (990, 990),
        ] {
            assert_eq!(proof().authenticated_at(UnixTime(now)), UnixTime(expected), "{now}");
        }
    }

    #[test]
    fn a_message_names_methods_as_rfc_8176_does() {
        let text = serde_json::to_string(&proof()).unwrap();
        assert_eq!(
            text,
            r#"{"account":"a","credential_version":3,"methods":["pwd"],"time":1000,"profile":null,"once":null,"passkey":null}"#
        );
        assert_eq!(read_json::<Proof>(text.as_bytes()).unwrap(), proof());
        assert!(read_json::<Proof>(text.replace("pwd", "face").as_bytes()).is_err());
        assert_eq!(proof().methods, [AuthenticationMethod::Password]);
    }
}
