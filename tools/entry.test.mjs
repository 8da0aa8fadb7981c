// A fresh clone has no npm packages: what sets them up must not need one to be loaded.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { build } from "esbuild";
import { at } from "./paths.mjs";

const { scripts } = JSON.parse(await readFile(at("package.json"), "utf8"));
const commands = Object.values(scripts).map((script) => String(/tools\/[\w-]+\.mjs/.exec(script)));

for (const entry of new Set(commands)) {
  if (entry === "tools/build.mjs") continue; // Asked for by itself, it comes after `npm run setup`.
  test(`${entry} can be loaded before npm packages are there`, async () => {
    assert.deepEqual(await packagesAtStart(entry), []);
  });
}

test("a package that is needed at once would be seen", async () => {
  assert.deepEqual(await packagesAtStart("tools/build.mjs"), ["esbuild"]);
});

/** What is imported from elsewhere by what is loaded at once. @param {string} entry */
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
