// The vault's WebAssembly: sdk-wasm compiled for size, its glue by wasm-bindgen, both shrunk. It lands beside
// the TypeScript that imports it; the package step copies it to dist.
import { mkdir } from "node:fs/promises";
import { at, rustBin } from "../paths.mjs";
import { run } from "../run.mjs";
import { shrinkVault } from "./shrink.mjs";

const DIR = "sdk-wasm/js/generated";

export const vault = {
  name: "vault",
  title: "Vault (WebAssembly)",
  usually: "1 minute the first time",
  inputs: [
    "Cargo.toml",
    "Cargo.lock",
    "auth-core",
    "sdk-wasm/Cargo.toml",
    "sdk-wasm/src",
    "tools/build/vault.mjs",
    "tools/build/shrink.mjs",
    "tools/build/wasm.mjs",
  ],
  outputs: ["vault.js", "vault.d.ts", "vault_bg.wasm", "vault_bg.wasm.d.ts"].map((file) => `${DIR}/${file}`),
  work: async () => {
    const args = ["--lib", "-p", "sdk-wasm", "--features", "bare", "--profile", "vault"];
    // It is read from there below, whatever the user's own setting. With names, by which it is shrunk.
    const env = { CARGO_TARGET_DIR: at("target"), CARGO_PROFILE_VAULT_STRIP: "none" };
    await run("cargo", ["build", ...args, "--target", "wasm32-unknown-unknown"], { env });
    await mkdir(at(DIR), { recursive: true });
    const compiled = at("target", "wasm32-unknown-unknown", "vault", "sdk_wasm.wasm");
    await run(rustBin("wasm-bindgen"), ["--target", "web", "--out-name", "vault", "--out-dir", at(DIR), compiled]);
    await shrinkVault({
      module: at(DIR, "vault_bg.wasm"),
      glue: at(DIR, "vault.js"),
      declaration: at(DIR, "vault.d.ts"),
    });
  },
};
