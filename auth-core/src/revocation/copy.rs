//! An isolate's copy of the list, updated by increments, or by the whole list if the copy's state is unknown
//! to it.

use serde::{Deserialize, Serialize};

use super::{Entry, List};
use crate::cached::Dated;
use crate::time::UnixTime;

/// The minimum interval between removals of expired entries from a copy, in seconds.
const TIDY_EVERY: u64 = 60;

/// A state of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct Position {
    /// The list's random id. If its storage is lost, the new list has another id.
    pub list: String,
    /// The number of changes so far. Every change marks the entries that it touches with its number.
    pub change: u64,
}

/// What a copy needs to become current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Nothing: it contains every change.
    Nothing,
    /// The entries with a higher number than this.
    Since(u64),
    /// All entries that have not expired.
    Whole,
}

impl Position {
    /// What a copy at `copy` needs; `None` if there is no copy.
    #[must_use]
    pub fn extent_for(&self, copy: Option<&Self>) -> Extent {
        match copy {
            Some(copy) if copy.list != self.list || copy.change > self.change => Extent::Whole,
            Some(copy) if copy.change == self.change => Extent::Nothing,
            Some(copy) => Extent::Since(copy.change),
            None => Extent::Whole,
        }
    }
}

/// A reply of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct Update {
    /// The list's clock when it was read, in milliseconds.
    pub taken_at_ms: u64,
    /// The state of the copy after the update.
    pub position: Position,
    /// The entries are those after the change with this number; `None` if they are the whole list.
    pub since: Option<u64>,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// An isolate's copy.
#[derive(Clone, Debug)]
pub struct ListCopy {
    list: List,
    position: Position,
    taken_at_ms: u64,
    tidied_at: UnixTime,
}

/// Whether a copy is now at least as recent as the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The copy is as recent.
    Yes,
    /// It is not, because the reply is based on another state. The list must be asked again.
    No,
}

impl ListCopy {
    /// Brings `copy` up to date. Replies may arrive in any order.
    pub fn apply(copy: &mut Option<Self>, update: Update) -> Applied {
        let Some(present) = copy else {
            if update.since.is_some() {
                return Applied::No;
            }
            *copy = Some(Self::whole(update));
            return Applied::Yes;
        };
        let same_list = present.position.list == update.position.list;
        match update.since {
            None => {
                let overtaken = if same_list {
                    update.position.change < present.position.change
                } else {
                    update.taken_at_ms < present.taken_at_ms
                };
                if !overtaken {
                    *present = Self::whole(update);
                }
                Applied::Yes
            }
            Some(since) if same_list && since <= present.position.change => {
                if update.position.change >= present.position.change {
                    present.advance(update);
                }
                Applied::Yes
            }
            Some(_) => Applied::No,
        }
    }

    fn whole(update: Update) -> Self {
        let Update { taken_at_ms, position, entries, .. } = update;
        Self { list: List::new(entries), position, taken_at_ms, tidied_at: seconds(taken_at_ms) }
    }

    fn advance(&mut self, update: Update) {
        let now = seconds(update.taken_at_ms);
        self.list.extend(update.entries);
        self.position = update.position;
        self.taken_at_ms = update.taken_at_ms;
        if now.since(self.tidied_at) >= TIDY_EVERY {
            self.list.forget_expired(now);
            self.tidied_at = now;
        }
    }

    /// The entries.
    #[must_use]
    pub const fn list(&self) -> &List {
        &self.list
    }

    /// The state of the copy.
    #[must_use]
    pub const fn position(&self) -> &Position {
        &self.position
    }
}

impl Dated for ListCopy {
    /// By the list's clock.
    fn taken_at_ms(&self) -> u64 {
        self.taken_at_ms
    }
}

const fn seconds(milliseconds: u64) -> UnixTime {
    UnixTime(milliseconds / 1000)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::Kind;
    use super::{Applied, Entry, Extent, List, ListCopy, Position, Update};
    use crate::time::UnixTime;

    fn position(list: &str, change: u64) -> Position {
        Position { list: list.into(), change }
    }

    fn entry(id: &str) -> Entry {
        Entry {
            issuer: "i".into(),
            kind: Kind::Session,
            id: id.into(),
            least_epoch: 0,
            until: UnixTime(9_999),
        }
    }

    fn update(taken_at_ms: u64, position: Position, since: Option<u64>, ids: &[&str]) -> Update {
        Update { taken_at_ms, position, since, entries: ids.iter().copied().map(entry).collect() }
    }

    fn ids(copy: Option<&ListCopy>, expected: &[&str]) {
        let expected = List::new(expected.iter().copied().map(entry).collect());
        assert_eq!(copy.map(ListCopy::list), Some(&expected));
    }

    #[test]
    fn a_copy_gets_what_it_lacks() {
        let present = position("a", 7);
        for (copy, extent) in [
            (None, Extent::Whole),
            (Some(position("b", 7)), Extent::Whole),
            (Some(position("a", 8)), Extent::Whole),
            (Some(position("a", 7)), Extent::Nothing),
            (Some(position("a", 6)), Extent::Since(6)),
            (Some(position("a", 0)), Extent::Since(0)),
        ] {
            assert_eq!(present.extent_for(copy.as_ref()), extent, "{copy:?}");
        }
    }

    #[test]
    fn an_increment_adds_and_an_empty_one_renews() {
        let mut copy = None;
        assert_eq!(ListCopy::apply(&mut copy, update(1_000, position("a", 2), None, &["x"])), Applied::Yes);
        assert_eq!(
            ListCopy::apply(&mut copy, update(2_000, position("a", 3), Some(2), &["y"])),
            Applied::Yes
        );
        assert_eq!(ListCopy::apply(&mut copy, update(3_000, position("a", 3), Some(3), &[])), Applied::Yes);
        ids(copy.as_ref(), &["x", "y"]);
        assert_eq!(copy.map(|copy| (copy.position, copy.taken_at_ms)), Some((position("a", 3), 3_000)));
    }

    #[test]
    fn an_increment_for_another_copy_changes_nothing() {
        let increment = |list| update(2_000, position(list, 9), Some(5), &["y"]);
        let mut copy = None;
        assert_eq!(ListCopy::apply(&mut copy, increment("a")), Applied::No);
        assert!(copy.is_none());
        ListCopy::apply(&mut copy, update(1_000, position("a", 4), None, &["x"]));
        assert_eq!(
            ListCopy::apply(&mut copy, increment("a")),
            Applied::No,
            "changes 5 and before are missing"
        );
        assert_eq!(ListCopy::apply(&mut copy, increment("b")), Applied::No);
        ids(copy.as_ref(), &["x"]);
        assert_eq!(copy.map(|copy| copy.taken_at_ms), Some(1_000), "the copy's age is unchanged");
    }

    #[test]
    fn an_overtaken_reply_removes_nothing() {
        let mut copy = None;
        ListCopy::apply(&mut copy, update(5_000, position("a", 5), None, &["x", "y"]));
        for late in [
            update(4_000, position("a", 4), None, &["x"]),
            update(4_000, position("a", 4), Some(3), &["x"]),
            update(4_000, position("b", 9), None, &[]),
        ] {
            assert_eq!(ListCopy::apply(&mut copy, late), Applied::Yes, "the copy is more recent");
            ids(copy.as_ref(), &["x", "y"]);
        }
        assert_eq!(copy.as_ref().map(|copy| copy.taken_at_ms), Some(5_000));
        ListCopy::apply(&mut copy, update(6_000, position("b", 1), None, &["z"]));
        ids(copy.as_ref(), &["z"]);
    }

    /// The object's storage.
    struct Stored {
        position: Position,
        rows: BTreeMap<String, (u64, Entry)>,
    }

    impl Stored {
        fn new(list: u64) -> Self {
            Self { position: position(&list.to_string(), 0), rows: BTreeMap::new() }
        }

        /// An account's epoch only increases.
        fn add(&mut self, id: u8, until: UnixTime) {
            self.position.change += 1;
            let kind = match id % 3 {
                0 => Kind::Session,
                1 => Kind::Token,
                _ => Kind::Epoch,
            };
            let least_epoch = if kind == Kind::Epoch { self.position.change } else { 0 };
            let added = Entry { issuer: "i".into(), kind, id: id.to_string(), least_epoch, until };
            let (change, stored) = self.rows.entry(added.id.clone()).or_insert((0, added.clone()));
            *change = self.position.change;
            stored.least_epoch = stored.least_epoch.max(added.least_epoch);
            stored.until = stored.until.max(added.until);
        }

        fn living(&self, now: UnixTime, after: u64) -> Vec<Entry> {
            let rows = self.rows.values().filter(|(change, entry)| *change > after && entry.until > now);
            rows.map(|(_, entry)| entry.clone()).collect()
        }

        fn answer(&self, copy: Option<&Position>, now: UnixTime) -> Update {
            let (since, entries) = match self.position.extent_for(copy) {
                Extent::Nothing => (Some(self.position.change), vec![]),
                Extent::Since(change) => (Some(change), self.living(now, change)),
                Extent::Whole => (None, self.living(now, 0)),
            };
            Update { taken_at_ms: now.0 * 1000, position: self.position.clone(), since, entries }
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Add {
            id: u8,
            ttl: u64,
        },
        Pass {
            seconds: u64,
        },
        Tidy,
        BeginAnew,
        Ask,
        /// One of the pending replies arrives.
        Arrive {
            which: usize,
        },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0_u8..12, 1_u64..200).prop_map(|(id, ttl)| Step::Add { id, ttl }),
            3 => (0_u64..90).prop_map(|seconds| Step::Pass { seconds }),
            1 => Just(Step::Tidy),
            1 => Just(Step::BeginAnew),
            4 => Just(Step::Ask),
            5 => (0_usize..4).prop_map(|which| Step::Arrive { which }),
        ]
    }

    proptest! {
        /// For any sequence of additions, expiries and losses, and any order of replies: a copy that has
        /// applied a reply equals the whole list at the time of the reply, or later.
        #[test]
        fn increments_add_up_to_the_whole_list(steps in prop::collection::vec(step(), 1..200)) {
            let (mut stored, mut lists, mut now) = (Stored::new(0), 0, UnixTime(1_000));
            let mut copy: Option<ListCopy> = None;
            let mut under_way: Vec<Update> = vec![];
            // The whole list at each position of a reply.
            let mut wholes: BTreeMap<(String, u64), Vec<Entry>> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Add { id, ttl } => stored.add(id, now.plus(ttl)),
                    Step::Pass { seconds } => now = now.plus(seconds),
                    Step::Tidy => stored.rows.retain(|_, (_, entry)| entry.until > now),
                    Step::BeginAnew => {
                        lists += 1;
                        // So that two replies of different lists never have the same time.
                        now = now.plus(1);
                        stored = Stored::new(lists);
                    }
                    Step::Ask => {
                        let update = stored.answer(copy.as_ref().map(ListCopy::position), now);
                        let position = (update.position.list.clone(), update.position.change);
                        wholes.insert(position, stored.living(now, 0));
                        under_way.push(update);
                    }
                    Step::Arrive { which } => {
                        if under_way.is_empty() {
                            continue;
                        }
                        let update = under_way.remove(which % under_way.len());
                        let (asked, taken_at_ms) = (update.position.clone(), update.taken_at_ms);
                        if ListCopy::apply(&mut copy, update) == Applied::No {
                            continue;
                        }
                        let mut copy = copy.clone().ok_or_else(|| TestCaseError::fail("no copy"))?;
                        if copy.position.list == asked.list {
                            prop_assert!(copy.position.change >= asked.change);
                        } else {
                            prop_assert!(copy.taken_at_ms > taken_at_ms);
                        }
                        let whole = &wholes[&(copy.position.list.clone(), copy.position.change)];
                        let mut whole = List::new(whole.clone());
                        whole.forget_expired(now);
                        copy.list.forget_expired(now);
                        prop_assert_eq!(copy.list, whole);
                    }
                }
            }
        }

        /// If questions and replies alternate, every reply can be applied.
        #[test]
        fn a_reply_to_the_present_copy_is_always_applied(steps in prop::collection::vec(step(), 1..100)) {
            let (mut stored, mut lists, mut now) = (Stored::new(0), 0, UnixTime(1_000));
            let mut copy: Option<ListCopy> = None;
            for step in steps {
                match step {
                    Step::Add { id, ttl } => stored.add(id, now.plus(ttl)),
                    Step::Pass { seconds } => now = now.plus(seconds),
                    Step::Tidy => stored.rows.retain(|_, (_, entry)| entry.until > now),
                    Step::BeginAnew => {
                        lists += 1;
                        stored = Stored::new(lists);
                    }
                    Step::Ask | Step::Arrive { .. } => {
                        let update = stored.answer(copy.as_ref().map(ListCopy::position), now);
                        prop_assert_eq!(ListCopy::apply(&mut copy, update), Applied::Yes);
                        let mut copy = copy.clone().ok_or_else(|| TestCaseError::fail("no copy"))?;
                        copy.list.forget_expired(now);
                        prop_assert_eq!(&copy.list, &List::new(stored.living(now, 0)));
                        prop_assert_eq!(copy.taken_at_ms, now.0 * 1000);
                    }
                }
            }
        }
    }
}
