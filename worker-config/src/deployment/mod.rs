//! Checks one environment of a wrangler configuration file, before it is deployed.
//!
//! What the Worker can find out by itself is checked by its own reader ([`crate::parse`],
//! [`crate::check_secrets`], [`crate::check_bindings`]). Here is what only the file shows: addresses, classes
//! and their migrations, and what an environment does not inherit.

mod addresses;
mod objects;
mod report;
mod section;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bindings::{self, Binding, MIN_SECRET_BYTES};
use crate::error::{ConfigError, show};
use crate::model::Config;
use crate::placeholders;
use crate::read::examine;
use section::Section;

pub use report::{Finding, Report};

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// The content of the file.
    pub file: &'a Value,
    /// The environment; `None` for the top level, which runs on the developer's machine.
    pub environment: Option<&'a str>,
    /// The lengths in bytes of the secrets in `.dev.vars`; `None` if there is no such file.
    pub local_secrets: Option<&'a BTreeMap<String, usize>>,
}

/// Checks the environment.
#[must_use]
pub fn check(deployment: &Deployment<'_>) -> Report {
    let mut report = Report::default();
    let section = match Section::of(deployment.file, deployment.environment) {
        Ok(section) => section,
        Err(finding) => return Report { errors: vec![finding], ..report },
    };
    let Some((prefix, table)) = latchkey(&section, &mut report) else { return report };
    // Other variables are for the deployer's own code.
    let mut own = section.own.clone();
    if let Some(own) = own.as_object_mut() {
        own.retain(|key, _| !["env", "vars", "$schema"].contains(&key.as_str()));
    }
    let placed = placeholders::find(&own, &section.path(""));
    report.errors.extend(placed.into_iter().map(|error| Finding { path: error.key.clone(), error }));
    objects::check(&section, table.get("oauth").is_some(), &mut report);
    let in_table = |error: ConfigError| Finding { path: format!("{prefix}.{}", error.key), error };
    let (config, errors) = examine(&table);
    report.errors.extend(errors.into_iter().map(in_table));
    if let Some(config) = config {
        if !config.is_https() {
            report.errors.extend(placeholders::find(&table, "").into_iter().map(in_table));
        }
        let find = |name: &str| bound(&section, &config, name);
        report.errors.extend(bindings::check_secrets(&config, find).into_iter().map(in_table));
        let errors = bindings::check_bindings(&config, find);
        // The file shows more about the objects: their classes and migrations.
        let errors = errors.into_iter().filter(|error| error.key != objects::KEY);
        report.errors.extend(errors.map(in_table));
        addresses::check(&section, &config, &prefix, &mut report);
        secrets(deployment, &section, &config, &prefix, &mut report);
    }
    report
}

/// The table `LATCHKEY`, and its path.
fn latchkey(section: &Section<'_>, report: &mut Report) -> Option<(String, Value)> {
    let path = section.path("vars.LATCHKEY");
    match section.own.get("vars").and_then(|vars| vars.get("LATCHKEY")) {
        Some(Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(table) => Some((path, table)),
            Err(error) => {
                report.error(path, show(&json!(text)), format!("a table, or its JSON: {error}"));
                None
            }
        },
        Some(table) => Some((path, table.clone())),
        None => {
            let expected = match section.environment {
                Some(name) => format!(
                    "the table [env.{name}.vars.LATCHKEY], because an environment inherits no vars from the top level"
                ),
                None => "the table [vars.LATCHKEY]".to_owned(),
            };
            report.error(path, "nothing", expected);
            None
        }
    }
}

/// What the file binds a name to. Secrets are not in the file, so every name of one counts as a secret that
/// is long enough.
fn bound(section: &Section<'_>, config: &Config, name: &str) -> Binding {
    match section.binding(name) {
        Binding::Missing if bindings::secrets(config).iter().any(|secret| secret.binding == name) => {
            Binding::Text(MIN_SECRET_BYTES)
        }
        // A variable under the name of a secret has an error of its own.
        Binding::Text(_) => Binding::Text(MIN_SECRET_BYTES),
        binding => binding,
    }
}

/// Secrets must not be in the file. On this machine, they are in `.dev.vars`.
fn secrets(
    deployment: &Deployment<'_>,
    section: &Section<'_>,
    config: &Config,
    prefix: &str,
    report: &mut Report,
) {
    for secret in bindings::secrets(config) {
        let (key, name) = (&secret.key, secret.binding);
        let mut add = |found: String, expected: String| {
            let path = format!("{prefix}.{key}");
            report.errors.push(Finding { path, error: ConfigError { key: key.clone(), found, expected } });
        };
        if matches!(section.binding(name), Binding::Text(_)) {
            let expected =
                "the name of a Worker secret, whose value is not in this file; remove it from `vars`"
                    .to_owned();
            add(format!("{name}, which is a variable in this file"), expected);
        } else if section.is_deployed() {
            report.secrets.push(name.to_owned());
        } else {
            let bytes = deployment.local_secrets.and_then(|secrets| secrets.get(name));
            let found = match bytes {
                Some(bytes) if *bytes >= secret.min_bytes => continue,
                Some(bytes) => format!("{name}, which has {bytes} bytes in .dev.vars"),
                None => format!("{name}, which is not in .dev.vars"),
            };
            let expected = if secret.min_bytes == MIN_SECRET_BYTES {
                format!(
                    "a secret of at least {MIN_SECRET_BYTES} bytes in .dev.vars; `npx latchkey-worker secret --local` creates it"
                )
            } else {
                format!("what the provider has given you, in .dev.vars, as {name}=\"…\"")
            };
            add(found, expected);
        }
    }
    report.secrets.sort_unstable();
    report.secrets.dedup();
}

#[cfg(test)]
mod tests;
