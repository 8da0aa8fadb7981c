// The npm package latchkey-worker, apart from the Worker itself: the plugin for Vite, the command, the licences, and
// the list of what is compiled into the WebAssembly. What is written by hand is in edge-worker/package already.
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { build } from "esbuild";
import { at } from "../paths.mjs";
import { bom, bundledPackages, licences, linkedCrates } from "./sbom.mjs";

const TO = "edge-worker/package";
/** The reader of the configuration, which the command loads. */
const CHECK = "edge-worker/command/generated/config_check_bg.wasm";
const CHECK_IN_PACKAGE = "command/generated/config_check_bg.wasm";
const LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"];

/** The plugin imports the second one, so that the package has the reader of the configuration once. */
const COMMAND = ["edge-worker/command/main.ts", "edge-worker/command/config-check.ts"];
const VITE = ["edge-worker/vite/plugin.ts", "edge-worker/vite/leash.ts"];

/** A step of its own, because the demo is built with it. */
export const workerPlugin = {
  name: "worker-plugin",
  title: "Plugin for Vite (latchkey-worker/vite)",
  usually: "1 s",
  inputs: ["package-lock.json", "edge-worker/vite", "edge-worker/command", "tools/build/worker-package.mjs"],
  outputs: ["vite/plugin.js", "vite/leash.js"].map((file) => `${TO}/${file}`),
  work: () => bundleForNode("vite", VITE),
};

export const workerPackage = {
  name: "worker-package",
  title: "npm package latchkey-worker",
  usually: "2 s",
  inputs: [
    ...[
      "Cargo.lock",
      "package-lock.json",
      ...LICENCES,
      "edge-worker/command",
      "edge-worker/vite",
      `${TO}/package.json`,
    ],
    CHECK,
    ...["tools/build/worker-package.mjs", "tools/build/sbom.mjs"],
  ],
  outputs: [
    ...["command/main.js", "command/config-check.js", "sbom.cdx.json", "LICENSE-THIRD-PARTY", ...LICENCES],
    CHECK_IN_PACKAGE,
  ].map((file) => `${TO}/${file}`),
  work: async () => {
    await bundleForNode("command", COMMAND);
    await mkdir(dirname(at(TO, CHECK_IN_PACKAGE)), { recursive: true });
    await copyFile(at(CHECK), at(TO, CHECK_IN_PACKAGE));
    for (const file of LICENCES) await copyFile(at(file), at(TO, file));
    const crates = await linkedCrates("edge-worker", "config-check");
    await writeFile(at(TO, "sbom.cdx.json"), `${JSON.stringify(await bom(TO, crates), null, 2)}\n`);
    const { metafile } = await build({
      ...forNode([...COMMAND, ...VITE]),
      metafile: true,
      outdir: at(TO),
      write: false,
    });
    await writeFile(at(TO, "LICENSE-THIRD-PARTY"), await licences(crates, await bundledPackages(metafile)));
  },
};

/** Modules with their dependencies; what they import later is a file of its own. @param {string} folder @param {string[]} modules */
async function bundleForNode(folder, modules) {
  const outdir = at(TO, folder);
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await build({ ...forNode(modules), outdir });
}

/** @param {string[]} modules @returns {import("esbuild").BuildOptions} */
const forNode = (modules) => ({
  entryPoints: modules.map((module) => at(module)),
  absWorkingDir: at(),
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // Prefer modules: the CommonJS of jsonc-parser cannot be bundled.
  mainFields: ["module", "main"],
  // Dependencies that are CommonJS call `require` for Node's own modules.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
});
