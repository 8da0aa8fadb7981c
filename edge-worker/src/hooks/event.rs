//! What the hook is told afterwards.

use auth_core::id::{AccountId, SessionId};
use auth_core::time::UnixTime;
use auth_core::wire::{Metadata, UserProfile};
use serde::Serialize;

/// An event, as the body of a message.
#[derive(Serialize)]
pub struct HookEvent<'a> {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: HookEventKind,
    /// When it happened.
    pub time: UnixTime,
    /// The user at that time.
    pub user: HookUser<'a>,
    /// With [`HookEventKind::SignedIn`]: the session that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<HookSession<'a>>,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HookEventKind {
    /// The account exists from now on: its user has signed up, or an administrator has created it.
    SignedUp,
    /// A session was opened for a user who had an account.
    SignedIn,
    /// The account was deleted, by its user or by an administrator.
    Deleted,
}

impl HookEventKind {
    /// Whether the newest events displace one of this kind if too many are pending. A system that keeps a copy of
    /// the users needs all others.
    #[must_use]
    pub const fn may_be_lost(self) -> bool {
        match self {
            Self::SignedIn => true,
            Self::SignedUp | Self::Deleted => false,
        }
    }
}

/// The user.
#[derive(Serialize)]
pub struct HookUser<'a> {
    /// The account's id, the token's `sub`.
    pub id: &'a AccountId,
    /// The e-mail address, normalised; empty if there is none.
    pub email: &'a str,
    /// Whether the service has verified that the address is the user's.
    pub email_verified: bool,
    /// The roles.
    pub roles: &'a [String],
    /// What the user says about themselves.
    pub profile: &'a UserProfile,
    /// What the deployer says about the user.
    pub metadata: &'a Metadata,
    /// When the account was created.
    pub created_at: UnixTime,
}

/// The session.
#[derive(Serialize)]
pub struct HookSession<'a> {
    /// Its id.
    pub id: &'a SessionId,
    /// How the user authenticated: the values of `amr`.
    pub methods: Vec<&'static str>,
    /// The client address; empty if the platform reports none.
    pub client_address: &'a str,
    /// The `User-Agent`, cut to 256 bytes.
    pub user_agent: &'a str,
}

#[cfg(test)]
mod tests {
    use auth_core::time::UnixTime;
    use auth_core::wire::{Metadata, UserProfile};
    use serde_json::json;

    use super::{HookEvent, HookEventKind, HookSession, HookUser};

    #[test]
    fn an_event_has_the_members_of_its_contract() {
        let event = HookEvent {
            kind: HookEventKind::SignedIn,
            time: UnixTime(7),
            user: HookUser {
                id: &"a".into(),
                email: "a@b.example",
                email_verified: true,
                roles: &["r".to_owned()],
                profile: &UserProfile { name: Some("Ada".into()), ..UserProfile::default() },
                metadata: &Metadata::default(),
                created_at: UnixTime(1),
            },
            session: Some(HookSession {
                id: &"s".into(),
                methods: vec!["pwd"],
                client_address: "192.0.2.1",
                user_agent: "x",
            }),
        };
        let user = json!({
            "id": "a", "email": "a@b.example", "email_verified": true, "roles": ["r"],
            "profile": {"name": "Ada"}, "metadata": {}, "created_at": 1
        });
        let session =
            json!({"id": "s", "methods": ["pwd"], "client_address": "192.0.2.1", "user_agent": "x"});
        assert_eq!(
            serde_json::to_value(&event).unwrap(),
            json!({"type": "signed_in", "time": 7, "user": user, "session": session})
        );
    }
}
