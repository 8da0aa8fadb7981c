//! The check of a wrangler configuration file for JavaScript: `worker_config::deployment` with JSON at both
//! ends.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use worker_config::deployment::{self, Deployment, Finding};

/// Checks one environment.
///
/// `file`: the content of the file, as JSON. `environment`: its name; none for the top level.
/// `local_secrets`: the lengths in bytes of the secrets in `.dev.vars` by name, as JSON; none if there is no
/// such file.
///
/// Returns JSON: `{errors, warnings, secrets}`. The first two are lists of `{path, line}`.
#[wasm_bindgen]
#[must_use]
pub fn check(file: &str, environment: Option<String>, local_secrets: Option<String>) -> String {
    let file: Value = serde_json::from_str(file).unwrap_or_default();
    let local_secrets: Option<BTreeMap<String, usize>> =
        local_secrets.map(|secrets| lengths(&serde_json::from_str(&secrets).unwrap_or_default()));
    let report = deployment::check(&Deployment {
        file: &file,
        environment: environment.as_deref(),
        local_secrets: local_secrets.as_ref(),
    });
    let lines = |findings: &[Finding]| {
        findings
            .iter()
            .map(|finding| json!({"path": finding.path, "line": finding.error.to_string()}))
            .collect::<Value>()
    };
    let (errors, warnings) = (lines(&report.errors), lines(&report.warnings));
    json!({"errors": errors, "warnings": warnings, "secrets": report.secrets}).to_string()
}

/// Reads the table `LATCHKEY` alone, as JSON. Returns a list of its mistakes as JSON: key, value found, value
/// expected.
#[wasm_bindgen]
#[must_use]
pub fn read(table: &str) -> String {
    let table: Value = serde_json::from_str(table).unwrap_or_default();
    let errors = worker_config::parse(&table).err().unwrap_or_default();
    errors.iter().map(|error| Value::String(error.to_string())).collect::<Value>().to_string()
}

fn lengths(secrets: &Value) -> BTreeMap<String, usize> {
    let length =
        |(name, length): (&String, &Value)| Some((name.clone(), usize::try_from(length.as_u64()?).ok()?));
    secrets.as_object().into_iter().flatten().filter_map(length).collect()
}
