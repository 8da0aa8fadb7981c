//! wasm-bindgen's command-line tool, reduced to what the build uses. The published one also contains a test
//! runner with an HTTP server and client, which compile for longer than the rest.
//!
//! Options have the names and the effects of the published tool's.

use anyhow::{Context, bail};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "wasm-bindgen --target web --out-name NAME --out-dir DIR [options] INPUT";

fn main() -> anyhow::Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.typescript(true);
    let mut out_dir = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value. Usage: {USAGE}"));
        match arg.as_str() {
            "--version" => {
                println!("wasm-bindgen {}", env!("CARGO_PKG_VERSION"));
                return Ok(());
            }
            "--target" => match value()?.as_str() {
                "web" => bindgen.web(true)?,
                other => bail!("--target: found {other}, expected web"),
            },
            "--out-name" => bindgen.out_name(&value()?),
            "--out-dir" => {
                out_dir = Some(value()?);
                continue;
            }
            "--no-typescript" => bindgen.typescript(false),
            "--omit-default-module-path" => bindgen.omit_default_module_path(true),
            "--remove-producers-section" => bindgen.remove_producers_section(true),
            "--force-enable-abort-handler" => bindgen.force_enable_abort_handler(true),
            "--experimental-reset-state-function" => bindgen.reset_state_function(true),
            option if option.starts_with('-') => bail!("unknown option {option}. Usage: {USAGE}"),
            input => bindgen.input_path(input),
        };
    }
    bindgen.generate(out_dir.with_context(|| format!("--out-dir is missing. Usage: {USAGE}"))?)
}
