//! The messages to and from an account.

use auth_core::id::{AccountId, SessionId, TokenId};
use auth_core::rotation::Lifetimes;
use auth_core::time::UnixTime;
use auth_core::wire::{SessionEndReason, SessionRow, SignOutScope};
use serde::{Deserialize, Serialize};

use super::{AdminCall, Bearing, KeysMessage, Overview, Presented};
use crate::audit::{Asker, Event, Kind};

/// What the external system says about a user. It replaces the account's values.
#[derive(Serialize, Deserialize)]
pub struct Profile {
    /// The e-mail address, normalised.
    pub email: String,
    /// All of the user's roles, already checked.
    pub roles: Vec<String>,
    /// The limiter's subject for the address that the user typed, which may differ from `email`.
    pub typed: String,
}

/// The request that created an account, stored so that it can be repeated.
#[derive(Clone, Serialize, Deserialize)]
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

/// Calls to an account.
#[derive(Serialize, Deserialize)]
pub enum AccountCall {
    /// Create the account, unconfirmed until the Directory has its address.
    Create {
        /// The e-mail address, normalised.
        email: String,
        /// A PHC string, or the name that [`crate::objects::external`] derives from an external id.
        password_hash: String,
        /// The user's roles.
        roles: Vec<String>,
        /// When the one-time password expires; `None` for a password chosen by the user.
        one_time_until: Option<UnixTime>,
        /// The request, if it had an `Idempotency-Key`.
        creation: Option<Creation>,
    },
    /// Return the request that created the account, if it had this key and has not expired.
    Creation {
        /// SHA-256 of the credential and the `Idempotency-Key`, in hex.
        key_hash: String,
    },
    /// The Directory has the address, so the account exists from now on.
    Confirm,
    /// The Directory has assigned the address to another account: delete this one.
    Discard,
    /// Return the password hash.
    Credentials,
    /// Open a session for a user who has proved a credential.
    OpenSession {
        /// The caller, for the audit trail.
        asker: Asker,
        /// The hash that was proved. If the password has changed in the meantime, no session is opened.
        proved_hash: String,
        /// Whether the account was created by the same request.
        signed_up: bool,
        /// The keys for the session's first cookie.
        keys: KeysMessage,
        /// The configured lifetimes.
        lifetimes: Lifetimes,
        /// The user's profile in the external system, if the credentials are external.
        profile: Option<Profile>,
    },
    /// Issue a new access token for a cookie.
    Refresh {
        /// The cookie.
        presented: Presented,
        /// The caller, for the audit trail.
        asker: Asker,
    },
    /// Check the cookie of a request on a cookie route.
    Admit {
        /// The cookie.
        presented: Presented,
        /// Whether the request is a document navigation, whose response can set a new cookie.
        navigates: bool,
        /// The caller, for the audit trail.
        asker: Asker,
    },
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
    },
    /// Check whether an access token is still valid.
    Check(Bearing),
    /// List the sessions, authorised by an access token.
    ListSessions(Bearing),
    /// End one session, authorised by an access token.
    RevokeSession {
        /// The token.
        bearing: Bearing,
        /// The id of the session to end.
        session: SessionId,
        /// The longest remaining lifetime of its access tokens, in seconds.
        access_token: u64,
        /// The caller, for the audit trail.
        asker: Asker,
    },
    /// The current password was proved and the new one hashed: store it, end every session, raise the epoch,
    /// open a session for the caller.
    ReplacePassword {
        /// The token.
        bearing: Bearing,
        /// The hash that was proved, so that only one of two concurrent changes succeeds.
        proved_hash: String,
        /// A PHC string.
        password_hash: String,
        /// The keys for the new session's cookie.
        keys: KeysMessage,
        /// The configured lifetimes.
        lifetimes: Lifetimes,
        /// The caller, for the audit trail.
        asker: Asker,
    },
    /// The user has proved the password again: update the session's authentication time.
    Reauthenticate {
        /// The token.
        bearing: Bearing,
        /// The hash that was proved.
        proved_hash: String,
        /// The caller, for the audit trail.
        asker: Asker,
    },
    /// The password was proved: delete the account.
    Leave {
        /// The token.
        bearing: Bearing,
        /// The hash that was proved.
        proved_hash: String,
        /// The caller, for the audit trail.
        asker: Asker,
    },
    /// Issue a one-time ticket, authorised by an access token.
    MintTicket {
        /// The token.
        bearing: Bearing,
        /// The ticket's name.
        ticket: String,
    },
    /// Spend a ticket that was presented at the gate.
    SpendTicket {
        /// Its name, computed from the request that presented it.
        name: String,
        /// The `jti` of the token that asked for it, as the ticket states it. The name depends on it.
        token_id: TokenId,
        /// The caller, for the audit trail.
        asker: Asker,
    },
    /// Revoke one access token, for a service.
    RevokeToken {
        /// The token.
        token: Bearing,
        /// When the token expires.
        expires_at: UnixTime,
        /// The caller, for the audit trail.
        asker: Asker,
    },
    /// Record an event that the account's user should be able to see.
    Record(Box<Event>),
    /// An administrator's call.
    Admin {
        /// The operation.
        call: AdminCall,
        /// The caller, for the audit trail.
        asker: Asker,
    },
    /// The password was proved and hashed again with the present kind and cost: replace only the hash.
    Rehash {
        /// The hash that was proved. If the account has another one by now, that one stays.
        proved_hash: String,
        /// A PHC string.
        password_hash: String,
    },
}

/// Replies of an account.
#[derive(Serialize, Deserialize)]
pub enum AccountReply {
    /// The call was carried out.
    Done,
    /// The account does not exist.
    NoAccount,
    /// The request that created the account.
    Creation(Creation),
    /// What the Worker needs to verify a password.
    Credentials {
        /// A PHC string, or the name that [`crate::objects::external`] derives from an external id.
        password_hash: String,
        /// Whether the account is disabled.
        disabled: bool,
        /// Whether it is a one-time password that can't open a session any more.
        spent: bool,
    },
    /// The session is active.
    Session(Box<LivingSession>),
    /// The session has ended, or never existed.
    Ended(SessionEndReason),
    /// A limit is reached; the caller may retry after this many milliseconds.
    Wait(u64),
    /// A required key is not among those in the call.
    UnknownKey,
    /// The account's active sessions.
    Sessions(Vec<SessionRow>),
    /// The access token is no longer valid.
    TokenDead,
    /// The account has no such session.
    NoSession,
    /// Another call changed the value in the meantime.
    Conflict,
    /// The account, as an administrator sees it.
    Overview(Box<Overview>),
    /// The account's events, the newest first.
    Events(Vec<Event>),
}

/// An active session, with everything that a token and its response contain.
#[derive(Serialize, Deserialize)]
pub struct LivingSession {
    /// The session's id.
    pub id: SessionId,
    /// The account's id.
    pub account: AccountId,
    /// The e-mail address, normalised.
    pub email: String,
    /// The user's roles.
    pub roles: Vec<String>,
    /// The account's epoch.
    pub epoch: u64,
    /// When the session was opened.
    pub created_at: UnixTime,
    /// When the user last proved a credential in this session.
    pub authenticated_at: UnixTime,
    /// The absolute expiry.
    pub expires_at: UnixTime,
    /// The idle expiry.
    pub idle_expires_at: UnixTime,
    /// The cookie to set, if the response sets one.
    pub cookie: Option<String>,
}
