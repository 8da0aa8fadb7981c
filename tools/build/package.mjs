// The npm package: TypeScript to sdk-wasm/dist, and the vault beside it.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { at, npmBin } from "../paths.mjs";
import { run } from "../run.mjs";

const FROM = "sdk-wasm/js/generated";
const TO = "sdk-wasm/dist/generated";
const VAULT = ["vault.js", "vault.d.ts", "vault_bg.wasm"];

export const npmPackage = {
  name: "package",
  title: "npm package latchkey",
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
  outputs: ["sdk-wasm/dist/index.js", "sdk-wasm/dist/index.d.ts", ...VAULT.map((file) => `${TO}/${file}`)],
  work: async () => {
    await rm(at("sdk-wasm/dist"), { recursive: true, force: true });
    await run(npmBin("tsc"), ["-p", at("sdk-wasm")]);
    await mkdir(at(TO), { recursive: true });
    for (const file of VAULT) await copyFile(at(FROM, file), at(TO, file));
  },
};
