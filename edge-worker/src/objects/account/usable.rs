//! Which credentials are a way to sign in with the present configuration.

use auth_core::credential::{Credential, LinkedUser};

use crate::config::Config;

/// Whether the account's user can sign in by this credential alone. `is_found_by_address`: whether the Directory assigns
/// the account's address to it.
pub(super) fn opens_sessions(config: &Config, is_found_by_address: bool, credential: &Credential) -> bool {
    match credential {
        Credential::Password(_) => is_found_by_address,
        Credential::External(_) => true,
        Credential::Email(_) => is_found_by_address && config.email_code && config.mail.is_some(),
        Credential::Passkey(_) => config.passkeys.is_some(),
        Credential::Provider(linked) => is_configured(config, linked),
    }
}

/// Whether the user can still sign in at the provider.
pub(super) fn is_configured(config: &Config, linked: &LinkedUser) -> bool {
    config.providers.iter().any(|provider| provider.name == linked.provider())
}
