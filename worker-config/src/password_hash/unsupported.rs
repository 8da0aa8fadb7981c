//! Why a hash can't be imported.

use core::fmt;

use super::bounds::{LONGEST_MS, MOST_MEMORY_KIB};

/// Why a hash of another system can't be imported. The text is for the administrator and contains nothing of
/// the hash except its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// The format is unknown.
    Format,
    /// The scheme is known, and no longer safe enough to be stored.
    Scheme(&'static str),
    /// The format is known, but a part of it is missing, unknown or out of range.
    Malformed,
    /// Firebase's project parameters, without which nothing can be verified, are missing.
    FirebaseParameters,
    /// The cost is below a minimum.
    TooCheap(&'static str),
    /// Verifying the hash needs more memory than an isolate can give.
    TooMuchMemory {
        /// The memory in KiB.
        memory_kib: u64,
    },
    /// Verifying the hash takes too long.
    TooLong {
        /// The estimated duration in milliseconds.
        ms: u64,
    },
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format => f.write_str("The format of the password hash is not supported."),
            Self::Scheme(name) => write!(
                f,
                "The format of the password hash is not supported: {name} is too weak to be stored. Create the user without a hash."
            ),
            Self::Malformed => f.write_str("The password hash is malformed."),
            Self::FirebaseParameters => f.write_str(
                "The password hash lacks Firebase's salt separator (ss) or signer key (sk), which the project's hash parameters contain.",
            ),
            Self::TooCheap(minimum) => write!(f, "The password hash is too cheap to be stored: {minimum}."),
            Self::TooMuchMemory { memory_kib } => write!(
                f,
                "The password hash needs {memory_kib} KiB of memory to verify; the limit is {MOST_MEMORY_KIB} KiB, because an isolate has 128 MB."
            ),
            Self::TooLong { ms } => write!(
                f,
                "The password hash takes about {ms} ms to verify; the limit is {LONGEST_MS} ms."
            ),
        }
    }
}
