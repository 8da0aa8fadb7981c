//! One environment of the file, as wrangler reads it.

use serde_json::{Value, json};

use super::report::Finding;
use crate::bindings::Binding;
use crate::error::ConfigError;

/// An environment, or the top level.
pub(super) struct Section<'a> {
    top: &'a Value,
    pub(super) own: &'a Value,
    pub(super) environment: Option<&'a str>,
}

impl<'a> Section<'a> {
    pub(super) fn of(file: &'a Value, environment: Option<&'a str>) -> Result<Self, Finding> {
        let Some(name) = environment else { return Ok(Self { top: file, own: file, environment }) };
        let environments = file.get("env").and_then(Value::as_object);
        let own = environments.and_then(|all| all.get(name));
        own.map(|own| Self { top: file, own, environment }).ok_or_else(|| {
            let names: Vec<&str> =
                environments.map(|all| all.keys().map(String::as_str).collect()).unwrap_or_default();
            let found = if names.is_empty() {
                "no environments".to_owned()
            } else {
                format!("the environments {}", names.join(", "))
            };
            let expected = format!(
                "[env.{name}]; `npx latchkey-worker init --env {name}` adds it, and --env names another one"
            );
            Finding {
                path: "env".to_owned(),
                error: ConfigError { key: format!("env.{name}"), found, expected },
            }
        })
    }

    /// The path from the top of the file.
    pub(super) fn path(&self, key: &str) -> String {
        match (self.environment, key) {
            (None, key) => key.to_owned(),
            (Some(name), "") => format!("env.{name}"),
            (Some(name), key) => format!("env.{name}.{key}"),
        }
    }

    /// A value that an environment inherits from the top level if it has none, with its path.
    pub(super) fn inherited(&self, key: &str) -> Option<(String, &'a Value)> {
        match self.own.get(key) {
            Some(value) => Some((self.path(key), value)),
            None => self.top.get(key).map(|value| (key.to_owned(), value)),
        }
    }

    /// The Worker's name at Cloudflare.
    pub(super) fn worker_name(&self) -> Option<String> {
        if let Some(name) = self.own.get("name").and_then(Value::as_str) {
            return Some(name.to_owned());
        }
        let name = self.top.get("name").and_then(Value::as_str)?;
        Some(self.environment.map_or_else(|| name.to_owned(), |environment| format!("{name}-{environment}")))
    }

    /// Whether it runs at Cloudflare. The top level does only if it has an address there.
    pub(super) fn is_deployed(&self) -> bool {
        self.environment.is_some()
            || ["route", "routes"].iter().any(|key| self.own.get(key).is_some())
            || self.own.get("workers_dev") == Some(&json!(true))
    }

    /// What the file binds a name to. Bindings are not inherited.
    pub(super) fn binding(&self, name: &str) -> Binding {
        let has = |list: Option<&Value>, member: &str| {
            let items = list.and_then(Value::as_array).into_iter().flatten();
            items.into_iter().any(|item| item.get(member).and_then(Value::as_str) == Some(name))
        };
        let is_member = |table: &str| self.own.get(table).is_some_and(|table| table.get(name).is_some());
        let objects = self.own.get("durable_objects").and_then(|objects| objects.get("bindings"));
        let assets = self.inherited("assets").and_then(|(_, assets)| assets.get("binding"));
        let callable = ["services", "vpc_services", "mtls_certificates"];
        if callable.iter().any(|list| has(self.own.get(*list), "binding")) || assets == Some(&json!(name)) {
            Binding::Service
        } else if has(objects, "name") {
            Binding::Object
        } else if has(self.own.get("kv_namespaces"), "binding") {
            Binding::Kv
        } else if is_member("vars") {
            Binding::Text(0)
        } else if has(self.own.get("send_email"), "name") {
            Binding::SendEmail
        } else if self.has_other(name) {
            Binding::Other
        } else {
            Binding::Missing
        }
    }

    /// Whether another list of bindings has the name.
    fn has_other(&self, name: &str) -> bool {
        let lists = ["r2_buckets", "d1_databases", "hyperdrive", "analytics_engine_datasets", "vectorize"];
        lists
            .iter()
            .filter_map(|list| self.own.get(list)?.as_array())
            .flatten()
            .any(|item| item.get("binding").and_then(Value::as_str) == Some(name))
    }
}
