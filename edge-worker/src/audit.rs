//! The audit trail: one structured event for everything that may need to be investigated later.
//!
//! An event about an account is stored in the account, which keeps the newest events of each [class](Class),
//! and written to the log at the same time. Other events are only written to the log. No event contains a
//! secret, because there is no field for one. [`Kind`] is the closed set of what is recorded.

mod kind;

use auth_core::id::{AccountId, SessionId};
use auth_core::limits::AddressBucket;
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::log;

pub use kind::{Class, Kind};

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
    /// An OAuth client.
    Client,
    /// The service itself.
    System,
}

/// The origin of a request, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
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
#[serde(rename(deserialize = "open"))]
pub struct Asker {
    /// The kind of caller.
    pub actor: Actor,
    /// For [`Actor::Admin`] and [`Actor::Service`]: which credential.
    pub credential: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// The origin of the request.
    pub source: Source,
    /// How the browser is recognised.
    #[serde(default)]
    pub browser: BrowserMark,
}

/// SHA-256 of device cookies, in hex. Each sign-in replaces the browser's device cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct BrowserMark {
    /// Of the one that the request presented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presented: Option<String>,
    /// Of the one that the response sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
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
#[serde(rename(deserialize = "open"))]
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
    pub account: Option<AccountId>,
    /// The session's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
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
    /// A token's `jti`, a key's `kid` or an API key's id, which are not secret.
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
    pub fn session(mut self, id: &SessionId) -> Self {
        self.session = Some(id.clone());
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
    pub fn account(mut self, id: &AccountId) -> Self {
        self.account = Some(id.clone());
        self
    }

    /// Sets the `jti`, the `kid` or the API key's id.
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
    use auth_core::time::UnixTime;

    use super::{Actor, Event, Kind, Source};

    #[test]
    fn check_45_an_event_of_every_kind_is_read_back() {
        for kind in Kind::ALL {
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
            ..Event::new(Kind::PasswordWrong, Actor::User, UnixTime(at)).session(&"s".into())
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
            first.clone().session(&"t".into()),
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
        let event = event.session(&"s".into()).sessions(2).reason("why").account(&"a".into()).id("j");
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
    }
}
