//! The network between a browser and the service.

/// How the network is. A request and its answer are under way for `2 * slowest_ms` at the most, which must
/// not be more than the timeout.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    pub(crate) quickest_ms: u64,
    pub(crate) slowest_ms: u64,
    /// One in so many requests, and one in so many answers, is lost; 0: none.
    pub(crate) one_lost_in: u64,
}

pub(crate) const QUICK: Network = Network { quickest_ms: 10, slowest_ms: 100, one_lost_in: 0 };
pub(crate) const BAD: Network = Network { quickest_ms: 10, slowest_ms: 9_500, one_lost_in: 5 };
