//! The Durable Objects: their bindings, and a migration for each class.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::report::Report;
use super::section::Section;
use crate::bindings;
use crate::error::show;

/// The key of the bindings.
pub(super) const KEY: &str = "durable_objects.bindings";

/// `oauth`: whether the authorization server is switched on.
pub(super) fn check(section: &Section<'_>, oauth: bool, report: &mut Report) {
    let bindings = section.own.get("durable_objects").and_then(|objects| objects.get("bindings"));
    let bindings = bindings.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut own_classes = vec![];
    for (name, class) in bindings::objects(oauth) {
        let wanted = format!("a binding {{ name = \"{name}\", class_name = \"{class}\" }}");
        match bindings.iter().enumerate().find(|(_, binding)| binding.get("name") == Some(&json!(name))) {
            None => report.error(section.path(KEY), format!("no binding {name}"), wanted),
            // The objects of another Worker are migrated there.
            Some((_, binding)) if binding.get("script_name").is_some() => {}
            Some((_, binding)) if binding.get("class_name") == Some(&json!(class)) => own_classes.push(class),
            Some((i, binding)) => {
                let path = section.path(&format!("{KEY}[{i}].class_name"));
                let found = binding.get("class_name").map_or_else(|| "nothing".to_owned(), show);
                report.error(path, found, format!("\"{class}\""));
            }
        }
    }
    let (path, migrations) =
        section.inherited("migrations").unwrap_or_else(|| (section.path("migrations"), &Value::Null));
    let migrated = classes(migrations);
    let missing: Vec<&str> =
        own_classes.iter().copied().filter(|class| !migrated.contains_key(*class)).collect();
    if !missing.is_empty() {
        let found = format!("no migration for {}", missing.join(", "));
        let expected = format!(
            "a migration of these classes; add [[migrations]] with a new tag and new_sqlite_classes = {}",
            json!(missing)
        );
        report.error(path.clone(), found, expected);
    }
    for class in own_classes.iter().filter(|class| migrated.get(**class) == Some(&false)) {
        let expected = "the class in new_sqlite_classes, because the objects store their data in SQLite";
        report.error(path.clone(), format!("{class} in new_classes"), expected);
    }
}

/// The classes that exist after all migrations, each with whether its storage is SQLite.
fn classes(migrations: &Value) -> BTreeMap<String, bool> {
    let mut classes = BTreeMap::new();
    let names = |step: &Value, key: &str| -> Vec<String> {
        let items = step.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect()
    };
    for step in migrations.as_array().into_iter().flatten() {
        classes.extend(names(step, "new_sqlite_classes").into_iter().map(|name| (name, true)));
        classes.extend(names(step, "new_classes").into_iter().map(|name| (name, false)));
        for renamed in step.get("renamed_classes").and_then(Value::as_array).into_iter().flatten() {
            let name = |key: &str| renamed.get(key).and_then(Value::as_str);
            if let (Some(from), Some(to)) = (name("from"), name("to"))
                && let Some(sqlite) = classes.remove(from)
            {
                classes.insert(to.to_owned(), sqlite);
            }
        }
        for name in names(step, "deleted_classes") {
            classes.remove(&name);
        }
    }
    classes
}
