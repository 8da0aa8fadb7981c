//! The audit trail: one structured event for everything somebody may want to look into later.
//!
//! An event about an account is stored in it, the last hundred of them, and written to the log in the same moment; what is
//! about no account is written to the log alone. No event holds a secret: there is no field for one.

use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::log;

/// How many events that change the account it keeps.
pub const KEPT_CHANGES: u32 = 100;

/// How many other events it keeps. They are counted apart, so that no number of them can push out a change.
pub const KEPT_ATTEMPTS: u32 = 50;

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
    /// Whether it changes the account, its sessions or its tokens. Failures, replays and reads do not, and their number is up to the
    /// client that causes them.
    #[must_use]
    pub const fn changes_account(self) -> bool {
        !matches!(
            self,
            Self::SignInFailed
                | Self::SignInLimited
                | Self::SignUpRefused
                | Self::PasswordWrong
                | Self::Reauthenticated
                | Self::RefreshReplayed
                | Self::RefreshAnswerLost
                | Self::TicketReplayed
                | Self::AccountRead
        )
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

    /// This event and an earlier one as one, with the count of both; `None` where they are not repetitions of the same. Only events
    /// that do not change the account are collapsed. They are the same if they agree in all but time, request and `User-Agent`,
    /// which the client chooses.
    #[must_use]
    pub fn collapsed_with(&self, earlier: &Self) -> Option<Self> {
        let comparable = |event: &Self| Self {
            at: UnixTime(0),
            request_id: None,
            user_agent: String::new(),
            count: None,
            first_at: None,
            ..event.clone()
        };
        if self.kind.changes_account() || comparable(self) != comparable(earlier) {
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

    use super::{Actor, Event, Kind, Source};

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
        let change = |at| Event::new(Kind::RolesChanged, Actor::Admin, UnixTime(at));
        assert_eq!(change(2).collapsed_with(&change(1)), None, "every change stands by itself");
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
