// The vault's WebAssembly: sdk-wasm compiled for size. The output is next to the TypeScript that imports it; the
// package step copies it to dist.
import { buildModule } from "./wasm.mjs";

const DIR = "sdk-wasm/js/generated";

export const vault = {
  name: "vault",
  title: "Vault (WebAssembly)",
  usually: "1 minute the first time",
  inputs: [
    ...["Cargo.toml", "Cargo.lock", "auth-core", "sdk-wasm/Cargo.toml", "sdk-wasm/src"],
    ...["tools/build/vault.mjs", "tools/build/wasm.mjs"],
  ],
  outputs: ["vault.js", "vault.d.ts", "vault_bg.wasm", "vault_bg.wasm.d.ts"].map((file) => `${DIR}/${file}`),
  work: () =>
    buildModule({
      crate: "sdk-wasm",
      profile: "vault",
      to: DIR,
      name: "vault",
      bindings: ["--remove-producers-section"],
      optimisation: ["--strip-debug", "-Oz"],
    }),
};
