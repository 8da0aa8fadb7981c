// A fresh clone has no npm packages, so the tools that install them must not import one at start.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { build } from "esbuild";
import { at } from "./paths.mjs";

const { scripts } = JSON.parse(await readFile(at("package.json"), "utf8"));
// The others are the demo's programs, which are used beside a demo that runs.
const commands = Object.values(scripts).flatMap((script) => /tools\/[\w-]+\.mjs/.exec(script)?.[0] ?? []);

for (const entry of new Set(commands)) {
  if (entry === "tools/build.mjs") continue; // It runs only after `npm run setup`.
  test(`${entry} can be loaded without npm packages`, async () => {
    assert.deepEqual(await packagesAtStart(entry), []);
  });
}

test("a package imported at start is detected", async () => {
  assert.deepEqual(await packagesAtStart("tools/build.mjs"), ["esbuild"]);
});

/** The npm packages imported at start, directly or indirectly. @param {string} entry */
async function packagesAtStart(entry) {
  const { metafile } = await build({
    absWorkingDir: at(),
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    external: ["node:*"],
    metafile: true,
    write: false,
  });
  const packages = new Set();
  const seen = new Set([entry]);
  for (const file of seen) {
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind !== "import-statement") continue;
      if (!external) seen.add(path);
      else if (!path.startsWith("node:")) packages.add(path);
    }
  }
  return [...packages].sort();
}
