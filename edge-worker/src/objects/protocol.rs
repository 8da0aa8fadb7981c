//! What the Worker and its objects say to each other: JSON, closed sets, inside the platform only.
//!
//! Objects are never reachable from outside. Their messages carry what must not be logged (password hashes, refresh keys,
//! cookies), so nothing of a message is ever printed.

use auth_core::revocation::Entry;
use auth_core::rotation::{Lifetimes, RefreshKey, RefreshKeys};
use auth_core::secret::SecretBytes;
use auth_core::time::UnixTime;
use auth_core::wire::{RefreshCookie, SessionEndReason, SessionRow, SignOutScope};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use serde::{Deserialize, Serialize};

mod admin;

pub use admin::{AdminCall, Overview};

use crate::audit::{Asker, Event, Kind};

/// A cookie on its way to its account, with what is needed to judge it.
#[derive(Serialize, Deserialize)]
pub struct Presented {
    /// The cookie's value.
    pub cookie: String,
    /// The living refresh keys. The object never stores them.
    pub keys: KeysMessage,
    /// The configured lifetimes.
    pub lifetimes: Lifetimes,
    /// Refresh keys that were removed before their time: what they made is over.
    #[serde(default)]
    pub removed: Vec<String>,
}

/// What a verified access token says about its session.
#[derive(Clone, Serialize, Deserialize)]
pub struct Bearing {
    /// The token's `sid`.
    pub session: String,
    /// The token's `epoch`.
    pub epoch: u64,
}

/// What is known of a user where his credentials are. Whatever the account had before, this takes its place.
#[derive(Serialize, Deserialize)]
pub struct Profile {
    /// Normalised.
    pub email: String,
    /// All his roles, checked.
    pub roles: Vec<String>,
}

/// What the Worker asks of an account.
#[derive(Serialize, Deserialize)]
pub enum AccountCall {
    /// Create the account, unconfirmed until the Directory has its address.
    Create {
        /// Normalised.
        email: String,
        /// A PHC string, or what [`super::external`] makes of an id.
        password_hash: String,
        /// The user's roles.
        roles: Vec<String>,
        /// Until when the password may be used, and then only once; `None` for one that its owner has chosen.
        one_time_until: Option<UnixTime>,
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
        #[serde(default)]
        profile: Option<Profile>,
    },
    /// A cookie asks for a new access token.
    Refresh {
        /// The cookie.
        presented: Presented,
        /// Who, and from where.
        asker: Asker,
    },
    /// A cookie asks who it is; nothing rotates.
    Admit(Presented),
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
    /// The password was proved and hashed anew: store it, end every other session, raise the epoch.
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
        ticket: String,
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
    /// What is needed to check a password.
    Credentials {
        /// A PHC string, or what [`super::external`] makes of an id.
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
    /// The absolute expiry.
    pub expires_at: UnixTime,
    /// The idle expiry.
    pub idle_expires_at: UnixTime,
    /// The cookie to set, if the answer sets one.
    pub cookie: Option<String>,
}

/// What the Worker asks of a shard of the Directory. Addresses come as hashes: the Directory holds none.
#[derive(Serialize, Deserialize)]
pub enum DirectoryCall {
    /// Whose address is it?
    Find {
        /// SHA-256 of the normalised address, in hex.
        address: String,
    },
    /// Give the address to this account, unless it is taken.
    Claim {
        /// SHA-256 of the normalised address, in hex.
        address: String,
        /// The account's id.
        account: String,
    },
    /// The address is nobody's again, if it is this account's.
    Release {
        /// SHA-256 of the normalised address, in hex.
        address: String,
        /// The account's id.
        account: String,
    },
}

/// What the Directory answers.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
pub enum DirectoryReply {
    /// It belongs to this account.
    Account(String),
    /// It belongs to nobody.
    Nobody,
    /// It is now this account's.
    Claimed,
    /// It is somebody else's.
    Taken,
    /// It is not this account's, now at the latest.
    Released,
}

/// What the Worker and accounts ask of the list of revocations.
#[derive(Serialize, Deserialize)]
pub enum RevocationsCall {
    /// Remember these.
    Add(Vec<Entry>),
    /// A copy of the list.
    Copy,
    /// Remember that the Keyring has this version: a key was removed before its time.
    Keys {
        /// The Keyring's version.
        version: u64,
    },
}

/// What the list of revocations answers.
#[derive(Serialize, Deserialize)]
pub enum RevocationsReply {
    /// They are remembered.
    Added,
    /// All that could still matter.
    Copy {
        /// The object's own clock when it read the list, in milliseconds.
        taken_at_ms: u64,
        /// The list.
        entries: Vec<Entry>,
        /// The least version of the Keyring that may still be gone by.
        #[serde(default)]
        keys_version: u64,
    },
}

/// What the Worker asks of the Keyring.
#[derive(Serialize, Deserialize)]
pub enum KeyringCall {
    /// What a Worker of the version before asks for: [`KeyringReply`].
    Keys,
    /// The living keys; they are made when there are none.
    Ring {
        /// The version the Worker has a copy of.
        known: Option<u64>,
    },
    /// What there is, without the keys themselves.
    List,
    /// Take a key out before its time, because somebody else may have it. What it made is over with it.
    Retire {
        /// The key's id.
        id: String,
    },
    /// End the active key's time now. It stays for what it made.
    Rotate {
        /// Of which purpose.
        purpose: Purpose,
    },
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// It signs access tokens.
    Signing,
    /// Refresh secrets are derived from it.
    Refresh,
}

impl Purpose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Signing, Self::Refresh];

    /// As it is written down.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Refresh => "refresh",
        }
    }
}

/// What the Keyring answers to [`KeyringCall::Keys`]: all living keys, private parts included.
#[derive(Serialize, Deserialize)]
pub struct KeyringReply {
    /// Private JWKs; the first one signs.
    pub signing: Vec<String>,
    /// Refresh keys; the first one makes new generations.
    pub refresh: Vec<RefreshKeyMessage>,
}

/// What the Keyring answers to everything else.
#[derive(Serialize, Deserialize)]
pub enum RingReply {
    /// The Worker's copy is of the present version.
    Unchanged,
    /// All living keys.
    Ring(RingMessage),
    /// What there is, the oldest first.
    List(Vec<KeyRow>),
    /// Done.
    Done,
    /// There is no such key.
    NoKey,
    /// Not yet: the key in waiting hasn't been published for long enough.
    TooEarly,
}

/// All living keys, private parts included, sealed where the deployer gave a secret for it.
#[derive(Serialize, Deserialize)]
pub struct RingMessage {
    /// Grows whenever something changes.
    pub version: u64,
    /// Keys that sign; the first one is the active one.
    pub signing: Vec<KeyMessage>,
    /// Refresh keys; the first one is the active one.
    pub refresh: Vec<KeyMessage>,
    /// Refresh keys that were removed before their time.
    pub removed: Vec<String>,
}

/// A key on its way.
#[derive(Serialize, Deserialize)]
pub struct KeyMessage {
    /// The key's id.
    pub id: String,
    /// A private JWK, or 32 bytes in base64url; sealed, or as it is.
    pub material: String,
}

/// What may be told about a key.
#[derive(Serialize, Deserialize)]
pub struct KeyRow {
    /// The key's id; with signing keys the `kid` of their tokens.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// `published`, `active`, `retiring` or `removed`.
    pub state: String,
    /// Since when everybody can know it.
    pub published_at: UnixTime,
    /// Since when it makes what is new.
    pub active_at: Option<UnixTime>,
    /// When it stopped, or was removed.
    pub retired_at: Option<UnixTime>,
    /// When it will be forgotten; not known while it is used.
    pub gone_at: Option<UnixTime>,
}

/// Refresh keys on their way; the first one is the active one.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeysMessage(Vec<RefreshKeyMessage>);

/// A refresh key on its way.
#[derive(Clone, Serialize, Deserialize)]
pub struct RefreshKeyMessage {
    /// The key's id.
    pub id: String,
    /// 32 bytes, base64url.
    pub bytes: String,
}

impl RefreshKeyMessage {
    /// Puts a key into words.
    #[must_use]
    pub fn of(key: &RefreshKey) -> Self {
        let bytes = Base64UrlSafeNoPadding::encode_to_string(key.bytes.expose()).unwrap_or_default();
        Self { id: key.id.clone(), bytes }
    }

    /// `None` unless it holds 32 bytes.
    #[must_use]
    pub fn key(&self) -> Option<RefreshKey> {
        let bytes = Base64UrlSafeNoPadding::decode_to_vec(&self.bytes, None).ok()?;
        Some(RefreshKey { id: self.id.clone(), bytes: SecretBytes::from_slice(&bytes)? })
    }
}

impl KeysMessage {
    /// Puts the keys into words.
    #[must_use]
    pub fn of(keys: &RefreshKeys) -> Self {
        Self(core::iter::once(&keys.active).chain(&keys.older).map(RefreshKeyMessage::of).collect())
    }

    /// `None` when there is no key, or one that is none.
    #[must_use]
    pub fn keys(&self) -> Option<RefreshKeys> {
        let mut keys = self.0.iter().map(RefreshKeyMessage::key);
        let active = keys.next()??;
        Some(RefreshKeys { active, older: keys.collect::<Option<_>>()? })
    }
}

impl Presented {
    /// The cookie, read again on this side. `None` when it is none.
    #[must_use]
    pub fn cookie(&self) -> Option<RefreshCookie> {
        RefreshCookie::parse(&self.cookie).ok()
    }
}
