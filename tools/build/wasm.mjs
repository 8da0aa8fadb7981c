// A crate as WebAssembly with its JavaScript: compiled by cargo, bound by wasm-bindgen, optimised by wasm-opt.
import { mkdir, rm } from "node:fs/promises";
import { at, modernNode, npmBin, rustBin } from "../paths.mjs";
import { run } from "../run.mjs";
import { installWasmBindgen } from "../setup/rust.mjs";

/** What rustc emits for wasm32-unknown-unknown, and no newer features: a runtime may not know them. */
const FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
];

/**
 * @typedef {object} Module
 * @property {string} crate
 * @property {string} profile
 * @property {string} to The folder of `<name>.js` and `<name>_bg.wasm`, from the root of the checkout.
 * @property {string} name
 * @property {string[]} [bindings] Further options of wasm-bindgen.
 * @property {string[]} [features] Further features of WebAssembly that wasm-bindgen uses.
 * @property {string[] | null} optimisation Options of wasm-opt; null: it isn't run.
 */

/** @param {Module} module */
export async function buildModule({ crate, profile, to, name, bindings = [], features = [], optimisation }) {
  const args = ["build", "--lib", "-p", crate, "--profile", profile, "--target", "wasm32-unknown-unknown"];
  // Set explicitly, because the output is read from there, whatever the user's own setting.
  const compiling = run("cargo", args, { env: { CARGO_TARGET_DIR: at("target") } });
  // At the same time, because cargo optimises the last crate on one processor.
  for (const result of await Promise.allSettled([compiling, installWasmBindgen()])) {
    if (result.status === "rejected") throw result.reason;
  }
  const compiled = at("target", "wasm32-unknown-unknown", profile, `${crate.replaceAll("-", "_")}.wasm`);
  // The names of the snippets change with the crates' versions.
  await rm(at(to, "snippets"), { recursive: true, force: true });
  await mkdir(at(to), { recursive: true });
  // The address of the module is always given. A second one in the JavaScript would be one more for bundlers to follow.
  const web = ["--target", "web", "--omit-default-module-path", "--out-name", name, "--out-dir", at(to)];
  await run(rustBin("wasm-bindgen"), [...web, ...bindings, compiled]);
  if (optimisation === null) return;
  const module = at(to, `${name}_bg.wasm`);
  const enabled = [...FEATURES, ...features].map((feature) => `--enable-${feature}`);
  const strip = ["--strip-producers", "--strip-target-features"];
  await run(modernNode(), [npmBin("wasm-opt"), module, ...enabled, ...strip, ...optimisation, "-o", module]);
}
