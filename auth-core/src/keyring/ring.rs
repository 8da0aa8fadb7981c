//! The keys of one purpose, and their transitions.

use super::schedule::Schedule;
use crate::id::KeyId;
use crate::time::UnixTime;

/// The stored facts about a key, without its material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key's id, which is never reused.
    pub id: KeyId,
    /// When it was published.
    pub published_at: UnixTime,
    /// When it became active.
    pub active_at: Option<UnixTime>,
    /// When it was retired.
    pub retired_at: Option<UnixTime>,
    /// The longest time that anything made with it is valid, in seconds: the maximum of [`Schedule::life`]
    /// while it was active.
    pub needed_for: u64,
}

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is published and not used yet.
    Published,
    /// New tokens or sessions are made with it.
    Active,
    /// It only verifies what was made with it.
    Retiring,
}

/// The keys of one purpose.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    /// In any order.
    pub keys: Vec<Key>,
}

/// A transition of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new key is published.
    Published(KeyId),
    /// The key becomes active.
    Activated(KeyId),
    /// The key is retired: nothing new is made with it.
    Retired(KeyId),
    /// What is made with the key is valid for longer than before.
    NeededFor(KeyId, u64),
    /// Nothing made with the key can be valid any more: it must be deleted.
    Gone(KeyId),
}

/// The result of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The changes of the ring, in this order. They must be stored.
    pub changes: Vec<Change>,
    /// The ring has no key in waiting. The caller must generate one and repeat the turn with it.
    pub wants_key: bool,
    /// When the next turn is due.
    pub next_at: UnixTime,
}

impl Key {
    /// The key's present state.
    #[must_use]
    pub const fn state(&self) -> State {
        match (self.active_at, self.retired_at) {
            (_, Some(_)) => State::Retiring,
            (Some(_), None) => State::Active,
            (None, None) => State::Published,
        }
    }
}

impl Ring {
    /// Does what is due at `now`. `new` is the id of a key that was just generated because the previous turn
    /// asked for one. If none is needed any more, it is ignored and does not appear in the changes.
    ///
    /// A late turn does no harm, however late: a key is never replaced before its successor was published for
    /// long enough, and never deleted before its time.
    pub fn turn(&mut self, new: Option<KeyId>, schedule: &Schedule, now: UnixTime) -> Turn {
        let mut changes = Vec::new();
        self.forget(schedule, now, &mut changes);
        if self.waiting().is_none()
            && let Some(id) = new
        {
            changes.push(Change::Published(id.clone()));
            self.keys.push(Key { id, published_at: now, active_at: None, retired_at: None, needed_for: 0 });
        }
        let over =
            self.active().and_then(|key| key.active_at).is_some_and(|at| now >= at.plus(schedule.active));
        if over {
            self.succeed(schedule, now, &mut changes);
        }
        if self.active().is_none() {
            // The first key of all, or a replacement for a key that was removed.
            self.activate_waiting(schedule, now, &mut changes);
        }
        if let Some(key) = self.keys.iter_mut().find(|key| key.state() == State::Active)
            && key.needed_for < schedule.life
        {
            key.needed_for = schedule.life;
            changes.push(Change::NeededFor(key.id.clone(), schedule.life));
        }
        Turn { changes, wants_key: self.waiting().is_none(), next_at: self.next_at(schedule, now) }
    }

    /// Retires the active key now, if its successor has been published for long enough. Otherwise returns no
    /// changes.
    pub fn rotate(&mut self, schedule: &Schedule, now: UnixTime) -> Vec<Change> {
        let mut changes = Vec::new();
        self.succeed(schedule, now, &mut changes);
        changes
    }

    /// Removes a key at once, whatever its state. Returns whether it existed. The next turn activates a
    /// successor.
    pub fn remove(&mut self, id: &KeyId) -> bool {
        let before = self.keys.len();
        self.keys.retain(|key| key.id != *id);
        self.keys.len() < before
    }

    /// The active key.
    #[must_use]
    pub fn active(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.state() == State::Active)
    }

    /// The published key that has waited longest.
    fn waiting(&self) -> Option<&Key> {
        self.keys.iter().filter(|key| key.state() == State::Published).min_by_key(|key| key.published_at)
    }

    fn forget(&mut self, schedule: &Schedule, now: UnixTime, changes: &mut Vec<Change>) {
        self.keys.retain(|key| {
            let gone = key.gone_at(schedule).is_some_and(|at| now >= at);
            if gone {
                changes.push(Change::Gone(key.id.clone()));
            }
            !gone
        });
    }

    /// Replaces the active key by the published one, if that has waited long enough.
    fn succeed(&mut self, schedule: &Schedule, now: UnixTime, changes: &mut Vec<Change>) {
        let known = self.waiting().is_some_and(|key| now >= key.published_at.plus(schedule.published));
        if !known {
            return;
        }
        if let Some(key) = self.keys.iter_mut().find(|key| key.state() == State::Active) {
            key.retired_at = Some(now);
            changes.push(Change::Retired(key.id.clone()));
        }
        self.activate_waiting(schedule, now, changes);
    }

    fn activate_waiting(&mut self, schedule: &Schedule, now: UnixTime, changes: &mut Vec<Change>) {
        let Some(id) = self.waiting().map(|key| key.id.clone()) else { return };
        if let Some(key) = self.keys.iter_mut().find(|key| key.id == id) {
            key.active_at = Some(now);
            key.needed_for = schedule.life;
            changes.extend([Change::Activated(id.clone()), Change::NeededFor(id, schedule.life)]);
        }
    }

    /// At most a day from now, because the configuration may change without notice.
    fn next_at(&self, schedule: &Schedule, now: UnixTime) -> UnixTime {
        let gone = self.keys.iter().filter_map(|key| key.gone_at(schedule));
        let due = self.active().and_then(|key| key.active_at).map(|at| at.plus(schedule.active));
        let known = self.waiting().map(|key| key.published_at.plus(schedule.published));
        let succession = due.zip(known).map(|(due, known)| due.max(known));
        gone.chain(succession).fold(now.plus(86_400), Ord::min)
    }
}

impl Key {
    /// When nothing made with the key can be valid any more; `None` while it is active or published.
    #[must_use]
    pub fn gone_at(&self, schedule: &Schedule) -> Option<UnixTime> {
        self.retired_at.map(|at| at.plus(self.needed_for).plus(schedule.retiring))
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Ring, State};
    use crate::keyring::Schedule;
    use crate::time::UnixTime;

    /// The changes when a key becomes active.
    fn active(id: &str) -> [Change; 2] {
        [Change::Activated(id.into()), Change::NeededFor(id.into(), SCHEDULE.life)]
    }

    const SCHEDULE: Schedule = Schedule { active: 10_000, published: 1_000, life: 300, retiring: 120 };

    fn changes(ring: &mut Ring, new: Option<&str>, now: u64) -> Vec<Change> {
        ring.turn(new.map(Into::into), &SCHEDULE, UnixTime(now)).changes
    }

    fn states(ring: &Ring) -> Vec<(&str, State)> {
        let mut states: Vec<_> = ring.keys.iter().map(|key| (key.id.as_str(), key.state())).collect();
        states.sort_by_key(|(id, _)| *id);
        states
    }

    /// An active key `a`, and `b` in waiting, both published at 0.
    fn begun() -> Ring {
        let mut ring = Ring::default();
        assert!(ring.turn(None, &SCHEDULE, UnixTime(0)).wants_key);
        let first = changes(&mut ring, Some("a"), 0);
        assert_eq!((&first[0], &first[1..]), (&Change::Published("a".into()), &active("a")[..]));
        assert_eq!(changes(&mut ring, Some("b"), 0), [Change::Published("b".into())]);
        ring
    }

    #[test]
    fn check_42_published_then_active_then_retiring_then_gone() {
        let mut ring = begun();
        let turn = ring.turn(None, &SCHEDULE, UnixTime(9_999));
        assert_eq!((turn.changes, turn.wants_key, turn.next_at), (vec![], false, UnixTime(10_000)));
        let turned = changes(&mut ring, None, 10_000);
        assert_eq!((&turned[0], &turned[1..]), (&Change::Retired("a".into()), &active("b")[..]));
        assert_eq!(states(&ring), [("a", State::Retiring), ("b", State::Active)]);
        let turn = ring.turn(Some("c".into()), &SCHEDULE, UnixTime(10_000));
        assert_eq!(turn.changes, [Change::Published("c".into())]);
        assert_eq!(turn.next_at, UnixTime(10_420), "from then on nothing that `a` signed is valid");
        assert_eq!(changes(&mut ring, None, 10_419), []);
        assert_eq!(changes(&mut ring, None, 10_420), [Change::Gone("a".into())]);
        assert_eq!(states(&ring), [("b", State::Active), ("c", State::Published)]);
    }

    #[test]
    fn check_42_a_key_is_not_used_before_it_was_published_for_long_enough() {
        let mut ring = begun();
        ring.remove(&"b".into());
        assert!(ring.turn(None, &SCHEDULE, UnixTime(9_500)).wants_key);
        let turn = ring.turn(Some("c".into()), &SCHEDULE, UnixTime(9_500));
        assert_eq!(turn.next_at, UnixTime(10_500), "`a` stays active until then");
        assert_eq!(changes(&mut ring, None, 10_499), []);
        assert_eq!(ring.rotate(&SCHEDULE, UnixTime(10_499)), [], "even if an operator requests it");
        let turned = changes(&mut ring, None, 10_500);
        assert_eq!((&turned[0], &turned[1..]), (&Change::Retired("a".into()), &active("c")[..]));
    }

    #[test]
    fn check_42_a_removed_key_is_replaced_at_once_by_the_waiting_one() {
        let mut ring = begun();
        assert!(!ring.remove(&"x".into()));
        assert!(ring.remove(&"a".into()));
        let turn = ring.turn(None, &SCHEDULE, UnixTime(5_000));
        assert_eq!(turn.changes, active("b"));
        assert!(turn.wants_key);
        assert_eq!(states(&ring), [("b", State::Active)]);
    }

    #[test]
    fn check_42_a_longer_lifetime_keeps_its_key_longer() {
        let mut ring = begun();
        let longer = Schedule { life: 86_400, ..SCHEDULE };
        let turn = ring.turn(None, &longer, UnixTime(100));
        assert_eq!(turn.changes, [Change::NeededFor("a".into(), 86_400)]);
        assert_eq!(ring.turn(None, &SCHEDULE, UnixTime(200)).changes, [], "no further change");
        changes(&mut ring, Some("c"), 10_000);
        assert_eq!(changes(&mut ring, None, 10_000 + 86_400 + 119), []);
        assert!(changes(&mut ring, None, 10_000 + 86_400 + 120).contains(&Change::Gone("a".into())));
    }

    #[test]
    fn ignores_a_new_key_that_is_not_needed() {
        let mut ring = begun();
        assert_eq!(changes(&mut ring, Some("c"), 1), []);
        assert_eq!(states(&ring), [("a", State::Active), ("b", State::Published)]);
    }

    #[test]
    fn check_42_a_rotation_can_be_requested() {
        let mut ring = begun();
        let rotated = ring.rotate(&SCHEDULE, UnixTime(1_000));
        assert_eq!((&rotated[0], &rotated[1..]), (&Change::Retired("a".into()), &active("b")[..]));
    }
}
