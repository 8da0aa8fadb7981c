//! Which claims of an issuer's tokens become what of the caller.

use super::claim_path::ClaimPath;

/// Which claims of an issuer's tokens become what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The caller. Default: `sub`.
    pub subject: ClaimPath,
    /// The caller of a token in which `subject` is absent or empty, as services' tokens of some issuers are.
    /// Default: none.
    pub fallback_subject: Option<ClaimPath>,
    /// The roles: an array of texts, one text with spaces in between, or an object whose keys are the roles.
    /// Default: `roles`.
    pub roles: ClaimPath,
    /// The scopes: one text with spaces in between, or an array of texts. Default: `scope`.
    pub scope: ClaimPath,
    /// The caller's e-mail address. The claim `email_verified` says whether the issuer has verified it.
    /// Default: none, so that callers have no address.
    pub email: Option<ClaimPath>,
    /// What becomes of a token with an optional claim that can't be read. Default: the claim is left out.
    pub unreadable: Unreadable,
}

/// What happens to a token whose `roles`, `scope`, `sid`, `jti`, `epoch`, `auth_time`, `acr`, `cnf` or address
/// can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The token is rejected: for our own tokens, where it shows a fault.
    Reject,
    /// The claim is left out. A route that requires it then rejects the request, because the caller doesn't
    /// have it.
    LeaveOut,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            subject: ClaimPath::of_name("sub"),
            fallback_subject: None,
            roles: ClaimPath::of_name("roles"),
            scope: ClaimPath::of_name("scope"),
            email: None,
            unreadable: Unreadable::LeaveOut,
        }
    }
}

impl ClaimNames {
    /// The claims of our own tokens. `with_email`: tokens contain the user's address.
    #[must_use]
    pub fn own(with_email: bool) -> Self {
        let email = with_email.then(|| ClaimPath::of_name("email"));
        Self { email, unreadable: Unreadable::Reject, ..Self::default() }
    }
}

/// A claim that the caller has nothing of, although the token or the configuration names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOutClaim {
    /// What the claim would have been: a field of [`Caller`], by the name of its usual claim.
    pub claim: &'static str,
    /// Why it was left out.
    pub reason: LeftOutReason,
}

/// Why a claim was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOutReason {
    /// Nothing stands at its path.
    Absent,
    /// It has the wrong type, or is empty where a text must not be.
    Unreadable,
}
