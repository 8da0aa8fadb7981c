//! The calls about second factors.

use auth_core::credential::CredentialVersion;
use auth_core::second_factor::TimeStep;

use super::super::keys::KeysMessage;
use super::super::second_factor::{
    FactorRefused, FoundFactors, NoFactor, PresentedFactor, ProvedBefore, SealedTotp,
};
use super::super::session::{Bearing, LivingSession};
use super::creation::AccountCalls;
use crate::audit::Asker;
use crate::objects::call::{Done, calls};

calls! {
    /// The calls about second factors.
    SecondFactorCalls of AccountCalls {
        /// Return what is needed to verify a second factor. Changes nothing.
        FindFactors {
            /// What the user has proved before.
            before: ProvedBefore,
        } -> Option<Result<FoundFactors, FactorRefused>>;
        /// A second factor was verified, or a wrong one presented: complete the sign-in, or update the session.
        ProveFactor {
            /// What the user has proved before.
            before: ProvedBefore,
            /// What the user has presented.
            answer: PresentedFactor,
            /// The app's secret, sealed again because it was sealed with an earlier secret of the deployer's.
            resealed: Option<String>,
            /// The keys for the session's first cookie.
            keys: KeysMessage,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, FactorRefused>>;
        /// Store the secret of an authenticator app, which the user has to confirm.
        BeginTotp {
            /// The token.
            bearing: Bearing,
            /// The secret, sealed.
            secret: String,
        } -> Option<Done>;
        /// Return the secret that the user has to confirm.
        FindPendingTotp {
            /// The token.
            bearing: Bearing,
        } -> Option<Result<SealedTotp, NoFactor>>;
        /// The user has shown a code of the app: it is a second factor from now on, and the session has it.
        ConfirmTotp {
            /// The token.
            bearing: Bearing,
            /// The version of the secret.
            version: CredentialVersion,
            /// The time step of the code.
            step: TimeStep,
            /// The hashes of new recovery codes.
            recovery_codes: Vec<String>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, NoFactor>>;
        /// Remove the authenticator app and the recovery codes.
        RemoveTotp {
            /// The token.
            bearing: Bearing,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, NoFactor>>;
        /// Replace the recovery codes.
        ReplaceRecoveryCodes {
            /// The token.
            bearing: Bearing,
            /// The hashes of the new ones.
            recovery_codes: Vec<String>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, NoFactor>>;
    }
}
