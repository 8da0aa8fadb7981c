//! Attempts in progress, whose outcome is not known yet.

use std::collections::HashMap;

/// Attempts in progress, by key. Kept in memory only, so that a successful attempt writes nothing.
///
/// The caller that takes a place must give it back. A place whose request was interrupted expires after
/// [`UnderWay::LEASE_MS`].
#[derive(Debug, Default)]
pub struct UnderWay {
    /// When each place expires, the earliest first.
    places: HashMap<String, Vec<u64>>,
    /// The number of keys after the expired ones were last removed.
    swept: usize,
}

impl UnderWay {
    /// How long a place stays taken that is not given back, in milliseconds.
    pub const LEASE_MS: u64 = 30_000;

    /// The number of attempts in progress.
    #[must_use]
    pub fn count(&self, key: &str, now_ms: u64) -> u32 {
        let living = self.places.get(key).map_or(0, |until| until.iter().filter(|at| **at > now_ms).count());
        u32::try_from(living).unwrap_or(u32::MAX)
    }

    /// Adds an attempt.
    pub fn take(&mut self, key: &str, now_ms: u64) {
        if self.places.len() > self.swept.saturating_mul(2).saturating_add(64) {
            self.places.retain(|_, until| until.iter().any(|at| *at > now_ms));
            self.swept = self.places.len();
        }
        let places = self.places.entry(key.to_owned()).or_default();
        places.retain(|at| *at > now_ms);
        places.push(now_ms.saturating_add(Self::LEASE_MS));
    }

    /// Removes the oldest attempt. Which one is removed does not matter.
    pub fn give_back(&mut self, key: &str, now_ms: u64) {
        let Some(places) = self.places.get_mut(key) else { return };
        places.retain(|at| *at > now_ms);
        if !places.is_empty() {
            places.remove(0);
        }
        if places.is_empty() {
            self.places.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UnderWay;

    #[test]
    fn a_place_is_free_when_given_back_or_after_its_lease() {
        let mut under_way = UnderWay::default();
        under_way.take("a", 0);
        under_way.take("a", 10);
        under_way.take("b", 10);
        assert_eq!((under_way.count("a", 20), under_way.count("b", 20), under_way.count("c", 20)), (2, 1, 0));
        under_way.give_back("a", 20);
        assert_eq!(under_way.count("a", 20), 1);
        assert_eq!(under_way.count("a", 10 + UnderWay::LEASE_MS), 0);
        under_way.give_back("a", 40_000);
        under_way.give_back("a", 40_000);
        under_way.give_back("never", 40_000);
        assert_eq!(under_way.count("a", 40_000), 0);
    }

    #[test]
    fn removes_expired_places() {
        let mut under_way = UnderWay::default();
        for i in 0..10_000_u64 {
            under_way.take(&format!("key {i}"), i * UnderWay::LEASE_MS);
        }
        assert!(under_way.places.len() <= 66, "{}", under_way.places.len());
    }
}
