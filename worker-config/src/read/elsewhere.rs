//! `sign_in`: the ways to sign in, and `sign_in.elsewhere`: the external system that verifies passwords.

use super::upstreams::read_target;
use super::values::path;
use crate::error::Errors;
use crate::model::Elsewhere;
use crate::reader::Table;

/// Returns whether users can sign in with a code, and the external system.
pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<(bool, Option<Elsewhere>)> {
    let mut sign_in = table.table("sign_in", errors)?;
    let email_code = sign_in.flag("email_code", errors);
    let elsewhere = sign_in.optional_table("elsewhere", errors);
    sign_in.finish(errors);
    Some((email_code?, elsewhere.and_then(|table| read_elsewhere(table, errors))))
}

fn read_elsewhere(mut table: Table, errors: &mut Errors) -> Option<Elsewhere> {
    let target = read_target(&mut table, errors);
    let path = table.get("path", errors, path);
    let timeout_ms = table.number("timeout_ms", errors);
    table.finish(errors);
    Some(Elsewhere { target: target?, path: path?, timeout_ms: timeout_ms? })
}
