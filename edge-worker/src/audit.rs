//! The audit trail: one structured event for everything that may need to be investigated later.
//!
//! An event about an account is stored in the account, which keeps the last hundred, and written to the log
//! at the same time. Other events are only written to the log. No event contains a secret, because there is
//! no field for one.

use auth_core::limits::AddressBucket;
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::log;

/// The classes of events, which an account limits separately. Each class keeps its newest events, so that
/// events which a client can cause at will displace none of another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Changes of the account or its credentials, and calls with a program's credential.
    Change,
    /// Failures, replays and reads. Any client can cause any number of them.
    Attempt,
    /// Sessions that begin and end. A client that has the password can cause any number of them.
    Session,
    /// Reuse of a cookie. A client that has the password can cause this too, but each time takes as long as a
    /// rotation.
    Theft,
}

impl Class {
    /// The class's number in the store.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Change => 0,
            Self::Attempt => 1,
            Self::Session => 2,
            Self::Theft => 3,
        }
    }

    /// How many events of the class an account keeps.
    #[must_use]
    pub const fn kept(self) -> u32 {
        match self {
            Self::Change => 100,
            Self::Attempt | Self::Session => 50,
            Self::Theft => 20,
        }
    }
}

/// Declares the enum together with everything that must stay consistent with it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// The kind of event. A closed set.
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
    /// A visitor created an account and was signed in.
    SignedUp = "signed_up";
    /// A sign-up was rejected; `reason` says why.
    SignUpRefused = "sign_up_refused";
    /// A session was opened.
    SignedIn = "signed_in";
    /// Sign-in failed: address or password wrong, or the account disabled; `reason` says which.
    SignInFailed = "sign_in_failed";
    /// An attempt was rejected because of a limit; `reason` says whether it was the account's or the client
    /// address's. Recorded only once in a while, regardless of the number of attempts.
    SignInLimited = "sign_in_limited";
    /// One, several or all sessions ended: `scope` says which, `sessions` how many.
    SignedOut = "signed_out";
    /// A session ended because a sign-in presented its cookie.
    SessionReplaced = "session_replaced";
    /// One session was ended from another one.
    SessionRevoked = "session_revoked";
    /// The predecessor of a session's cookie was presented within the replay window, but from another address
    /// or program than the last renewal.
    RefreshReplayed = "refresh_replayed";
    /// A predecessor was presented late and its successor never was: a response was lost, and the session
    /// continued without it.
    RefreshAnswerLost = "refresh_answer_lost";
    /// A cookie was presented that had been replaced long ago, so it was copied. The session has ended.
    RefreshReused = "refresh_reused";
    /// A one-time ticket was presented a second time: it was copied, or an `EventSource` reconnected by
    /// itself.
    TicketReplayed = "ticket_replayed";
    /// The user changed the password; every other session ended.
    PasswordChanged = "password_changed";
    /// The user proved the password again in a session.
    Reauthenticated = "reauthenticated";
    /// A change or deletion was rejected because the password was wrong.
    PasswordWrong = "password_wrong";
    /// An administrator created the account.
    AccountCreated = "account_created";
    /// An administrator read an account or its events, or searched for an address.
    AccountRead = "account_read";
    /// The account was deleted. Only in the log, because the account's own events were deleted with it.
    AccountDeleted = "account_deleted";
    /// The account was disabled; all its sessions ended.
    AccountDisabled = "account_disabled";
    /// The account was enabled.
    AccountEnabled = "account_enabled";
    /// The account's roles changed; its access tokens are renewed.
    RolesChanged = "roles_changed";
    /// The user's e-mail address in the external system changed.
    EmailChanged = "email_changed";
    /// An administrator set a one-time password; all sessions ended.
    PasswordReset = "password_reset";
    /// An administrator ended all sessions.
    SessionsEnded = "sessions_ended";
    /// A service revoked one access token.
    TokenRevoked = "token_revoked";
    /// A service ended a session by its refresh token.
    RefreshTokenRevoked = "refresh_token_revoked";
    /// A call of the admin API without a valid credential.
    AdminRefused = "admin_refused";
    /// A call of a path for services without a valid credential.
    ServiceRefused = "service_refused";
    /// An administrator listed the service's keys.
    KeysRead = "keys_read";
    /// An administrator rotated a key; `reason` says of which purpose.
    KeysRotated = "keys_rotated";
    /// An administrator removed a key before its time.
    KeyTakenOut = "key_taken_out";
    /// A key was generated and published. `reason` states the purpose, here and below.
    KeyPublished = "key_published";
    /// A key became active.
    KeyActivated = "key_activated";
    /// A key was retired: nothing new is made with it.
    KeyRetired = "key_retired";
    /// A key reached the end of its time and was deleted.
    KeyGone = "key_gone";
    /// A key was deleted before its time.
    KeyRemoved = "key_removed";
    /// A key was sealed again with another secret.
    KeyResealed = "key_resealed";
}

impl Kind {
    /// The class of the event.
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

/// The kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A caller without a valid credential.
    Anybody,
    /// A caller with the account's password, access token or cookie.
    User,
    /// A caller with an administrator's credential.
    Admin,
    /// A caller with a service's credential.
    Service,
    /// The service itself.
    System,
}

/// The origin of a request, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The client address; empty if the platform reports none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_address: String,
    /// The `User-Agent`, cut to 256 bytes. The client chooses it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user_agent: String,
}

/// The caller of an operation, as recorded in its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// The kind of caller.
    pub actor: Actor,
    /// For [`Actor::Admin`] and [`Actor::Service`]: which credential.
    pub credential: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// The origin of the request.
    pub source: Source,
}

impl Asker {
    /// An event caused by this caller.
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
    /// The time of the event.
    pub at: UnixTime,
    /// The kind of event.
    #[serde(rename = "event")]
    pub kind: Kind,
    /// The kind of caller.
    pub by: Actor,
    /// For [`Actor::Admin`] and [`Actor::Service`]: the credential, by the first eight digits of its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// The id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The client address, if the platform reports one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_address: String,
    /// The `User-Agent`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user_agent: String,
    /// The account's id; absent in the account's own store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The session's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The number of sessions that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<usize>,
    /// The generation of the session's cookie that was presented, or lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// The client that last renewed the session before this event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_renewed_from: Option<Source>,
    /// One word with the reason or the purpose, from a set that the code closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The new roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// A token's `jti` or a key's `kid`, which are not secret.
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
    /// An event with only kind, caller and time.
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

    /// Sets the session.
    #[must_use]
    pub fn session(mut self, id: &str) -> Self {
        self.session = Some(id.to_owned());
        self
    }

    /// Sets the number of sessions that ended.
    #[must_use]
    pub const fn sessions(mut self, count: usize) -> Self {
        self.sessions = Some(count);
        self
    }

    /// Sets the reason.
    #[must_use]
    pub fn reason(mut self, word: &'static str) -> Self {
        self.reason = Some(word.to_owned());
        self
    }

    /// Sets the account.
    #[must_use]
    pub fn account(mut self, id: &str) -> Self {
        self.account = (!id.is_empty()).then(|| id.to_owned());
        self
    }

    /// Sets the `jti` or `kid`.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Merges this event with an earlier one and adds their counts; `None` if they are not repetitions of the
    /// same event. Only events of [`Class::Attempt`] are merged. They are the same if they agree in
    /// everything except what a client chooses: time, request, `User-Agent`, and the address within its
    /// [bucket](AddressBucket).
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

    /// Writes the event to the log.
    pub fn log(&self) {
        // Converted through text, because a second serializer for this type would make the Worker larger.
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
                "unknown fields are rejected"
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
        assert_eq!(change(2).collapsed_with(&change(1)), None, "changes are never merged");
    }

    #[test]
    fn check_45_every_class_has_its_own_number_in_the_store() {
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
    fn check_45_every_field_survives_serialization() {
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
        assert_eq!(event.account("").account, None, "an empty id counts as absent");
    }
}
