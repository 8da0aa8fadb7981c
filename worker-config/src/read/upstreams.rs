//! The upstreams: `service = "BINDING"`, or `url` with the secret that proves the gate's identity to it.

use std::collections::BTreeMap;

use auth_core::wire::Origin;
use serde_json::Value;

use super::values::{origin, text};
use crate::error::Errors;
use crate::model::{Target, Upstream};
use crate::reader::Table;

pub(super) fn read(
    table: &mut Table,
    issuer: Option<&Origin>,
    errors: &mut Errors,
) -> BTreeMap<String, Upstream> {
    let mut upstreams = BTreeMap::new();
    for (name, mut table) in table.tables("upstreams", errors) {
        let timeout = table.number("timeout", errors);
        let case_sensitive = table.flag("case_sensitive", errors);
        let preserve_host = table.flag("preserve_host", errors);
        let target = read_target(&mut table, errors);
        if let (Some(true), Some(target), Some(issuer)) = (preserve_host, &target, issuer)
            && let Err(expected) = may_preserve_host(target, issuer)
        {
            errors.add(table.key("preserve_host"), Some(&Value::Bool(true)), &expected);
        }
        table.finish(errors);
        if let (Some(target), Some(timeout), Some(case_sensitive), Some(preserve_host)) =
            (target, timeout, case_sensitive, preserve_host)
        {
            let timeout_ms = timeout * 1000;
            upstreams.insert(name, Upstream { target, timeout_ms, case_sensitive, preserve_host });
        }
    }
    upstreams
}

/// `service`, or `url` with `secret_binding`.
pub(super) fn read_target(table: &mut Table, errors: &mut Errors) -> Option<Target> {
    if let Some(binding) = table.optional("service", errors, text)? {
        let expected = "no such key, because `service` is set";
        table.reject("url", expected, errors);
        table.reject("secret_binding", expected, errors);
        return Some(Target::Service { binding });
    }
    let origin = table.get("url", errors, origin);
    let on_this_machine = origin.as_ref().is_some_and(|origin| origin.as_str().starts_with("http://"));
    let secret_binding = if on_this_machine {
        table.optional("secret_binding", errors, text)
    } else {
        table.get("secret_binding", errors, text).map(Some)
    };
    origin.zip(secret_binding).map(|(origin, secret_binding)| Target::Url { origin, secret_binding })
}

/// Cloudflare sends a request to one host under the name of another if both are hosts of one zone
/// (`resolveOverride`). Otherwise it ignores the setting, and the request goes to the public host, which is
/// the gate. Which hosts belong to a zone is not known here, so only what can never work is an error.
fn may_preserve_host(target: &Target, issuer: &Origin) -> Result<(), String> {
    let Target::Url { origin, .. } = target else {
        return Err("no such key: an upstream behind a service binding receives the public URL".to_owned());
    };
    for (key, origin) in [("issuer", issuer), ("url", origin)] {
        if !is_named(origin) {
            return Err(format!(
                "false, because {key} = \"{origin}\" is not https with a host name and no port"
            ));
        }
    }
    // A zone has a domain of at least two labels.
    let domain =
        |origin: &Origin| origin.host().rsplit('.').take(2).map(ToOwned::to_owned).collect::<Vec<_>>();
    if origin == issuer || domain(origin) != domain(issuer) {
        return Err(format!("false, unless `url` is another host in the Cloudflare zone of {issuer}"));
    }
    Ok(())
}

/// Whether it is https with a host name (not an IP address) and without a port.
fn is_named(origin: &Origin) -> bool {
    let last_label = origin.host().rsplit('.').next().unwrap_or_default();
    origin.as_str().strip_prefix("https://") == Some(origin.host())
        && last_label.bytes().any(|b| b.is_ascii_alphabetic())
        && !last_label.ends_with(']')
}
