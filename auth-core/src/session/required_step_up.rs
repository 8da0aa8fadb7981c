//! What an API requires of a token (RFC 9470), as data.

use crate::wire::Method;

/// The number of a step-up. The machine assigns the numbers, and ignores the end of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StepUpNumber(pub u32);

/// What an API requires of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredStepUp {
    /// The class of authentication. `None`: any.
    pub acr: Option<String>,
    /// The maximum age of the authentication, in seconds. `None`: any.
    pub max_age_s: Option<u64>,
    /// How the user can meet this, as far as the API says so.
    pub methods: Vec<Method>,
}

impl RequiredStepUp {
    /// Whether a user who has just met this has met the other, too. Any authentication is recent enough for any age.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.acr.is_none() || self.acr == other.acr
    }
}
