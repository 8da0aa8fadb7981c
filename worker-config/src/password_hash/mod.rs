//! Password hashes, as far as a configuration is concerned: their kinds, and what computing one costs.

mod bounds;
mod cost;
mod kind;
mod unsupported;

pub use bounds::{LONGEST_MS, MOST_MEMORY_KIB, SHORT_MS};
pub use cost::Cost;
pub use kind::{Digest, Kind};
pub use unsupported::Unsupported;
