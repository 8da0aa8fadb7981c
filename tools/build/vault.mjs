// The vault's WebAssembly: sdk-wasm compiled for size, its glue code by wasm-bindgen, the module optimised by
// wasm-opt. The output is next to the TypeScript that imports it; the package step copies it to dist.
import { mkdir } from "node:fs/promises";
import { at, modernNode, npmBin, rustBin } from "../paths.mjs";
import { run } from "../run.mjs";

const DIR = "sdk-wasm/js/generated";

/** The features that rustc emits for wasm32-unknown-unknown, and no newer ones. */
const FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
].map((feature) => `--enable-${feature}`);

export const vault = {
  name: "vault",
  title: "Vault (WebAssembly)",
  usually: "1 minute the first time",
  inputs: ["Cargo.toml", "Cargo.lock", "auth-core", "sdk-wasm/Cargo.toml", "sdk-wasm/src", "tools/build/vault.mjs"],
  outputs: ["vault.js", "vault.d.ts", "vault_bg.wasm", "vault_bg.wasm.d.ts"].map((file) => `${DIR}/${file}`),
  work: async () => {
    const args = ["--lib", "-p", "sdk-wasm", "--profile", "vault", "--target", "wasm32-unknown-unknown"];
    // Set explicitly, because the output is read from there, whatever the user's own setting.
    await run("cargo", ["build", ...args], { env: { CARGO_TARGET_DIR: at("target") } });
    await mkdir(at(DIR), { recursive: true });
    const compiled = at("target", "wasm32-unknown-unknown", "vault", "sdk_wasm.wasm");
    const flags = ["--target", "web", "--out-name", "vault", "--out-dir", at(DIR), "--remove-producers-section"];
    // The address of the module is always given. A second one here would be one more for bundlers to follow.
    flags.push("--omit-default-module-path");
    await run(rustBin("wasm-bindgen"), [...flags, compiled]);
    const module = at(DIR, "vault_bg.wasm");
    const strip = ["--strip-debug", "--strip-target-features"];
    await run(modernNode(), [npmBin("wasm-opt"), module, ...FEATURES, ...strip, "-Oz", "-o", module]);
  },
};
