//! The calls to an account. A reply of `None` means that the account does not exist, or that the access token
//! that authorises the call is not valid any more.

use auth_core::credential::{
    self, ChallengePurpose, ChallengeVerdict, Credential, CredentialVersion, ExternalId, Proof,
};
use auth_core::id::{AccountId, SessionId, TokenId};
use auth_core::secret::{SecretText, expose};
use auth_core::time::UnixTime;
use auth_core::wire::{SessionRow, SignOutScope};
use serde::{Deserialize, Serialize};

use super::keys::KeysMessage;
use super::session::{Bearing, CookieRejected, LivingSession, Presented};
use crate::audit::{Asker, Event, Kind};
use crate::objects::call::{Done, calls};

/// The request that created an account, stored so that it can be repeated.
#[derive(Clone, Serialize, Deserialize)]
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
}

/// An account, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overview {
    /// The account's id, the token's `sub`.
    pub id: AccountId,
    /// The user's id in the external system, if the credentials are external.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    /// The e-mail address, normalised.
    pub email: String,
    /// Always false, until a flow exists that verifies the address.
    pub email_verified: bool,
    /// The user's roles, as set by the deployer.
    pub roles: Vec<String>,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// When it was created.
    pub created_at: UnixTime,
    /// The number of active sessions.
    pub sessions: usize,
    /// When the account's unused one-time password expires, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_time_password_until: Option<UnixTime>,
}

/// The account can't do this any more, because another call changed the value in the meantime: the
/// credential that was proved has another version, or the account is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {}

/// Why no session is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotOpened {
    /// As [`Conflict`].
    Conflict,
    /// The active refresh key is not among those in the call.
    UnknownKey,
}

/// The account is confirmed, so it is not discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {}

/// The result of a refresh whose cookie is accepted.
#[derive(Serialize, Deserialize)]
pub enum Refreshed {
    /// The session is active.
    Session(Box<LivingSession>),
    /// The limit of refreshes is reached; the client may retry after this many milliseconds.
    Wait(u64),
}

/// The session has too many tickets that have not expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TooManyTickets {
    /// After so many milliseconds the first of them expires.
    pub retry_after_ms: u64,
}

/// The account has no such session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSession {}

/// The account's credentials are external, so it has no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoPassword {}

calls! {
    /// The calls to an account.
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
        } -> CredentialVersion;
        /// Return the request that created the account, if it had this key and has not expired.
        FindCreation {
            /// SHA-256 of the credential and the `Idempotency-Key`, in hex.
            key_hash: String,
        } -> Option<Creation>;
        /// The Directory has the address, so the account exists from now on.
        Confirm {} -> Option<Done>;
        /// The Directory has assigned the address to another account: delete this one.
        Discard {} -> Option<Result<Done, Confirmed>>;
        /// Return the credentials.
        Credentials {} -> Option<StoredCredentials>;
        /// The password was proved and hashed again with the present kind and cost: replace only the hash.
        Rehash {
            /// The version of the password that was proved. If it has another one by now, that one stays.
            version: CredentialVersion,
            /// The new hash, a PHC string.
            #[serde(serialize_with = "expose")]
            password_hash: SecretText,
        } -> Option<Result<Done, Conflict>>;

        /// Open a session for a user who has proved a credential.
        OpenSession {
            /// The caller, for the audit trail.
            asker: Asker,
            /// What was proved. If the credential has changed in the meantime, no session is opened.
            proof: Proof,
            /// Whether the account was created by the same request.
            signed_up: bool,
            /// The keys for the session's first cookie.
            keys: KeysMessage,
        } -> Option<Result<Box<LivingSession>, NotOpened>>;
        /// Issue a new access token for a cookie.
        Refresh {
            /// The cookie.
            presented: Presented,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Refreshed, CookieRejected>>;
        /// Check the cookie of a request on a cookie route.
        Admit {
            /// The cookie.
            presented: Presented,
            /// Whether the request is a document navigation, whose response can set a new cookie.
            navigates: bool,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, CookieRejected>>;
        /// End sessions, authorised by a cookie.
        SignOut {
            /// The cookie.
            presented: Presented,
            /// Which sessions to end.
            scope: SignOutScope,
            /// The caller, for the audit trail.
            asker: Asker,
            /// The kind of event in the audit trail.
            why: Kind,
        } -> Option<Result<Done, CookieRejected>>;

        /// Check whether an access token is still valid.
        Check {
            /// The token.
            bearing: Bearing,
        } -> Option<Box<LivingSession>>;
        /// List the active sessions, authorised by an access token.
        ListSessions {
            /// The token.
            bearing: Bearing,
        } -> Option<Vec<SessionRow>>;
        /// End one session, authorised by an access token.
        RevokeSession {
            /// The token.
            bearing: Bearing,
            /// The id of the session to end.
            session: SessionId,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, NoSession>>;
        /// The current password was proved and the new one hashed: store it, end every session, raise the
        /// epoch, open a session for the caller.
        ReplacePassword {
            /// The token.
            bearing: Bearing,
            /// What was proved. Only one of two concurrent changes succeeds.
            proof: Proof,
            /// The new hash, a PHC string.
            #[serde(serialize_with = "expose")]
            password_hash: SecretText,
            /// The keys for the new session's cookie.
            keys: KeysMessage,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, Conflict>>;
        /// The user has proved a credential again: update the session's authentication time.
        Reauthenticate {
            /// The token.
            bearing: Bearing,
            /// What was proved.
            proof: Proof,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, Conflict>>;
        /// A credential was proved: delete the account.
        Leave {
            /// The token.
            bearing: Bearing,
            /// What was proved.
            proof: Proof,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, Conflict>>;
        /// Issue a challenge, which the user answers in a later request.
        IssueChallenge {
            /// What a correct answer permits.
            purpose: ChallengePurpose,
            /// SHA-256 of the cookie of the browser for which it is issued, in hex. The browser's earlier
            /// challenge ends.
            browser: String,
        } -> Option<Done>;
        /// Take an answer to a challenge.
        AnswerChallenge {
            /// What the answer is presented for.
            purpose: ChallengePurpose,
            /// SHA-256 of the cookie of the browser that presents it, in hex.
            browser: String,
            /// Whether the method of the ceremony has found it correct.
            is_correct: bool,
        } -> Option<ChallengeVerdict>;
        /// Issue a one-time ticket, authorised by an access token.
        MintTicket {
            /// The token.
            bearing: Bearing,
            /// The ticket's name.
            ticket: String,
        } -> Option<Result<Done, TooManyTickets>>;
        /// Spend a ticket that was presented at the gate. `None` also if the ticket is not valid (any more).
        SpendTicket {
            /// Its name, computed from the request that presented it.
            name: String,
            /// The `jti` of the token that asked for it, as the ticket states it. The name depends on it.
            token_id: TokenId,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<LivingSession>>;
        /// Revoke one access token, for a service.
        RevokeToken {
            /// The token.
            token: Bearing,
            /// When the token expires.
            expires_at: UnixTime,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Done>;
        /// Record an event that the account's user should be able to see.
        Record {
            /// The event.
            event: Box<Event>,
        } -> Option<Done>;

        /// For an administrator: return the account.
        View {} -> Option<Box<Overview>>;
        /// For an administrator: return the account's events, the newest first.
        Events {} -> Option<Vec<Event>>;
        /// For an administrator: replace the roles.
        SetRoles {
            /// The roles, which have been checked.
            roles: Vec<String>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: disable the account and end every session.
        Disable {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: enable the account.
        Enable {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: end every session.
        EndSessions {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: replace the password with a one-time password and end every session.
        ResetPassword {
            /// A PHC string.
            #[serde(serialize_with = "expose")]
            password_hash: SecretText,
            /// The password expires at this second.
            until: UnixTime,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<Overview>, NoPassword>>;
        /// For an administrator: delete the account.
        Delete {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Done>;
    }
}
