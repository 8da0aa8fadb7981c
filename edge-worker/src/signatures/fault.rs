//! Faults of a signature backend.

use auth_core::token::BackendFault;

pub(super) fn fault(what: &str, error: &impl core::fmt::Debug) -> BackendFault {
    BackendFault(format!("{what}: {error:?}"))
}
