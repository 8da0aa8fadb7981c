//! `sign_in.elsewhere`: the external system that verifies passwords.

use super::upstreams::read_target;
use crate::error::Errors;
use crate::model::Elsewhere;
use crate::reader::Table;

pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<Elsewhere> {
    let mut sign_in = table.table("sign_in", errors)?;
    let elsewhere = sign_in.optional_table("elsewhere", errors);
    sign_in.finish(errors);
    let mut table = elsewhere?;
    let target = read_target(&mut table, errors);
    let path = table.get("path", errors, |value| {
        let path = value.as_str()?;
        let fits = path.starts_with('/') && !path.starts_with("//") && !path.contains(['#', '\\']);
        (fits && path.bytes().all(|b| b.is_ascii_graphic())).then(|| path.to_owned())
    });
    let timeout_ms = table.number("timeout_ms", errors);
    table.finish(errors);
    Some(Elsewhere { target: target?, path: path?, timeout_ms: timeout_ms? })
}
