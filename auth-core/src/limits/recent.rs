//! Rates that are remembered in memory only.

use std::collections::HashMap;

use super::{Rate, Spent, Wait};

/// What was taken lately, by key. For what happens so often that writing it down would cost more than what it limits, and where
/// the keys come from the store and not from whoever asks. A restart forgets it; whoever asks too often keeps it alive.
#[derive(Debug, Default)]
pub struct Recent(HashMap<String, Spent>);

impl Recent {
    /// Takes one, or says how long to wait.
    pub fn take(&mut self, key: &str, rate: Rate, now_ms: u64) -> Option<Wait> {
        let spent = self.0.get(key).copied();
        if let Some(wait) = rate.wait(spent, 0, now_ms) {
            return Some(wait);
        }
        self.0.retain(|_, Spent(at)| *at > now_ms);
        self.0.insert(key.to_owned(), rate.take(spent, now_ms));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use crate::limits::{Rate, Wait};

    #[test]
    fn each_key_has_its_own_and_what_is_empty_is_forgotten() {
        let rate = Rate { most: 2, window_ms: 1_000 };
        let mut recent = Recent::default();
        assert_eq!([recent.take("a", rate, 0), recent.take("a", rate, 0)], [None, None]);
        assert_eq!(recent.take("a", rate, 100), Some(Wait(400)));
        assert_eq!(recent.take("b", rate, 100), None);
        assert_eq!(recent.0.len(), 2);
        assert_eq!(recent.take("c", rate, 1_000), None);
        assert_eq!(recent.0.len(), 1);
    }
}
