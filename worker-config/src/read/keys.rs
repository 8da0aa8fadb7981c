//! The table `keys`: how the service's own keys are rotated and stored.

use auth_core::keyring::{LEAST_PUBLISHED, LEAST_RETIRING};

use crate::error::Errors;
use crate::model::KeyPolicy;
use crate::reader::Table;

/// Intervals that are too short for other verifiers, or for the service's own isolates, are allowed only on a
/// local machine.
pub(super) fn read(table: &mut Table, local: bool, errors: &mut Errors) -> Option<KeyPolicy> {
    let mut keys = table.table("keys", errors)?;
    let mut seconds = |name: &str, least: u64| {
        let seconds = keys.number(name, errors)?;
        if !local && seconds < least {
            let expected = format!("at least {least} seconds with an https issuer");
            errors.add(keys.key(name), Some(&seconds.into()), &expected);
        }
        Some(seconds)
    };
    let rotation_period = seconds("rotation_period", LEAST_PUBLISHED);
    let publish_ahead = seconds("publish_ahead", LEAST_PUBLISHED);
    let retire_after = seconds("retire_after", LEAST_RETIRING);
    let secret_bindings =
        keys.list("secret_bindings", errors, |name| (!name.is_empty()).then(|| name.to_owned()));
    keys.finish(errors);
    Some(KeyPolicy {
        rotation_period: rotation_period?,
        publish_ahead: publish_ahead?,
        retire_after: retire_after?,
        secret_bindings: secret_bindings?,
    })
}
