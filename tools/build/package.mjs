// The npm package: TypeScript to sdk-wasm/dist, the vault next to it, and the vault's worker as a single
// file.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { build } from "esbuild";
import { at, npmBin } from "../paths.mjs";
import { run } from "../run.mjs";

const FROM = "sdk-wasm/js/generated";
const TO = "sdk-wasm/dist/generated";
const VAULT = ["vault.js", "vault.d.ts", "vault_bg.wasm"];

export const npmPackage = {
  name: "package",
  title: "npm package latchkey-auth",
  usually: "2 s",
  inputs: [
    ...[
      "sdk-wasm/js",
      "sdk-wasm/package.json",
      "sdk-wasm/tsconfig.json",
      "tsconfig.base.json",
      "tools/build/package.mjs",
    ],
    ...[...VAULT, "codes.ts"].map((file) => `${FROM}/${file}`),
  ],
  outputs: [
    "sdk-wasm/dist/index.js",
    "sdk-wasm/dist/index.d.ts",
    "sdk-wasm/dist/vault-worker.js",
    ...VAULT.map((file) => `${TO}/${file}`),
  ],
  work: async () => {
    await rm(at("sdk-wasm/dist"), { recursive: true, force: true });
    await run(npmBin("tsc"), ["-p", at("sdk-wasm")]);
    await mkdir(at(TO), { recursive: true });
    for (const file of VAULT) await copyFile(at(FROM, file), at(TO, file));
    await worker();
  },
};

/**
 * A single file without imports or exports, because bundlers copy it unchanged. The page tells it the URL of
 * the WebAssembly; the URL that the glue code computes is never used.
 */
async function worker() {
  await build({
    entryPoints: [at("sdk-wasm/dist/worker/main.js")],
    outfile: at("sdk-wasm/dist/vault-worker.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    define: { "import.meta.url": "self.location.href" },
  });
  await rm(at("sdk-wasm/dist/worker"), { recursive: true });
}
