//! The calls about users of other providers.

use auth_core::credential::{CredentialVersion, LinkedUser, Once};
use auth_core::id::SessionId;
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};

use super::super::session::Bearing;
use super::creation::AccountCalls;
use crate::audit::Asker;
use crate::objects::call::{Done, calls};

/// The key is not reserved (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotReserved {}

/// Why a user of another provider is not linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotLinked {
    /// The session that began to link has ended, or the account is disabled.
    SignedOut,
    /// The flow counts once, and was presented before or too late.
    Used,
}

/// Why the users of another provider are not unlinked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotUnlinked {
    /// None is linked.
    NotLinked,
    /// The user could not sign in any more.
    LastCredential,
}

/// The tokens of another provider that an account keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptTokens {
    /// The provider's name in the configuration.
    pub provider: String,
    /// The tokens, sealed.
    pub sealed: String,
    /// When the provider issued them.
    pub at: UnixTime,
}

calls! {
    /// The calls about users of other providers.
    ProviderCalls of AccountCalls {
        /// A key of the Directory is about to be claimed for this account.
        Reserve {
            /// The key.
            key: String,
        } -> Option<Result<Done, NotReserved>>;
        /// The Directory has assigned a reserved address to this account, which has none, and another provider
        /// has verified that it is the user's.
        TakeAddress {
            /// The address, normalised.
            email: String,
        } -> Option<Result<CredentialVersion, NotReserved>>;
        /// Link a user of another provider, whose key is reserved and claimed.
        Link {
            /// The user.
            linked: LinkedUser,
            /// The session in which the user began to link. It must be active.
            session: SessionId,
            /// What makes the flow count once.
            once: Once,
            /// The provider's tokens, sealed, if they are kept.
            tokens: Option<String>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, NotLinked>>;
        /// Unlink the users of another provider, unless the user could not sign in any more.
        Unlink {
            /// The token.
            bearing: Bearing,
            /// The provider's name.
            provider: String,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, NotUnlinked>>;
        /// Return the names of the providers whose users are linked.
        ListLinked {
            /// The token.
            bearing: Bearing,
        } -> Option<Vec<String>>;
        /// Keep the tokens of another provider in place of earlier ones.
        KeepTokens {
            /// The provider's name.
            provider: String,
            /// The tokens, sealed.
            sealed: String,
        } -> Option<Done>;
        /// For an administrator: return the tokens of other providers.
        ProviderTokens {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Vec<KeptTokens>>;
    }
}
