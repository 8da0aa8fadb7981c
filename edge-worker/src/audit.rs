//! The audit trail: one structured event for everything somebody may want to look into later.
//!
//! An event about an account is stored in it, the last hundred of them, and written to the log in the same moment; what is
//! about no account is written to the log alone. No event holds a secret: there is no field for one.

use auth_core::limits::AddressBucket;
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::log;

/// Which events make room for one another in an account. Each class keeps its newest events, so that those that a client can cause at
/// will push out none of another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What changes the account or its credentials, or is done with a credential of a program.
    Change,
    /// Failures, replays and reads. Their number is up to any client.
    Attempt,
    /// Sessions that begin and end. Their number is up to a client that has the password.
    Session,
    /// A cookie was copied. A client that has the password can cause this too, but each time takes as long as a rotation.
    Theft,
}

impl Class {
    /// The number in the store.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Change => 0,
            Self::Attempt => 1,
            Self::Session => 2,
            Self::Theft => 3,
        }
    }

    /// How many an account keeps.
    #[must_use]
    pub const fn kept(self) -> u32 {
        match self {
            Self::Change => 100,
            Self::Attempt | Self::Session => 50,
            Self::Theft => 20,
        }
    }
}

/// Declares the enum and everything that must never disagree with it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// What happened. A closed set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Kind { $($(#[$doc])* #[serde(rename = $name)] $variant,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the log and in the list of events.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// Somebody created an account for himself and was signed in.
    SignedUp = "signed_up";
    /// Somebody wanted an account and didn't get it: `reason` says why.
    SignUpRefused = "sign_up_refused";
    /// A session was opened.
    SignedIn = "signed_in";
    /// Address or password wrong, or the account disabled: `reason` says which.
    SignInFailed = "sign_in_failed";
    /// Somebody tried again before he might: `reason` says whether the account's limits held him back or his address's. Told once
    /// in a while, however often he tries.
    SignInLimited = "sign_in_limited";
    /// A session ended, or others, or all: `scope` says which, `sessions` how many.
    SignedOut = "signed_out";
    /// A session ended because its cookie came along with a sign-in.
    SessionReplaced = "session_replaced";
    /// One session was ended from another one.
    SessionRevoked = "session_revoked";
    /// The predecessor of a session's cookie came again in time, but from another address or program than the last renewal.
    RefreshReplayed = "refresh_replayed";
    /// A predecessor came late and its successor was never seen: an answer got lost, and the session went on without it.
    RefreshAnswerLost = "refresh_answer_lost";
    /// A cookie came that had been replaced long ago: somebody has a copy. The session has ended.
    RefreshReused = "refresh_reused";
    /// A one-time ticket came a second time: somebody has a copy, or an `EventSource` connected again by itself.
    TicketReplayed = "ticket_replayed";
    /// The password was changed by its owner; every other session ended.
    PasswordChanged = "password_changed";
    /// The user proved the password again in a session.
    Reauthenticated = "reauthenticated";
    /// Whoever asked for a change (or a deletion) didn't know the password.
    PasswordWrong = "password_wrong";
    /// An administrator created the account.
    AccountCreated = "account_created";
    /// An administrator looked at an account, its events, or for an address.
    AccountRead = "account_read";
    /// The account is gone. In the log only: what it held is gone with it.
    AccountDeleted = "account_deleted";
    /// The account may not sign in any more; all its sessions ended.
    AccountDisabled = "account_disabled";
    /// The account may sign in again.
    AccountEnabled = "account_enabled";
    /// The account has other roles; its access tokens are renewed.
    RolesChanged = "roles_changed";
    /// The user has another e-mail address where his credentials are.
    EmailChanged = "email_changed";
    /// An administrator set a one-time password; all sessions ended.
    PasswordReset = "password_reset";
    /// An administrator ended all sessions.
    SessionsEnded = "sessions_ended";
    /// A service revoked one access token.
    TokenRevoked = "token_revoked";
    /// A service ended a session by its refresh token.
    RefreshTokenRevoked = "refresh_token_revoked";
    /// A call of the admin API without a credential of it.
    AdminRefused = "admin_refused";
    /// A call of a service's path without a service credential.
    ServiceRefused = "service_refused";
    /// An administrator looked at the names of the service's keys.
    KeysRead = "keys_read";
    /// An administrator let the next key take over: `reason` says which kind.
    KeysRotated = "keys_rotated";
    /// An administrator took a key out before its time.
    KeyTakenOut = "key_taken_out";
    /// A key was made and made known. `reason` says, here and below, which kind it is.
    KeyPublished = "key_published";
    /// A key began to be used.
    KeyActivated = "key_activated";
    /// A key is used for nothing new any more.
    KeyRetired = "key_retired";
    /// A key's time is over, and it is deleted.
    KeyGone = "key_gone";
    /// A key was deleted before its time.
    KeyRemoved = "key_removed";
    /// A key was sealed anew, under another secret.
    KeyResealed = "key_resealed";
}

impl Kind {
    /// With which events it makes room.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::SignInFailed
            | Self::SignInLimited
            | Self::SignUpRefused
            | Self::PasswordWrong
            | Self::RefreshReplayed
            | Self::RefreshAnswerLost
            | Self::TicketReplayed
            | Self::AccountRead => Class::Attempt,
            Self::SignedIn
            | Self::SignedOut
            | Self::SessionReplaced
            | Self::SessionRevoked
            | Self::Reauthenticated => Class::Session,
            Self::RefreshReused => Class::Theft,
            Self::SignedUp
            | Self::PasswordChanged
            | Self::AccountCreated
            | Self::AccountDeleted
            | Self::AccountDisabled
            | Self::AccountEnabled
            | Self::RolesChanged
            | Self::EmailChanged
            | Self::PasswordReset
            | Self::SessionsEnded
            | Self::TokenRevoked
            | Self::RefreshTokenRevoked
            | Self::AdminRefused
            | Self::ServiceRefused
            | Self::KeysRead
            | Self::KeysRotated
            | Self::KeyTakenOut
            | Self::KeyPublished
            | Self::KeyActivated
            | Self::KeyRetired
            | Self::KeyGone
            | Self::KeyRemoved
            | Self::KeyResealed => Class::Change,
        }
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Somebody who has proved nothing.
    Anybody,
    /// Whoever holds the account's password, token or cookie.
    User,
    /// Whoever holds an admin credential.
    Admin,
    /// Whoever holds a service credential.
    Service,
    /// The service itself.
    System,
}

/// Where a request came from, as far as it shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The client's address; empty where the platform gives none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_address: String,
    /// The `User-Agent`, cut to 256 bytes. Its sender chose it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user_agent: String,
}

/// Who asks for something: what an event about it will say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// As whom.
    pub actor: Actor,
    /// With [`Actor::Admin`] and [`Actor::Service`]: which credential.
    pub credential: Option<String>,
    /// In which request.
    pub request_id: String,
    /// From where.
    pub source: Source,
}

impl Asker {
    /// An event of his making.
    #[must_use]
    pub fn event(&self, kind: Kind, at: UnixTime) -> Event {
        Event {
            credential: self.credential.clone(),
            request_id: Some(self.request_id.clone()),
            client_address: self.source.client_address.clone(),
            user_agent: self.source.user_agent.clone(),
            ..Event::new(kind, self.actor, at)
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: UnixTime,
    /// What.
    #[serde(rename = "event")]
    pub kind: Kind,
    /// Who.
    pub by: Actor,
    /// With [`Actor::Admin`] and [`Actor::Service`]: which credential, by the first eight digits of its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// In which request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// From which address, where the platform gives one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_address: String,
    /// With which program.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user_agent: String,
    /// Whose account; left out where it is stored, because it is stored there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Which session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// How many sessions ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<usize>,
    /// Which generation of the session's cookie was presented, or lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// From where the session was renewed the last time before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_renewed_from: Option<Source>,
    /// One word of why or which; of a set that the code closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The roles from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// The `jti` or `kid`: names, not secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// How many times it happened, if more than once; the other fields are those of the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When it happened for the first time, if it happened more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<UnixTime>,
}

impl Event {
    /// An event that so far says only what, who and when.
    #[must_use]
    pub fn new(kind: Kind, by: Actor, at: UnixTime) -> Self {
        Self {
            at,
            kind,
            by,
            credential: None,
            request_id: None,
            client_address: String::new(),
            user_agent: String::new(),
            account: None,
            session: None,
            sessions: None,
            generation: None,
            last_renewed_from: None,
            reason: None,
            roles: None,
            id: None,
            count: None,
            first_at: None,
        }
    }

    /// The session it is about.
    #[must_use]
    pub fn session(mut self, id: &str) -> Self {
        self.session = Some(id.to_owned());
        self
    }

    /// How many sessions ended.
    #[must_use]
    pub const fn sessions(mut self, count: usize) -> Self {
        self.sessions = Some(count);
        self
    }

    /// One word of why or which.
    #[must_use]
    pub fn reason(mut self, word: &'static str) -> Self {
        self.reason = Some(word.to_owned());
        self
    }

    /// The account it is about.
    #[must_use]
    pub fn account(mut self, id: &str) -> Self {
        self.account = (!id.is_empty()).then(|| id.to_owned());
        self
    }

    /// The `jti` or `kid` it is about.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// This event and an earlier one as one, with the count of both; `None` where they are not repetitions of the same. Only those of
    /// [`Class::Attempt`] are collapsed. They are the same if they agree in all but what a client chooses: time, request, `User-Agent`,
    /// and the address within its [bucket](AddressBucket).
    #[must_use]
    pub fn collapsed_with(&self, earlier: &Self) -> Option<Self> {
        let bucket = |address: &str| AddressBucket::of(Some(address)).as_str().to_owned();
        let comparable = |event: &Self| Self {
            at: UnixTime(0),
            request_id: None,
            client_address: bucket(&event.client_address),
            user_agent: String::new(),
            last_renewed_from: event.last_renewed_from.as_ref().map(|source| Source {
                client_address: bucket(&source.client_address),
                user_agent: String::new(),
            }),
            count: None,
            first_at: None,
            ..event.clone()
        };
        if self.kind.class() != Class::Attempt || comparable(self) != comparable(earlier) {
            return None;
        }
        let count = earlier.count.unwrap_or(1).saturating_add(self.count.unwrap_or(1));
        let first_at = earlier.first_at.unwrap_or(earlier.at);
        Some(Self { count: Some(count), first_at: Some(first_at), ..self.clone() })
    }

    /// Writes it to the log.
    pub fn log(&self) {
        // By way of the text: a second serializer for all of this would make the Worker larger.
        let text = serde_json::to_string(self).unwrap_or_default();
        let mut particulars = serde_json::from_str(&text).unwrap_or(Value::Null);
        if let Value::Object(fields) = &mut particulars {
            fields.remove("event");
            fields.remove("request_id");
        }
        log::line(self.kind.as_str(), self.request_id.as_deref().unwrap_or_default(), particulars);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use auth_core::time::UnixTime;

    use super::{Actor, Class, Event, Kind, Source};

    #[test]
    fn check_45_every_kind_has_one_name_of_its_own_and_is_read_back() {
        let names: HashSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(kind.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", kind.as_str());
            let event = Event::new(*kind, Actor::System, UnixTime(1));
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(
                text,
                format!(r#"{{"at":1,"event":"{}","by":"system"}}"#, kind.as_str()),
                "nothing that isn't known"
            );
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        }
    }

    #[test]
    fn check_45_repetitions_collapse_into_one_event_with_a_count_and_both_times() {
        let failure = |at, agent: &str| Event {
            request_id: Some(format!("r{at}")),
            client_address: "192.0.2.1".into(),
            user_agent: agent.into(),
            ..Event::new(Kind::PasswordWrong, Actor::User, UnixTime(at)).session("s")
        };
        let (first, second, third) = (failure(1, "a"), failure(5, "b"), failure(9, "a"));
        let two = second.collapsed_with(&first).unwrap();
        assert_eq!((two.count, two.first_at, two.at), (Some(2), Some(UnixTime(1)), UnixTime(5)));
        assert_eq!((two.request_id.as_deref(), two.user_agent.as_str()), (Some("r5"), "b"));
        let three = third.collapsed_with(&two).unwrap();
        assert_eq!((three.count, three.first_at, three.at), (Some(3), Some(UnixTime(1)), UnixTime(9)));
        for other in [
            Event { client_address: "192.0.2.2".into(), ..first.clone() },
            Event { kind: Kind::SignInFailed, ..first.clone() },
            Event { by: Actor::Anybody, ..first.clone() },
            first.clone().session("t"),
            first.clone().reason("why"),
        ] {
            assert_eq!(second.collapsed_with(&other), None, "{other:?}");
        }
        // A subscriber commonly has a whole IPv6 /64, and can use another address for each request.
        let within = |address: &str| Event { client_address: address.into(), ..failure(5, "b") };
        let [one, same, other] = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"].map(within);
        let both = same.collapsed_with(&one).unwrap();
        assert_eq!((both.count, both.client_address.as_str()), (Some(2), "2001:db8::ffff:2"));
        assert_eq!(other.collapsed_with(&one), None, "another network");
        let change = |at| Event::new(Kind::RolesChanged, Actor::Admin, UnixTime(at));
        assert_eq!(change(2).collapsed_with(&change(1)), None, "every change stands by itself");
    }

    #[test]
    fn check_45_classes_have_numbers_of_their_own_in_the_store() {
        let numbers: HashSet<_> = Kind::ALL.iter().map(|kind| kind.class().number()).collect();
        assert_eq!(numbers, HashSet::from([0, 1, 2, 3]));
        for (kind, class) in [
            (Kind::PasswordChanged, Class::Change),
            (Kind::SignInFailed, Class::Attempt),
            (Kind::SignedIn, Class::Session),
            (Kind::RefreshReused, Class::Theft),
        ] {
            assert_eq!(kind.class(), class, "{kind:?}");
        }
    }

    #[test]
    fn check_45_all_that_is_known_is_read_back() {
        let source = || Source { client_address: "192.0.2.1".into(), user_agent: "x".into() };
        let event = Event {
            credential: Some("0123abcd".into()),
            request_id: Some("r".into()),
            client_address: "192.0.2.1".into(),
            user_agent: "x".into(),
            generation: Some(3),
            last_renewed_from: Some(source()),
            roles: Some(vec!["admin".into()]),
            ..Event::new(Kind::RefreshReused, Actor::User, UnixTime(1))
        };
        let event = event.session("s").sessions(2).reason("why").account("a").id("j");
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
        assert_eq!(event.account("").account, None, "nobody's account");
    }
}
