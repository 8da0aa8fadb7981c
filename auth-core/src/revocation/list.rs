//! The list of revocations.

use core::hash::Hash;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::id::{SessionId, TokenId};
use crate::time::UnixTime;
use crate::token::Caller;

/// What a revocation applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// All tokens of one session (`sid`). [`SessionId::of_client`]: all tokens of an OAuth client, those that users have
    /// granted to it included.
    Session,
    /// One token (`jti`).
    Token,
    /// All tokens of an account (`sub`) whose epoch is lower than the one given, and its tokens without an
    /// epoch.
    Epoch,
}

/// One revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct Entry {
    /// The issuer of the tokens.
    pub issuer: String,
    /// What the revocation applies to.
    pub kind: Kind,
    /// The `sid`, `jti` or `sub`.
    pub id: String,
    /// With [`Kind::Epoch`]: the lowest epoch that is still valid. Otherwise 0.
    pub least_epoch: u64,
    /// From this time on no affected token can be valid, so the entry can be removed.
    pub until: UnixTime,
}

/// Entries, indexed for look-up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    issuers: HashMap<String, Revoked>,
}

/// The revocations of one issuer by id, and until when each is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Revoked {
    sessions: HashMap<SessionId, UnixTime>,
    tokens: HashMap<TokenId, UnixTime>,
    epochs: HashMap<String, LeastEpoch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LeastEpoch {
    least: u64,
    until: UnixTime,
}

impl List {
    /// Builds the index from entries.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut list = Self::default();
        list.extend(entries);
        list
    }

    /// Adds entries in any order, and more than once: the later expiry and the higher epoch win.
    pub fn extend(&mut self, entries: Vec<Entry>) {
        for Entry { issuer, kind, id, least_epoch, until } in entries {
            let revoked = self.issuers.entry(issuer).or_default();
            match kind {
                Kind::Session => later(&mut revoked.sessions, id.into(), until),
                Kind::Token => later(&mut revoked.tokens, id.into(), until),
                Kind::Epoch => {
                    let entry = revoked.epochs.entry(id).or_insert(LeastEpoch { least: least_epoch, until });
                    entry.least = entry.least.max(least_epoch);
                    entry.until = entry.until.max(until);
                }
            }
        }
    }

    /// Removes the entries that can't affect any token any more.
    pub fn forget_expired(&mut self, now: UnixTime) {
        for revoked in self.issuers.values_mut() {
            revoked.sessions.retain(|_, until| *until > now);
            revoked.tokens.retain(|_, until| *until > now);
            revoked.epochs.retain(|_, epoch| epoch.until > now);
        }
        self.issuers.retain(|_, revoked| *revoked != Revoked::default());
    }

    /// Whether the caller's token was revoked.
    #[must_use]
    pub fn revokes(&self, caller: &Caller) -> bool {
        let Some(revoked) = self.issuers.get(&caller.issuer) else { return false };
        caller.session.as_ref().is_some_and(|id| revoked.sessions.contains_key(id))
            || caller
                .client_id
                .as_ref()
                .is_some_and(|id| revoked.sessions.contains_key(&SessionId::of_client(id)))
            || caller.token_id.as_ref().is_some_and(|id| revoked.tokens.contains_key(id))
            || revoked
                .epochs
                .get(&caller.subject)
                .is_some_and(|LeastEpoch { least, .. }| caller.epoch.is_none_or(|epoch| epoch < *least))
    }
}

fn later<Id: Eq + Hash>(ids: &mut HashMap<Id, UnixTime>, id: Id, until: UnixTime) {
    let stored = ids.entry(id).or_insert(until);
    *stored = (*stored).max(until);
}

#[cfg(test)]
mod tests {
    use super::{Entry, Kind, List};
    use crate::time::UnixTime;
    use crate::token::Caller;

    fn entry(kind: Kind, id: &str, least_epoch: u64) -> Entry {
        Entry { issuer: "i".into(), kind, id: id.into(), least_epoch, until: UnixTime(1) }
    }

    fn caller() -> Caller {
        Caller { session: Some("s".into()), token_id: Some("j".into()), epoch: Some(3), ..Caller::bare() }
    }

    #[test]
    fn check_21_a_session_a_token_and_a_user_can_be_revoked() {
        for (entry, revoked) in [
            (entry(Kind::Session, "s", 0), true),
            (entry(Kind::Session, "x", 0), false),
            (entry(Kind::Session, "j", 0), false),
            (entry(Kind::Token, "j", 0), true),
            (entry(Kind::Token, "s", 0), false),
            (entry(Kind::Epoch, "u", 4), true),
            (entry(Kind::Epoch, "u", 3), false),
            (entry(Kind::Epoch, "s", 4), false),
            (Entry { issuer: "other".into(), ..entry(Kind::Session, "s", 0) }, false),
        ] {
            assert_eq!(List::new(vec![entry.clone()]).revokes(&caller()), revoked, "{entry:?}");
        }
        assert!(!List::default().revokes(&caller()));
    }

    #[test]
    fn check_21_the_end_of_a_client_ends_what_users_have_granted_to_it() {
        let granted = Caller { session: Some("grant.s".into()), client_id: Some("c".into()), ..caller() };
        let of_itself = Caller { session: Some("client.c".into()), ..granted.clone() };
        for (caller, revoked) in [
            (&granted, true),
            (&of_itself, true),
            (&Caller { client_id: Some("other".into()), ..granted.clone() }, false),
            (&caller(), false),
        ] {
            assert_eq!(List::new(vec![entry(Kind::Session, "client.c", 0)]).revokes(caller), revoked);
        }
        assert!(!List::new(vec![entry(Kind::Session, "grant.s", 0)]).revokes(&of_itself));
    }

    #[test]
    fn check_21_the_highest_epoch_counts_and_a_token_without_one_is_too_old() {
        let list = List::new(vec![entry(Kind::Epoch, "u", 5), entry(Kind::Epoch, "u", 2)]);
        assert!(list.revokes(&Caller { epoch: Some(4), ..caller() }));
        assert!(!list.revokes(&Caller { epoch: Some(5), ..caller() }));
        assert!(list.revokes(&Caller { epoch: None, ..caller() }));
    }

    #[test]
    fn entries_are_forgotten_when_they_end_and_not_before() {
        for kind in [Kind::Session, Kind::Token, Kind::Epoch] {
            let mut list = List::new(vec![
                Entry { until: UnixTime(10), ..entry(kind, "a", 4) },
                Entry { until: UnixTime(20), ..entry(kind, "a", 2) },
                Entry { until: UnixTime(15), ..entry(kind, "a", 3) },
            ]);
            list.forget_expired(UnixTime(19));
            let left = List::new(vec![Entry { until: UnixTime(20), ..entry(kind, "a", 4) }]);
            assert_eq!(list, left, "the later end and the higher epoch");
            list.forget_expired(UnixTime(20));
            assert_eq!(list, List::default());
        }
    }
}
