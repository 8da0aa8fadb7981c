//! The table `keys`: how the service's own keys are rotated and stored.

use auth_core::keyring::{LEAST_PUBLISHED, LEAST_RETIRING};
use serde_json::{Map, Value};

use super::values::DAY;
use crate::model::KeyPolicy;
use crate::reader::{Errors, Table};

/// Intervals that are too short for other verifiers, or for the service's own isolates, are allowed only on a
/// local machine.
pub(super) fn read(table: &mut Table, local: bool, errors: &mut Errors) -> Option<KeyPolicy> {
    let value = table.take("keys").unwrap_or_else(|| Value::Object(Map::new()));
    let mut keys = Table::new(&table.key("keys"), value, errors)?;
    let least = |seconds: u64| if local { 1 } else { seconds };
    let rotation_period =
        keys.seconds("rotation_period", (least(LEAST_PUBLISHED), 400 * DAY), 30 * DAY, errors);
    let publish_ahead = keys.seconds("publish_ahead", (least(LEAST_PUBLISHED), 30 * DAY), 3600, errors);
    let retire_after = keys.seconds("retire_after", (least(LEAST_RETIRING), 30 * DAY), 3600, errors);
    let secret_bindings = keys.list("secret_bindings", "a list of names of Worker secrets", errors, |name| {
        (!name.is_empty()).then(|| name.to_owned())
    });
    keys.finish(errors);
    Some(KeyPolicy {
        rotation_period: rotation_period?,
        publish_ahead: publish_ahead?,
        retire_after: retire_after?,
        secret_bindings: secret_bindings?,
    })
}
