//! The calls about API keys.

use super::super::api_key::{ApiKeyRow, KeyChange, KeyHolder, KeyRefused, PresentedKey};
use super::super::session::Authority;
use super::creation::AccountCalls;
use crate::audit::Asker;
use crate::objects::call::calls;

calls! {
    /// The calls about API keys.
    ApiKeyCalls of AccountCalls {
        /// List or change the account's API keys. Returns the keys that the change is about, if they exist then.
        ManageApiKeys {
            /// Who does it.
            by: Authority,
            /// What is done.
            change: KeyChange,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Vec<ApiKeyRow>, KeyRefused>>;
        /// Return what an API key permits.
        UseApiKey {
            /// The key.
            key: PresentedKey,
        } -> Option<Box<KeyHolder>>;
    }
}
