//! `second_factor`.

use super::values::word;
use crate::error::Errors;
use crate::model::SecondFactor;
use crate::reader::Table;

/// The maximum length of the service's name, in characters.
const MAX_NAME: usize = 64;

pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<SecondFactor> {
    let mut table = table.table("second_factor", errors)?;
    let roles = table.list("roles", errors, word);
    let name = table
        .optional("name", errors, |value| value.as_str().filter(|name| is_name(name)).map(ToOwned::to_owned));
    table.finish(errors);
    Some(SecondFactor { roles: roles?, name: name? })
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}
