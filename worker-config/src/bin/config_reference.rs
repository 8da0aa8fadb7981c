//! Prints what is written from the keys of the configuration, as one JSON object: the schemas by the names of
//! their files (`schemas`), and the tables of the documents (`tables`). Run by tools/build/config-check.mjs
//! and tools/configuration-reference.mjs.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::collections::BTreeMap;

use serde_json::json;
use worker_config::{reference, schema};

/// From the package in `node_modules`, where editors read the schemas, to wrangler's.
const WRANGLER: &str = "../wrangler/config-schema.json";

fn main() {
    let tables: BTreeMap<String, String> = reference::tables().into_iter().collect();
    let schemas = json!({
        "schema.json": schema::file(),
        "wrangler.schema.json": schema::file_with_wrangler(WRANGLER, "./schema.json"),
        "latchkey.schema.json": schema::latchkey(),
    });
    println!("{}", json!({"schemas": schemas, "tables": tables}));
}
