//! Which request computes the next password hash in an isolate: first come, first served.
//!
//! A hash takes tens of milliseconds during which the isolate does nothing else. So requests wait for one
//! another, and each hash is followed by a pause of one and a half times its duration, in which other work
//! runs. Workers do not allow one request to wake another, so each request *looks* whether it is its turn, by
//! its own timers, and its number decides the order.
//!
//! A request whose client has disconnected runs no more code. It loses its place once other requests have
//! looked many times since its last look. Looks are counted instead of time, so that an isolate that was busy
//! for a while does not drop all places.
//!
//! A long hash is computed in an object and delays no request here. Its request keeps its place meanwhile, so
//! that it counts towards the address's share, and renews it by timers too.
//!
//! No address has more than its share of the places. If all places are taken, an address without one takes a
//! place from an address with several, so that a few clients can't lock out the others by sending many
//! requests.

use std::collections::HashMap;

/// How many requests may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueBounds {
    /// In total.
    pub places: usize,
    /// From one client address.
    pub per_address: usize,
}

/// Why a request does not get a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// All places are taken.
    Full,
    /// The client address already has its share of them.
    AddressShare,
}

/// What a request must do after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Compute the hash, and call [`HashQueue::end`] in a later turn of the event loop.
    Hash,
    /// Look again after this many milliseconds.
    LookAgain(u64),
    /// The place was given to another address, or has expired: the request fails.
    Lost,
}

/// The queue of one isolate. All times are milliseconds.
#[derive(Debug, Default)]
pub struct HashQueue {
    /// The places in order of arrival.
    places: Vec<Place>,
    /// The number of the latest place.
    latest: u64,
    /// The number of hashes started.
    hashes: u64,
    /// When the last hash ended or, while it is being computed, when it started.
    last_ms: u64,
    /// How long no hash starts after that.
    pause_ms: u64,
    /// Incremented when requests look, at most once per [`LOOK_MS`].
    tick: u64,
    ticked_ms: u64,
}

#[derive(Debug)]
struct Place {
    number: u64,
    /// `None` where the platform reports no address.
    address: Option<String>,
    until_ms: u64,
    /// The last look; `None` while the request is not waiting for a hash.
    look: Option<Look>,
    /// Whether it has computed a hash. One request may compute several.
    hashed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    tick: u64,
    hashes: u64,
}

/// The shortest pause, and the interval at which the first requests in the queue look.
const LOOK_MS: u64 = 25;

/// The interval at which all others look. It is longer, so that a long queue costs little.
const LOOK_FROM_FAR_MS: u64 = 100;

/// The number of requests ahead from which the longer interval applies.
const FAR: usize = 4;

/// The longest pause, also if the hashing request was abandoned or the machine slept.
const MAX_PAUSE_MS: u64 = 500;

/// A waiting request that has not looked for this many ticks is considered abandoned: three times the longer
/// interval.
const ABANDONED_TICKS: u64 = 3 * LOOK_FROM_FAR_MS / LOOK_MS;

impl HashQueue {
    /// When a place expires whose request neither looked nor left, in milliseconds.
    pub const LEASE_MS: u64 = 10_000;

    /// The interval at which [`Self::keep`] is called, in milliseconds.
    pub const KEEP_MS: u64 = 2_500;

    /// Takes a place. Returns its number.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub fn enter(&mut self, bounds: QueueBounds, address: Option<&str>, now_ms: u64) -> Result<u64, NoPlace> {
        self.give_up_abandoned(now_ms);
        let mut held: HashMap<&str, usize> = HashMap::new();
        for address in self.places.iter().filter_map(|place| place.address.as_deref()) {
            *held.entry(address).or_default() += 1;
        }
        let of = |address: Option<&str>| address.and_then(|address| held.get(address)).copied().unwrap_or(0);
        let own = of(address);
        if address.is_some() && own >= bounds.per_address {
            return Err(NoPlace::AddressShare);
        }
        if self.places.len() >= bounds.places {
            let has_several = |place: &Place| !place.hashed && of(place.address.as_deref()) > 1;
            let newest = self.places.iter().rposition(has_several);
            let newest = newest.filter(|_| address.is_some() && own == 0);
            self.places.remove(newest.ok_or(NoPlace::Full)?);
        }
        self.latest += 1;
        self.places.push(Place {
            number: self.latest,
            address: address.map(ToOwned::to_owned),
            until_ms: now_ms.saturating_add(Self::LEASE_MS),
            look: None,
            hashed: false,
        });
        Ok(self.latest)
    }

    /// Renews the place of a request whose hash is computed outside this isolate. It delays no other hash
    /// here, and its place can be given to an address without one. The request calls this at most every
    /// [`Self::KEEP_MS`] until the hash is there. Returns whether the place is still its own.
    pub fn keep(&mut self, number: u64, now_ms: u64) -> bool {
        self.give_up_abandoned(now_ms);
        let Some(place) = self.places.iter_mut().find(|place| place.number == number) else { return false };
        place.until_ms = now_ms.saturating_add(Self::LEASE_MS);
        place.look = None;
        place.hashed = false;
        true
    }

    /// Releases a place.
    pub fn leave(&mut self, number: u64) {
        self.places.retain(|place| place.number != number);
    }

    /// Returns whether it is the request's turn: no earlier one waits, the pause is over, and no hash was
    /// started since its last look. The last condition prevents several requests whose timers fire in the
    /// same turn of the event loop from hashing one right after the other.
    pub fn look(&mut self, number: u64, now_ms: u64) -> Turn {
        if now_ms.abs_diff(self.ticked_ms) >= LOOK_MS {
            self.tick += 1;
            self.ticked_ms = now_ms;
        }
        self.give_up_abandoned(now_ms);
        // If the clock goes backwards, the delay is at most one pause.
        let pause = self.pause_ms.saturating_sub(now_ms.abs_diff(self.last_ms));
        let earlier = self.places.iter().take_while(|place| place.number < number);
        let ahead = earlier.filter(|place| place.look.is_some()).count();
        let look = Look { tick: self.tick, hashes: self.hashes };
        let Some(place) = self.places.iter_mut().find(|place| place.number == number) else {
            return Turn::Lost;
        };
        let nothing_since = place.look.is_some_and(|before| before.hashes == look.hashes);
        place.until_ms = now_ms.saturating_add(Self::LEASE_MS);
        if ahead == 0 && pause == 0 && nothing_since {
            place.look = None;
            place.hashed = true;
            self.hashes += 1;
            self.last_ms = now_ms;
            self.pause_ms = MAX_PAUSE_MS;
            return Turn::Hash;
        }
        place.look = Some(look);
        Turn::LookAgain(match ahead {
            0 => pause.min(LOOK_MS),
            1..FAR => LOOK_MS,
            FAR.. => LOOK_FROM_FAR_MS,
        })
    }

    /// Reports the end of the last hash.
    pub fn end(&mut self, now_ms: u64) {
        let took = now_ms.abs_diff(self.last_ms);
        self.pause_ms = took.saturating_add(took / 2).clamp(LOOK_MS, MAX_PAUSE_MS);
        self.last_ms = now_ms;
    }

    fn give_up_abandoned(&mut self, now_ms: u64) {
        let tick = self.tick;
        self.places.retain(|place| {
            // A lease is never longer than `LEASE_MS`: if more is left, the clock went backwards.
            let left = place.until_ms.saturating_sub(now_ms);
            let is_looking = place.look.is_none_or(|look| tick - look.tick < ABANDONED_TICKS);
            (1..=2 * Self::LEASE_MS).contains(&left) && is_looking
        });
    }
}

#[cfg(test)]
mod tests;
