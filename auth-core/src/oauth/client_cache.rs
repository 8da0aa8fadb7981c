//! An isolate's copies of clients whose metadata is elsewhere.

use std::rc::Rc;

use super::client::Client;
use crate::id::ClientId;

/// The maximum number of copies. Each is at most a few kilobytes.
const MAX: usize = 200;

/// For how long a copy of a registered client is used, in seconds: as long after a change or the deletion of the client its
/// earlier state may count. No copy is used where tokens are issued or a token's client is checked, because what a client
/// gets after its deletion would not be revoked with the rest.
pub const REGISTERED_CLIENT_AGE: u64 = 10;

/// Copies of clients, each with the time from which on it may not be used, in milliseconds.
#[derive(Debug, Default)]
pub struct ClientCache(Vec<(u64, Rc<Client>)>);

impl ClientCache {
    /// The copy of a client that may be used now.
    #[must_use]
    pub fn find(&self, id: &ClientId, now_ms: u64) -> Option<Rc<Client>> {
        let (_, client) = self.0.iter().find(|(until_ms, client)| client.id == *id && now_ms < *until_ms)?;
        Some(Rc::clone(client))
    }

    /// Drops the copy of a client that was changed or deleted.
    pub fn forget(&mut self, id: &ClientId) {
        self.0.retain(|(_, known)| known.id != *id);
    }

    /// Keeps a copy for so many seconds, in place of an earlier one. If there are too many, the one that would have been
    /// usable for the shortest time is dropped.
    pub fn keep(&mut self, client: Rc<Client>, seconds: u64, now_ms: u64) {
        self.0.retain(|(until_ms, known)| known.id != client.id && now_ms < *until_ms);
        if seconds == 0 {
            return;
        }
        if self.0.len() >= MAX
            && let Some(shortest) =
                (0..self.0.len()).min_by_key(|at| self.0.get(*at).map(|(until_ms, _)| *until_ms))
        {
            self.0.swap_remove(shortest);
        }
        self.0.push((now_ms.saturating_add(seconds.saturating_mul(1000)), client));
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{ClientCache, MAX, REGISTERED_CLIENT_AGE};
    use crate::id::ClientId;
    use crate::oauth::Client;
    use crate::oauth::client::tests::client;

    fn named(id: &str) -> Rc<Client> {
        Rc::new(Client { id: id.into(), ..client() })
    }

    #[test]
    fn a_copy_is_used_until_its_time_has_passed() {
        let mut cache = ClientCache::default();
        cache.keep(named("a"), 60, 1_000);
        let find = |cache: &ClientCache, now| cache.find(&ClientId::from("a"), now).is_some();
        assert!(find(&cache, 1_000) && find(&cache, 60_999) && !find(&cache, 61_000));
        assert!(cache.find(&ClientId::from("b"), 1_000).is_none());
        cache.keep(named("a"), 0, 2_000);
        assert!(!find(&cache, 2_000), "the newer one must not be kept");
    }

    #[test]
    fn a_copy_of_a_registered_client_is_used_for_ten_seconds_at_most() {
        let mut cache = ClientCache::default();
        cache.keep(named("a"), REGISTERED_CLIENT_AGE, 1_000);
        cache.keep(named("b"), REGISTERED_CLIENT_AGE, 1_000);
        let find = |cache: &ClientCache, id: &str, now| cache.find(&ClientId::from(id), now).is_some();
        assert!(find(&cache, "a", 10_999) && !find(&cache, "a", 11_000));
        cache.forget(&ClientId::from("a"));
        assert!(!find(&cache, "a", 1_000) && find(&cache, "b", 1_000));
    }

    #[test]
    fn the_number_of_copies_is_bounded() {
        let mut cache = ClientCache::default();
        for i in 0..MAX + 50 {
            cache.keep(named(&format!("c{i}")), 60 + i as u64, 0);
        }
        assert_eq!(cache.0.len(), MAX);
        assert!(
            cache.find(&ClientId::from("c49"), 0).is_none()
                && cache.find(&ClientId::from("c50"), 0).is_some()
        );
    }
}
