//! Credentials: what a user can prove, and what a sign-in method hands on once it is proved.
//!
//! An account has any number of credentials. Each state of each of them has a [`CredentialVersion`], so that
//! a decision made outside the account (a password hash takes time) can be checked when it takes effect: if
//! the credential has changed in the meantime, the account no longer has that version.
//!
//! To add a kind of credential, add a variant to [`Credential`]; the compiler then finds every place that has
//! to know the kind. To add a sign-in method, write a module that returns a [`Proof`]. [`Challenge`] is the
//! state of a method that needs two requests.

mod challenge;
mod code;
mod external;
mod kinds;
mod methods;
mod passkey;
mod proof;
mod provider;
mod reauthentication;
#[cfg(test)]
mod tests;
mod undo_code;
mod versioned;

pub use challenge::{
    Challenge, ChallengePurpose, ChallengeRejection, ChallengeVerdict, Expected, ExpectedCode, FirstFactor,
    MAX_WRONG_ANSWERS,
};
pub use code::Code;
pub(crate) use code::{letters, read_letters};
pub use external::ExternalId;
pub use kinds::{Credential, CredentialKind};
pub use methods::{Assurance, AuthenticationMethod, join};
pub use passkey::{CounterDidNotRise, MAX_PASSKEYS, Passkey, PasskeyUse, passkey_name};
pub use proof::{Once, PROOF_IS_NOW, Profile, Proof};
pub use provider::{LinkedUser, ProviderUser};
pub use undo_code::{ADDRESS_UNDO_LIFETIME, UndoCode};
pub use versioned::{CredentialVersion, Credentials, VersionedCredential};
