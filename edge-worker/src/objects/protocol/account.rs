//! What is said to an account.

use auth_core::rotation::Lifetimes;
use auth_core::time::UnixTime;
use auth_core::wire::{SessionEndReason, SessionRow, SignOutScope};
use serde::{Deserialize, Serialize};

use super::{AdminCall, Bearing, KeysMessage, Overview, Presented};
use crate::audit::{Asker, Event, Kind};

/// What is known of a user where his credentials are. Whatever the account had before, this takes its place.
#[derive(Serialize, Deserialize)]
pub struct Profile {
    /// Normalised.
    pub email: String,
    /// All of the user's roles, checked.
    pub roles: Vec<String>,
    /// The subject under which the limiter knows the address that the user typed, which may be another one.
    pub typed: String,
}

/// The request that created an account, so that it can be repeated.
#[derive(Clone, Serialize, Deserialize)]
pub struct Creation {
    /// SHA-256 of the credential and the `Idempotency-Key`, in hex.
    pub key_hash: String,
    /// SHA-256 of what was asked for, in hex.
    pub fingerprint: String,
    /// With the key, it gives the one-time password.
    pub nonce: String,
    /// From this second on a repetition is a new request.
    pub expires_at: UnixTime,
}

/// What the Worker asks of an account.
#[derive(Serialize, Deserialize)]
pub enum AccountCall {
    /// Create the account, unconfirmed until the Directory has its address.
    Create {
        /// Normalised.
        email: String,
        /// A PHC string, or what [`crate::objects::external`] makes of an id.
        password_hash: String,
        /// The user's roles.
        roles: Vec<String>,
        /// Until when the password may be used, and then only once; `None` for one that its owner has chosen.
        one_time_until: Option<UnixTime>,
        /// The request, if it had an `Idempotency-Key`.
        creation: Option<Creation>,
    },
    /// The request that created the account, if it had this key and may still be repeated.
    Creation {
        /// SHA-256 of the credential and the `Idempotency-Key`, in hex.
        key_hash: String,
    },
    /// The Directory has the address: the account is there for good.
    Confirm,
    /// The Directory gave the address to somebody else: forget everything.
    Discard,
    /// The password's hash.
    Credentials,
    /// Open a session for whoever has proved who he is.
    OpenSession {
        /// Who, and from where.
        asker: Asker,
        /// The hash that was proved, so that a password that was changed in the meantime opens nothing.
        proved_hash: String,
        /// Whether the account has only just been created.
        signed_up: bool,
        /// What its first cookie is made with.
        keys: KeysMessage,
        /// The configured lifetimes.
        lifetimes: Lifetimes,
        /// Where the credentials are elsewhere: what was said there about the user.
        profile: Option<Profile>,
    },
    /// A cookie asks for a new access token.
    Refresh {
        /// The cookie.
        presented: Presented,
        /// Who, and from where.
        asker: Asker,
    },
    /// A cookie came with a request on a route that takes it.
    Admit {
        /// The cookie.
        presented: Presented,
        /// Whether it is a document navigation, whose answer can set a new cookie.
        navigates: bool,
        /// Who, and from where.
        asker: Asker,
    },
    /// A cookie asks to end sessions.
    SignOut {
        /// The cookie.
        presented: Presented,
        /// Which sessions.
        scope: SignOutScope,
        /// Who, and from where.
        asker: Asker,
        /// What to call it in the audit trail.
        why: Kind,
    },
    /// An access token asks whether it is still good.
    Check(Bearing),
    /// An access token asks for the sessions.
    ListSessions(Bearing),
    /// An access token asks to end one session.
    RevokeSession {
        /// The token.
        bearing: Bearing,
        /// Which one.
        session: String,
        /// How long its access tokens may still live, in seconds.
        access_token: u64,
        /// Who, and from where.
        asker: Asker,
    },
    /// The current password was proved and the new one hashed: store it, end every session, raise the epoch, open a session for
    /// the caller.
    ReplacePassword {
        /// The token.
        bearing: Bearing,
        /// The hash that was proved, so that two changes at once can't both win.
        proved_hash: String,
        /// A PHC string.
        password_hash: String,
        /// For the new cookie.
        keys: KeysMessage,
        /// The configured lifetimes.
        lifetimes: Lifetimes,
        /// Who, and from where.
        asker: Asker,
    },
    /// The user has proved the password again: the session's authentication is from now on.
    Reauthenticate {
        /// The token.
        bearing: Bearing,
        /// The hash that was proved.
        proved_hash: String,
        /// Who, and from where.
        asker: Asker,
    },
    /// The password was proved: delete the account.
    Leave {
        /// The token.
        bearing: Bearing,
        /// The hash that was proved.
        proved_hash: String,
        /// Who, and from where.
        asker: Asker,
    },
    /// An access token asks for a one-time ticket.
    MintTicket {
        /// The token.
        bearing: Bearing,
        /// The ticket's name.
        ticket: String,
    },
    /// A ticket is presented at the gate.
    SpendTicket {
        /// Its name, by what it came with.
        name: String,
        /// The `jti` of the token that asked for it, as the ticket states it. The name depends on it.
        token_id: String,
        /// Who, and from where.
        asker: Asker,
    },
    /// A service revokes one access token.
    RevokeToken {
        /// The token.
        token: Bearing,
        /// When the token expires.
        expires_at: UnixTime,
        /// Who, and from where.
        asker: Asker,
    },
    /// Something happened that the account's owner should be able to see.
    Record(Box<Event>),
    /// An administrator asks.
    Admin {
        /// For what.
        call: AdminCall,
        /// Who, and from where.
        asker: Asker,
    },
    /// The password was proved, and hashed anew as hashes are made today. Nothing else changes.
    Rehash {
        /// The hash that was proved; if it is another one by now, that one stays.
        proved_hash: String,
        /// A PHC string.
        password_hash: String,
    },
}

/// What an account answers.
#[derive(Serialize, Deserialize)]
pub enum AccountReply {
    /// Done.
    Done,
    /// There is no such account here.
    NoAccount,
    /// The request that created the account.
    Creation(Creation),
    /// What is needed to check a password.
    Credentials {
        /// A PHC string, or what [`crate::objects::external`] makes of an id.
        password_hash: String,
        /// Whether the account may not sign in.
        disabled: bool,
        /// Whether it is a one-time password that opens no session any more.
        spent: bool,
    },
    /// A living session.
    Session(Box<LivingSession>),
    /// The session is over, or was never one.
    Ended(SessionEndReason),
    /// Too often; not before so many milliseconds have passed.
    Wait(u64),
    /// A key that is needed isn't among those that came along.
    UnknownKey,
    /// The account's living sessions.
    Sessions(Vec<SessionRow>),
    /// The access token isn't good any more.
    TokenDead,
    /// There is no such session of this account.
    NoSession,
    /// Somebody else changed it in the meantime.
    Conflict,
    /// The account, as an administrator sees it.
    Overview(Box<Overview>),
    /// What happened, the newest first.
    Events(Vec<Event>),
}

/// A living session, with all that a token and its answer say.
#[derive(Serialize, Deserialize)]
pub struct LivingSession {
    /// The session's id.
    pub id: String,
    /// The account's id.
    pub account: String,
    /// Normalised.
    pub email: String,
    /// The user's roles.
    pub roles: Vec<String>,
    /// The account's counter.
    pub epoch: u64,
    /// When it was opened.
    pub created_at: UnixTime,
    /// When the user last proved a credential in it.
    pub authenticated_at: UnixTime,
    /// The absolute expiry.
    pub expires_at: UnixTime,
    /// The idle expiry.
    pub idle_expires_at: UnixTime,
    /// The cookie to set, if the answer sets one.
    pub cookie: Option<String>,
}
