//! `sign_in.elsewhere`: the external system that verifies passwords.

use super::upstreams::read_target;
use crate::model::Elsewhere;
use crate::reader::{Errors, Table};

pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<Elsewhere> {
    let mut sign_in = table.table("sign_in", errors)?;
    let elsewhere = sign_in.take("elsewhere");
    let key = sign_in.key("elsewhere");
    sign_in.finish(errors);
    let mut table = Table::new(&key, elsewhere?, errors)?;
    let target = read_target(&mut table, errors);
    let expected = "a path of visible ASCII that begins with one slash";
    let path = table.get("path", expected, None, errors, |value| {
        let path = value.as_str()?;
        let fits = path.starts_with('/') && !path.starts_with("//") && !path.contains(['#', '\\']);
        (fits && path.bytes().all(|b| b.is_ascii_graphic())).then(|| path.to_owned())
    });
    let timeout_ms = table.count("timeout_ms", (100, 30_000), 5_000, errors);
    table.finish(errors);
    Some(Elsewhere { target: target?, path: path?, timeout_ms: timeout_ms? })
}
