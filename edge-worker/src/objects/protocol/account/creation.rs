//! The calls about an account's creation and its credentials.

use auth_core::credential::{self, Credential, CredentialVersion};
use auth_core::secret::{SecretText, expose};
use auth_core::time::UnixTime;
use auth_core::wire::{Metadata, Method};
use serde::{Deserialize, Serialize};

use crate::audit::Event;
use crate::objects::call::{Done, calls};

/// The request that created an account, stored so that it can be repeated.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Creation {
    /// SHA-256 of the credential and the `Idempotency-Key`, in hex.
    pub key_hash: String,
    /// SHA-256 of the request's content, in hex.
    pub fingerprint: String,
    /// The one-time password is derived from the key and this nonce.
    pub nonce: String,
    /// From this second on, a request with the same key is a new request.
    pub expires_at: UnixTime,
}

/// What the Worker needs to verify a credential.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCredentials {
    /// The account's credentials.
    pub credentials: credential::Credentials,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// Whether the password is a one-time password that can't open a session any more.
    pub spent: bool,
    /// Whether an administrator has assigned the account its address.
    pub vouched: bool,
}

/// What the user of an account can prove.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provable {
    /// The account's credentials.
    pub credentials: credential::Credentials,
    /// Its e-mail address, normalised; empty if it has none.
    pub email: String,
    /// The methods by which the user can prove a second factor.
    pub second_factors: Vec<Method>,
}

/// The account can't do this any more, because another call changed the value in the meantime: the
/// credential that was proved has another version, or the account is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {}

/// The account is confirmed, so it is not discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {}

calls! {
    /// The calls about an account's creation and its credentials.
    AccountCalls {
        /// Create the account, unconfirmed until the Directory has its address.
        Create {
            /// The e-mail address, normalised.
            email: String,
            /// Its first credential.
            credential: Credential,
            /// The user's roles.
            roles: Vec<String>,
            /// When the one-time password expires; `None` for a password chosen by the user.
            one_time_until: Option<UnixTime>,
            /// The request, if it had an `Idempotency-Key`.
            creation: Option<Creation>,
            /// Whether an administrator assigns the address.
            vouched: bool,
        } -> CredentialVersion;
        /// Return the request that created the account, if it had this key and has not expired.
        FindCreation {
            /// SHA-256 of the credential and the `Idempotency-Key`, in hex.
            key_hash: String,
        } -> Option<Creation>;
        /// The deployer's hook has accepted the user: what it sets for the account, which is not confirmed yet.
        AcceptSignUp {
            /// The roles, which have been checked; `None`: they stay as they are.
            roles: Option<Vec<String>>,
            /// The metadata, which has been checked; `None`: it stays as it is.
            metadata: Option<Metadata>,
        } -> Option<Done>;
        /// The Directory has the address, so the account exists from now on.
        Confirm {} -> Option<Done>;
        /// The Directory has assigned the address to another account: delete this one.
        Discard {} -> Option<Result<Done, Confirmed>>;
        /// Return the credentials.
        Credentials {} -> Option<StoredCredentials>;
        /// Return what the user can prove.
        FindProvable {} -> Option<Provable>;
        /// The password was proved and hashed again with the present kind and cost: replace only the hash.
        Rehash {
            /// The version of the password that was proved. If it has another one by now, that one stays.
            version: CredentialVersion,
            /// The new hash, a PHC string.
            #[serde(serialize_with = "expose")]
            password_hash: SecretText,
        } -> Option<Result<Done, Conflict>>;
        /// Record an event that the account's user should be able to see.
        Record {
            /// The event.
            event: Box<Event>,
        } -> Option<Done>;
    }
}
