// What the command `latchkey-worker check` and editors know of the Worker's configuration: the reader as WebAssembly,
// and the JSON Schema, both from worker-config.
import { writeFile } from "node:fs/promises";
import { at } from "../paths.mjs";
import { run } from "../run.mjs";
import { buildModule } from "./wasm.mjs";

/** Beside the module that loads it, both in the sources and in the package. */
const CODE = "edge-worker/command/generated";
const PACKAGE = "edge-worker/package";
const SCHEMAS = ["schema.json", "wrangler.schema.json", "latchkey.schema.json"];

export const configCheck = {
  name: "config-check",
  title: "Check of configurations (WebAssembly and JSON Schema)",
  usually: "1 minute the first time",
  inputs: [
    ...["Cargo.toml", "Cargo.lock", "auth-core", "worker-config", "config-check"],
    ...["tools/build/config-check.mjs", "tools/build/wasm.mjs"],
  ],
  outputs: [
    ...["config_check.js", "config_check.d.ts", "config_check_bg.wasm"].map((file) => `${CODE}/${file}`),
    ...SCHEMAS.map((file) => `${PACKAGE}/${file}`),
  ],
  work: async () => {
    const { schemas } = await configReference();
    for (const file of SCHEMAS) await writeFile(at(PACKAGE, file), `${JSON.stringify(schemas[file], null, 2)}\n`);
    await buildModule({
      crate: "config-check",
      profile: "release",
      to: CODE,
      name: "config_check",
      optimisation: ["-Oz"],
    });
  },
};

/** @returns {Promise<{ schemas: { [file: string]: unknown }, tables: { [path: string]: string } }>} What is written from the keys of the configuration. */
export async function configReference() {
  const { stdout } = await run("cargo", ["run", "-q", "-p", "worker-config", "--bin", "config_reference"]);
  return JSON.parse(stdout);
}
