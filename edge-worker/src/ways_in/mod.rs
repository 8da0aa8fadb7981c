//! The ways to sign in, one module for each method. A module verifies what a user presents and returns a
//! [`Proof`](auth_core::credential::Proof). What follows (opening a session, changing a credential, deleting the
//! account) depends only on the proof, not on the method.
//!
//! - [`password`]: a password that this service verifies.
//! - [`external`]: a password that another system verifies.
//! - [`email_code`]: a code that was sent to the user's address.
//! - [`provider`]: another provider, such as Google.
//! - [`passkey`]: passkeys (WebAuthn).
//! - [`creation`]: creates the account of a user who signs in for the first time.

pub mod creation;
pub mod email_code;
pub mod external;
pub mod passkey;
pub mod password;
pub mod provider;

use auth_core::id::AccountId;

/// Why a user has not proved a credential. The client never learns which reason it was.
#[derive(Debug)]
pub struct Disproved {
    /// The account; `None` if it is not known, or if there is none.
    pub account: Option<AccountId>,
    /// For the audit trail, one of a closed set of words.
    pub reason: &'static str,
}

/// The reason recorded for a password of a length that no account's password can have.
const PASSWORD_LENGTH: &str = "password_length";
