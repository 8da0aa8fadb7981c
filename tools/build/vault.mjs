// The vault's WebAssembly: sdk-wasm compiled for size, its glue by wasm-bindgen, then shrunk by wasm-opt. It lands beside
// the TypeScript that imports it; the package step copies it to dist.
import { mkdir, rename, rm } from "node:fs/promises";
import { at, modernNode, npmBin, rustBin } from "../paths.mjs";
import { run } from "../run.mjs";

const DIR = "sdk-wasm/js/generated";
const MODULE = at(DIR, "vault_bg.wasm");

/** What rustc emits for wasm32-unknown-unknown, and nothing newer. */
const FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
];

export const vault = {
  name: "vault",
  title: "Vault (WebAssembly)",
  usually: "1 minute the first time",
  inputs: ["Cargo.toml", "Cargo.lock", "auth-core", "sdk-wasm/Cargo.toml", "sdk-wasm/src", "tools/build/vault.mjs"],
  outputs: ["vault.js", "vault.d.ts", "vault_bg.wasm", "vault_bg.wasm.d.ts"].map((file) => `${DIR}/${file}`),
  work: async () => {
    const args = ["build", "--lib", "-p", "sdk-wasm", "--profile", "vault", "--target", "wasm32-unknown-unknown"];
    // It is read from there below, whatever the user's own setting.
    await run("cargo", args, { env: { CARGO_TARGET_DIR: at("target") } });
    await mkdir(at(DIR), { recursive: true });
    const compiled = at("target", "wasm32-unknown-unknown", "vault", "sdk_wasm.wasm");
    await run(rustBin("wasm-bindgen"), ["--target", "web", "--out-name", "vault", "--out-dir", at(DIR), compiled]);
    const smaller = `${MODULE}.tmp`;
    const flags = ["-Oz", ...FEATURES.map((feature) => `--enable-${feature}`), "--strip-producers"];
    await run(modernNode(), [npmBin("wasm-opt"), MODULE, ...flags, "-o", smaller]);
    await rm(MODULE);
    await rename(smaller, MODULE);
  },
};
