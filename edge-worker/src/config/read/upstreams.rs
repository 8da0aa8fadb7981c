//! The upstreams: `service = "BINDING"`, or `url` with the secret that proves the gate's identity to it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::model::{Target, Upstream};
use super::super::reader::{Errors, Table};
use super::{origin, text};

pub(super) fn read(table: &mut Table, errors: &mut Errors) -> BTreeMap<String, Upstream> {
    let mut upstreams = BTreeMap::new();
    for (name, mut table) in table.tables("upstreams", errors) {
        let timeout = table.seconds("timeout", (1, 300), 30, errors);
        let case_sensitive =
            table.get("case_sensitive", "true or false", Some(false), errors, Value::as_bool);
        let target = read_target(&mut table, errors);
        table.finish(errors);
        if let (Some(target), Some(timeout), Some(case_sensitive)) = (target, timeout, case_sensitive) {
            upstreams.insert(name, Upstream { target, timeout_ms: timeout * 1000, case_sensitive });
        }
    }
    upstreams
}

/// `service`, or `url` with `secret_binding`.
pub(super) fn read_target(table: &mut Table, errors: &mut Errors) -> Option<Target> {
    if let Some(service) = table.take("service") {
        let binding = text(&service);
        if binding.is_none() {
            errors.add(table.key("service"), Some(&service), "the name of a service binding");
        }
        return binding.map(|binding| Target::Service { binding });
    }
    let expected = "an https origin without a path (or `service`, the name of a service binding)";
    let origin = table.get("url", expected, None, errors, origin);
    let on_this_machine = origin.as_ref().is_some_and(|origin| origin.as_str().starts_with("http://"));
    let expected = "the name of a Worker secret, by which the upstream recognises the gate";
    let default = on_this_machine.then_some(None);
    let secret_binding =
        table.get("secret_binding", expected, default, errors, |value| text(value).map(Some));
    origin.zip(secret_binding).map(|(origin, secret_binding)| Target::Url { origin, secret_binding })
}
