//! `hooks`: the deployer's hook.

use super::values::{origin, path, text};
use crate::error::Errors;
use crate::model::{Hooks, Target};
use crate::reader::Table;

pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<Hooks> {
    let mut table = table.optional_table("hooks", errors)?;
    let target = match table.optional("service", errors, text) {
        Some(Some(binding)) => {
            table.reject("url", "no such key, because `service` is set", errors);
            Some(Target::Service { binding })
        }
        Some(None) => {
            let origin = table.get("url", errors, origin);
            // The secret signs the messages and is never sent.
            origin.map(|origin| Target::Url { origin, secret_binding: None })
        }
        None => None,
    };
    let secret_binding = table.get("secret_binding", errors, text);
    let path = table.get("path", errors, path);
    let timeout_ms = table.number("timeout_ms", errors);
    table.finish(errors);
    Some(Hooks { target: target?, secret_binding: secret_binding?, path: path?, timeout_ms: timeout_ms? })
}
