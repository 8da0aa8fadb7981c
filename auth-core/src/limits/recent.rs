//! Rates that are kept in memory only.

use std::collections::HashMap;

use super::{Rate, Spent, Wait};

/// Recent events, by key. Used for events so frequent that storing them would cost more than what is limited.
/// A restart discards them; a client that exceeds the rate keeps the object in memory.
#[derive(Debug, Default)]
pub struct Recent {
    spent: HashMap<String, Spent>,
    /// The number of keys after the empty ones were last removed. They are removed again when there are twice
    /// as many, so that the cost per key is constant.
    swept: usize,
    /// How many keys the removals have examined.
    #[cfg(test)]
    looked_at: usize,
}

impl Recent {
    /// Adds an event, or returns how long to wait.
    pub fn take(&mut self, key: &str, rate: Rate, now_ms: u64) -> Option<Wait> {
        let spent = self.spent.get(key).copied();
        if let Some(wait) = rate.wait(spent, 0, now_ms) {
            return Some(wait);
        }
        if self.spent.len() > self.swept.saturating_mul(2).saturating_add(64) {
            #[cfg(test)]
            {
                self.looked_at += self.spent.len();
            }
            self.spent.retain(|_, Spent(at)| *at > now_ms);
            self.swept = self.spent.len();
        }
        self.spent.insert(key.to_owned(), rate.take(spent, now_ms));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use crate::limits::{Rate, Wait};

    #[test]
    fn each_key_has_its_own_rate_and_empty_ones_are_removed() {
        let rate = Rate { most: 2, window_ms: 1_000 };
        let mut recent = Recent::default();
        assert_eq!([recent.take("a", rate, 0), recent.take("a", rate, 0)], [None, None]);
        assert_eq!(recent.take("a", rate, 100), Some(Wait(400)));
        assert_eq!(recent.take("b", rate, 100), None);
        assert_eq!(recent.take("a", rate, 1_000), None, "empty again");
    }

    #[test]
    fn the_cost_per_key_is_constant_and_empty_keys_are_removed() {
        let rate = Rate { most: 1, window_ms: 1_000 };
        for count in [1_000, 100_000] {
            let mut recent = Recent::default();
            for key in 0..count {
                assert_eq!(recent.take(&key.to_string(), rate, 0), None);
            }
            assert!(recent.looked_at <= 2 * count, "{} looks at {count} keys", recent.looked_at);
            for key in 0..3 * count {
                recent.take(&format!("later {key}"), rate, 1_000 * u64::try_from(key + 1).unwrap());
            }
            assert!(recent.spent.len() <= 2 * 64 + 2, "{} keys are left", recent.spent.len());
        }
    }
}
