//! What one password hash may cost.

/// The longest hash that is computed in an isolate that serves requests, in estimated milliseconds. Longer
/// ones have an object of their own.
pub const SHORT_MS: u64 = 100;

/// The longest hash that is computed at all, in estimated milliseconds: a sixth of an object's CPU limit of
/// 30 seconds, so that a processor may be that much slower than the one that was measured.
pub const LONGEST_MS: u64 = 5_000;

/// The most memory that a hash may need, in KiB. An isolate has 128 MB for everything, and WebAssembly keeps
/// what it has taken; the rest is for the code, the JavaScript heap and what else the isolate does.
pub const MOST_MEMORY_KIB: u64 = 100 * 1024;
