//! The calls about the sessions of an account's user.

use auth_core::credential::Proof;
use auth_core::id::{SessionId, TokenId};
use auth_core::time::UnixTime;
use auth_core::wire::{Method, SessionRow, SignOutScope};
use serde::{Deserialize, Serialize};

use super::super::keys::KeysMessage;
use super::super::session::{Bearing, CookieRejected, LivingSession, Presented};
use super::creation::{AccountCalls, Conflict};
use crate::audit::{Asker, Kind};
use crate::objects::call::{Done, calls};

/// Why no session is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotOpened {
    /// As [`super::Conflict`].
    Conflict,
    /// The proof counts once, and was presented before or too late.
    Used,
    /// The active refresh key is not among those in the call.
    UnknownKey,
    /// The proof is accepted, and a challenge for a second factor has been issued.
    SecondFactor {
        /// The methods by which the user can prove one.
        methods: Vec<Method>,
    },
}

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

calls! {
    /// The calls about the sessions of an account's user.
    SessionCalls of AccountCalls {
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
            /// SHA-256 of the secret in a new challenge cookie, in hex: for the challenge that is issued if a
            /// second factor is required.
            challenge: String,
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
        /// The user has proved a credential again: update the session's authentication time.
        Reauthenticate {
            /// The token.
            bearing: Bearing,
            /// What was proved.
            proof: Proof,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, Conflict>>;
        /// Revoke one access token, for a service.
        RevokeToken {
            /// The token.
            token: Bearing,
            /// When the token expires.
            expires_at: UnixTime,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Done>;
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
    }
}
