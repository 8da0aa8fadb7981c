//! Sessions in messages: the cookies and tokens that are presented, and what their account replies.

use auth_core::id::{AccountId, KeyId, SessionId, TokenId};
use auth_core::time::UnixTime;
use auth_core::token::Caller;
use auth_core::wire::{RefreshCookie, SessionEndReason};
use serde::{Deserialize, Serialize};

use super::keys::KeysMessage;

/// A cookie, with the keys that its account needs to judge it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presented {
    /// The cookie's value.
    pub cookie: String,
    /// The present refresh keys. The object never stores them.
    pub keys: KeysMessage,
    /// Refresh keys that were removed before their time. Sessions made with them end.
    pub removed: Vec<KeyId>,
}

impl Presented {
    /// Parses the cookie again in the object. `None` if it is malformed.
    #[must_use]
    pub fn cookie(&self) -> Option<RefreshCookie> {
        RefreshCookie::parse(&self.cookie).ok()
    }
}

/// Why a cookie is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CookieRejected {
    /// The session has ended, or never existed.
    Ended(SessionEndReason),
    /// The cookie's key is not among those in the call.
    UnknownKey,
}

/// The claims of a verified access token of this service that its account checks. The members have the names
/// of the claims.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bearing {
    /// The token's `sid`.
    #[serde(rename = "sid")]
    pub session: SessionId,
    /// The token's `epoch`.
    pub epoch: u64,
    /// The token's `jti`.
    #[serde(rename = "jti")]
    pub token_id: TokenId,
}

impl Bearing {
    /// `None` if a claim is missing that every token of this service has.
    #[must_use]
    pub fn of(caller: &Caller) -> Option<Self> {
        Some(Self {
            session: caller.session.clone()?,
            epoch: caller.epoch?,
            token_id: caller.token_id.clone()?,
        })
    }
}

/// An active session, with everything that a token and its response contain.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

impl LivingSession {
    /// Whether the service has verified that the address is the user's. It has no method for that yet.
    #[must_use]
    pub const fn email_is_verified(&self) -> bool {
        false
    }
}
