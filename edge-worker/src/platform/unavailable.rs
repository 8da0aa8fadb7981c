//! The error of a required part that failed.

use core::fmt;
use core::fmt::Display;

/// A required part of the service failed: storage, an object, randomness. Always answered as 503, never as a
/// verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// The part.
    pub part: &'static str,
    /// The cause, for the log.
    pub cause: String,
    /// What the caller may learn of it, if anything.
    pub detail: Option<String>,
    /// Whether it is a mistake in the set-up, which `cause` explains: a binding or a secret is missing.
    pub is_mistake: bool,
}

impl Unavailable {
    /// Wraps the error of a part.
    #[must_use]
    pub fn because(part: &'static str, error: impl Display) -> Self {
        Self { part, cause: error.to_string(), detail: None, is_mistake: false }
    }

    /// A binding is missing. `found` names the key of the configuration and its value, `expected` says what
    /// to add.
    #[must_use]
    pub fn unbound(part: &'static str, found: &str, expected: &str) -> Self {
        let cause = format!("{found}, which the Worker does not have; expected {expected}");
        Self { is_mistake: true, ..Self::because(part, cause) }
    }
}

impl Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.cause)
    }
}
