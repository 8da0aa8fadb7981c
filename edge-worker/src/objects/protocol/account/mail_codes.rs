//! The calls about codes that users get by mail.

use auth_core::credential::{ChallengePurpose, ChallengeVerdict, ExpectedCode, Once};
use auth_core::secret::{SecretText, expose};
use serde::{Deserialize, Serialize};

use super::super::keys::KeysMessage;
use super::super::session::{Bearing, LivingSession};
use super::creation::AccountCalls;
use super::sessions::NotOpened;
use crate::audit::Asker;
use crate::objects::call::{Done, calls};

/// The verdict about a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnsweredCode {
    /// The verdict.
    pub verdict: ChallengeVerdict,
    /// What the challenge expects, unless the answer was rejected.
    pub code: Option<ExpectedCode>,
}

/// Why a code in a session has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeRefused {
    /// It is wrong, which counts.
    Wrong,
    /// It was used, has expired, was tried too often, or belongs to another browser or purpose.
    Expired,
    /// The address belongs to another account by now.
    Taken,
}

calls! {
    /// The calls about codes that users get by mail.
    MailCodeCalls of AccountCalls {
        /// Issue a code to a user who has no session. The object is new: it becomes the account if the address
        /// turns out to have none, and is deleted otherwise. So nothing that happens depends on whether the
        /// address has an account.
        HoldCode {
            /// The code, and the account that has the address now.
            code: ExpectedCode,
            /// What the code permits.
            purpose: ChallengePurpose,
            /// SHA-256 of the secret in the browser's cookie, in hex.
            browser: String,
        } -> Done;
        /// Issue a code to the user of a session.
        IssueMailCode {
            /// The token.
            bearing: Bearing,
            /// The code.
            code: ExpectedCode,
            /// What the code permits.
            purpose: ChallengePurpose,
            /// SHA-256 of the secret in the browser's cookie, in hex.
            browser: String,
        } -> Option<Done>;
        /// Verify a code that a user has typed. A wrong one counts.
        AnswerCode {
            /// What the code is presented for.
            purpose: ChallengePurpose,
            /// SHA-256 of the secret in the cookie of the browser that presents it, in hex.
            browser: String,
            /// The MAC of the code under that secret.
            mac: String,
            /// The address that the user states, if the request has one.
            email: Option<String>,
        } -> Option<AnsweredCode>;
        /// The user has proved the account's address by a code, and the new password was hashed: replace the
        /// password, end every session, raise the epoch, open a session for the caller.
        RecoverPassword {
            /// The address, normalised.
            email: String,
            /// What makes the code count once.
            once: Once,
            /// The new hash, a PHC string.
            #[serde(serialize_with = "expose")]
            password_hash: SecretText,
            /// The keys for the new session's cookie.
            keys: KeysMessage,
            /// As for [`super::OpenSession`].
            challenge: String,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, NotOpened>>;
        /// The user of a session presents the code that was sent to the account's address: the address is
        /// verified from now on. A wrong code counts.
        VerifyByCode {
            /// The token.
            bearing: Bearing,
            /// SHA-256 of the secret in the cookie of the browser that presents it, in hex.
            browser: String,
            /// The MAC of the code under that secret.
            mac: String,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, CodeRefused>>;
    }
}
