//! Second factors in messages.

use auth_core::credential::{ChallengeRejection, CredentialVersion, Proof};
use auth_core::second_factor::SecondFactorAnswer;
use serde::{Deserialize, Serialize};

use super::session::Bearing;

/// What the user has proved before the second factor.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ProvedBefore {
    /// The first factor, for which a challenge was issued.
    Challenge {
        /// SHA-256 of the secret in the browser's cookie, in hex.
        browser: String,
    },
    /// A session.
    Session(Bearing),
}

/// What the user has presented, after the Worker has verified what it can.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum PresentedFactor {
    /// A code.
    Code(SecondFactorAnswer),
    /// The use of a passkey; `None`: it is no correct use of one of the account's.
    Passkey(Option<Box<Proof>>),
}

/// The secret of an authenticator app, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedTotp {
    /// The version of the secret, which is never used again.
    pub version: CredentialVersion,
    /// The secret, sealed if the deployer configured a secret for it.
    pub secret: String,
}

/// What the Worker needs to verify a second factor.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundFactors {
    /// The authenticator app, if the user has one.
    pub totp: Option<SealedTotp>,
}

/// Why a second factor is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactorRefused {
    /// The challenge does not count.
    Challenge(ChallengeRejection),
    /// The answer is wrong, or was used before.
    Wrong,
    /// The account has no second factor.
    NotEnrolled,
    /// The credential that was proved before has changed since, or the account is disabled.
    Changed,
    /// The active refresh key is missing from the call.
    UnknownKey,
    /// The account, or the session, does not exist any more. The Worker's word for a reply of `None`.
    Gone,
}

/// There is no authenticator app that waits for its confirmation, or no second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFactor {}
