//! The list itself.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::time::UnixTime;
use crate::token::Caller;

/// What a revocation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// All tokens of one session (`sid`).
    Session,
    /// One token (`jti`).
    Token,
    /// All tokens of an account (`sub`) whose epoch is less than the one given; tokens without an epoch too.
    Epoch,
}

/// One revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose tokens.
    pub issuer: String,
    /// What it is about.
    pub kind: Kind,
    /// The `sid`, `jti` or `sub`.
    pub id: String,
    /// With [`Kind::Epoch`]: the least epoch that is still good. Otherwise 0.
    pub least_epoch: u64,
    /// From then on no token it is about can be good any more, so that it may be forgotten.
    pub until: UnixTime,
}

/// A copy of the list.
#[derive(Clone, Debug, Default)]
pub struct List {
    sessions: HashSet<(String, String)>,
    tokens: HashSet<(String, String)>,
    epochs: HashMap<(String, String), u64>,
}

impl List {
    /// Collects entries.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut list = Self::default();
        for Entry { issuer, kind, id, least_epoch, .. } in entries {
            match kind {
                Kind::Session => drop(list.sessions.insert((issuer, id))),
                Kind::Token => drop(list.tokens.insert((issuer, id))),
                Kind::Epoch => {
                    let least = list.epochs.entry((issuer, id)).or_default();
                    *least = (*least).max(least_epoch);
                }
            }
        }
        list
    }

    /// Whether the caller's token was revoked.
    #[must_use]
    pub fn revokes(&self, caller: &Caller) -> bool {
        if self.sessions.is_empty() && self.tokens.is_empty() && self.epochs.is_empty() {
            return false;
        }
        let named = |id: &str| (caller.issuer.clone(), id.to_owned());
        caller.session.as_deref().is_some_and(|id| self.sessions.contains(&named(id)))
            || caller.token_id.as_deref().is_some_and(|id| self.tokens.contains(&named(id)))
            || self
                .epochs
                .get(&named(&caller.subject))
                .is_some_and(|least| caller.epoch.is_none_or(|epoch| epoch < *least))
    }
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
        Caller {
            issuer: "i".into(),
            subject: "u".into(),
            session: Some("s".into()),
            token_id: Some("j".into()),
            epoch: Some(3),
            auth_time: None,
            roles: vec![],
            scopes: vec![],
        }
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
    fn check_21_the_highest_epoch_counts_and_a_token_without_one_is_too_old() {
        let list = List::new(vec![entry(Kind::Epoch, "u", 5), entry(Kind::Epoch, "u", 2)]);
        assert!(list.revokes(&Caller { epoch: Some(4), ..caller() }));
        assert!(!list.revokes(&Caller { epoch: Some(5), ..caller() }));
        assert!(list.revokes(&Caller { epoch: None, ..caller() }));
    }
}
