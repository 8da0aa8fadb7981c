//! Sessions in messages: the cookies and tokens that are presented, and what their account replies.

use auth_core::credential::{Assurance, AuthenticationMethod};
use auth_core::id::{AccountId, KeyId, SessionId, TokenId};
use auth_core::oauth::RefreshToken;
use auth_core::rotation::Lifetimes;
use auth_core::time::UnixTime;
use auth_core::token::Caller;
use auth_core::wire::{Metadata, RefreshCookie, SessionEndReason, UserProfile};
use serde::{Deserialize, Serialize};

use super::keys::KeysMessage;

/// A refresh cookie or a refresh token, with the keys that its account needs to judge it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presented {
    /// The cookie's value, or the refresh token.
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

    /// Parses the refresh token again in the object, as a generation of its session's family. `None` if it is
    /// malformed.
    #[must_use]
    pub fn refresh_token(&self) -> Option<RefreshCookie> {
        RefreshToken::parse(&self.cookie).map(RefreshToken::into_generation)
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

/// Who reads or changes what an account has.
#[derive(Serialize, Deserialize)]
pub enum Authority {
    /// The account's user, authorised by this access token.
    User(Bearing),
    /// An administrator.
    Administrator,
}

/// An active session, with everything that a token and its response contain.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivingSession {
    /// The session's id.
    pub id: SessionId,
    /// The account's id.
    pub account: AccountId,
    /// The e-mail address, normalised; empty if the account has none.
    pub email: String,
    /// Whether the user has proved that the address is theirs.
    pub email_verified: bool,
    /// How many passkeys the account has.
    pub passkeys: usize,
    /// The user's roles, those that require a second factor only if the session has one.
    pub roles: Vec<String>,
    /// Whether the user has added a second factor.
    pub second_factor: bool,
    /// What the user says about themselves.
    pub profile: UserProfile,
    /// What the deployer says about the user.
    pub metadata: Metadata,
    /// The account's epoch.
    pub epoch: u64,
    /// When the session was opened.
    pub created_at: UnixTime,
    /// When the user last proved a credential in this session.
    pub authenticated_at: UnixTime,
    /// How the user authenticated in this session.
    pub methods: Vec<AuthenticationMethod>,
    /// The absolute expiry.
    pub expires_at: UnixTime,
    /// The idle expiry.
    pub idle_expires_at: UnixTime,
    /// The cookie to set, if the response sets one.
    pub cookie: Option<String>,
}

impl LivingSession {
    /// The e-mail address, if the account has one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        Some(&*self.email).filter(|email| !email.is_empty())
    }

    /// The lifetime of an access token of this session, in seconds: a token must not outlive its session. `chance`
    /// is any random number, see [`Lifetimes::access_token_by_chance`].
    #[must_use]
    pub fn token_lifetime(&self, lifetimes: &Lifetimes, chance: u16, now: UnixTime) -> u64 {
        lifetimes
            .access_token_by_chance(chance)
            .min(self.expires_at.since(now))
            .min(self.idle_expires_at.since(now))
            .max(1)
    }

    /// How well the user is authenticated.
    #[must_use]
    pub fn assurance(&self) -> Assurance {
        Assurance::of(&self.methods)
    }
}
