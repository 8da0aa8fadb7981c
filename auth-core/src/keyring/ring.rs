//! The keys of one purpose, and what has to happen to them.

use super::schedule::Schedule;
use crate::time::UnixTime;

/// What is stored of a key besides the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name. Never used again.
    pub id: String,
    /// Since when everybody can know it.
    pub published_at: UnixTime,
    /// Since when it makes what is new, or has made it.
    pub active_at: Option<UnixTime>,
    /// When it stopped.
    pub retired_at: Option<UnixTime>,
    /// The longest that anything it made is good, in seconds: the greatest [`Schedule::life`] there was while it was active.
    pub needed_for: u64,
}

/// What a key is at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for its turn.
    Published,
    /// It makes what is new.
    Active,
    /// It only proves what is old.
    Retiring,
}

/// The keys of one purpose.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    /// In any order.
    pub keys: Vec<Key>,
}

/// Something that happened to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new, and everybody can know it from now on.
    Published(String),
    /// It makes what is new from now on.
    Activated(String),
    /// It makes nothing new any more.
    Retired(String),
    /// What it makes lasts longer than it used to.
    NeededFor(String, u64),
    /// Nothing that it made can be good any more: it is to be deleted.
    Gone(String),
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// What changed in the ring, in this order. To be stored.
    pub changes: Vec<Change>,
    /// A key has to be made: the ring has none in waiting. The turn is to be repeated with it.
    pub wants_key: bool,
    /// When there is something to do again.
    pub next_at: UnixTime,
}

impl Key {
    /// What it is at present.
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
    /// Does what is due at `now`. `new` names a key that was just made, where the turn before asked for one; where none is
    /// wanted any more it is not taken, which shows in the changes.
    ///
    /// Doing nothing for however long, and then this, does no harm: a key is never replaced before its successor was published
    /// for long enough, and never deleted before its time.
    pub fn turn(&mut self, new: Option<String>, schedule: &Schedule, now: UnixTime) -> Turn {
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
            // The first key of all, or one that has to take the place of a key that was removed.
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

    /// Ends the active key's time now, if its successor has been published for long enough. Gives no changes otherwise.
    pub fn rotate(&mut self, schedule: &Schedule, now: UnixTime) -> Vec<Change> {
        let mut changes = Vec::new();
        self.succeed(schedule, now, &mut changes);
        changes
    }

    /// Takes a key out at once, whatever it is. Returns whether it was there. The turn after it finds a successor.
    pub fn remove(&mut self, id: &str) -> bool {
        let before = self.keys.len();
        self.keys.retain(|key| key.id != id);
        self.keys.len() < before
    }

    /// The key that makes what is new.
    #[must_use]
    pub fn active(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.state() == State::Active)
    }

    /// The key that has waited longest.
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

    /// Trades the active key for the one in waiting, if that has waited long enough.
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

    /// A day from now at the latest: what is configured may change without anybody saying so.
    fn next_at(&self, schedule: &Schedule, now: UnixTime) -> UnixTime {
        let gone = self.keys.iter().filter_map(|key| key.gone_at(schedule));
        let due = self.active().and_then(|key| key.active_at).map(|at| at.plus(schedule.active));
        let known = self.waiting().map(|key| key.published_at.plus(schedule.published));
        let succession = due.zip(known).map(|(due, known)| due.max(known));
        gone.chain(succession).fold(now.plus(86_400), Ord::min)
    }
}

impl Key {
    /// From when on nothing it made can be good; `None` while it is used or waits.
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

    /// What is said when a key becomes the active one.
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

    /// An active key `a` and `b` in waiting, both published at 0.
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
        assert_eq!(turn.next_at, UnixTime(10_420), "then nothing that `a` signed can be good");
        assert_eq!(changes(&mut ring, None, 10_419), []);
        assert_eq!(changes(&mut ring, None, 10_420), [Change::Gone("a".into())]);
        assert_eq!(states(&ring), [("b", State::Active), ("c", State::Published)]);
    }

    #[test]
    fn check_42_a_key_is_not_used_before_it_was_published_for_long_enough() {
        let mut ring = begun();
        ring.remove("b");
        assert!(ring.turn(None, &SCHEDULE, UnixTime(9_500)).wants_key);
        let turn = ring.turn(Some("c".into()), &SCHEDULE, UnixTime(9_500));
        assert_eq!(turn.next_at, UnixTime(10_500), "`a` goes on meanwhile");
        assert_eq!(changes(&mut ring, None, 10_499), []);
        assert_eq!(ring.rotate(&SCHEDULE, UnixTime(10_499)), [], "also when somebody asks for it");
        let turned = changes(&mut ring, None, 10_500);
        assert_eq!((&turned[0], &turned[1..]), (&Change::Retired("a".into()), &active("c")[..]));
    }

    #[test]
    fn check_42_a_removed_key_is_gone_at_once_and_the_one_in_waiting_takes_its_place() {
        let mut ring = begun();
        assert!(!ring.remove("x"));
        assert!(ring.remove("a"));
        let turn = ring.turn(None, &SCHEDULE, UnixTime(5_000));
        assert_eq!(turn.changes, active("b"));
        assert!(turn.wants_key);
        assert_eq!(states(&ring), [("b", State::Active)]);
    }

    #[test]
    fn check_42_what_lives_longer_than_it_used_to_keeps_its_key() {
        let mut ring = begun();
        let longer = Schedule { life: 86_400, ..SCHEDULE };
        let turn = ring.turn(None, &longer, UnixTime(100));
        assert_eq!(turn.changes, [Change::NeededFor("a".into(), 86_400)]);
        assert_eq!(ring.turn(None, &SCHEDULE, UnixTime(200)).changes, [], "and it stays so");
        changes(&mut ring, Some("c"), 10_000);
        assert_eq!(changes(&mut ring, None, 10_000 + 86_400 + 119), []);
        assert!(changes(&mut ring, None, 10_000 + 86_400 + 120).contains(&Change::Gone("a".into())));
    }

    #[test]
    fn a_key_that_nobody_asked_for_is_not_taken() {
        let mut ring = begun();
        assert_eq!(changes(&mut ring, Some("c"), 1), []);
        assert_eq!(states(&ring), [("a", State::Active), ("b", State::Published)]);
    }

    #[test]
    fn check_42_a_rotation_can_be_asked_for() {
        let mut ring = begun();
        let rotated = ring.rotate(&SCHEDULE, UnixTime(1_000));
        assert_eq!((&rotated[0], &rotated[1..]), (&Change::Retired("a".into()), &active("b")[..]));
    }
}
