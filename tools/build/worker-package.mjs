// The npm package latchkey-worker, apart from the Worker itself: the command, the plugin for Vite, the licences, and the list
// of what is compiled into the Worker. What is written by hand is in edge-worker/package already.
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
    ...["command/main.js", "vite/plugin.js", "vite/leash.js", "sbom.cdx.json", "LICENSE-THIRD-PARTY", ...LICENCES],
    CHECK_IN_PACKAGE,
  ].map((file) => `${TO}/${file}`),
  work: async () => {
    const command = await bundleForNode("command", ["edge-worker/command/main.ts"]);
    const vite = await bundleForNode("vite", ["edge-worker/vite/plugin.ts", "edge-worker/vite/leash.ts"]);
    await mkdir(dirname(at(TO, CHECK_IN_PACKAGE)), { recursive: true });
    await copyFile(at(CHECK), at(TO, CHECK_IN_PACKAGE));
    for (const file of LICENCES) await copyFile(at(file), at(TO, file));
    const crates = await linkedCrates("edge-worker");
    await writeFile(at(TO, "sbom.cdx.json"), `${JSON.stringify(await bom(TO, crates), null, 2)}\n`);
    await writeFile(
      at(TO, "LICENSE-THIRD-PARTY"),
      await licences(crates, await bundledPackages({ inputs: { ...command.inputs, ...vite.inputs } })),
    );
  },
};

/** Modules with their dependencies; what they import later is a file of its own. @param {string} folder @param {string[]} modules @returns what is in them */
async function bundleForNode(folder, modules) {
  const outdir = at(TO, folder);
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const { metafile } = await build({
    entryPoints: modules.map((module) => at(module)),
    absWorkingDir: at(),
    metafile: true,
    outdir,
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
  return metafile;
}
