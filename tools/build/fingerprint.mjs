// Decides whether a step has to run: its inputs and its outputs must be the same as when it last succeeded.
// Contents are compared, not times, so a fresh clone, a branch change and a touched file cost nothing.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { filesUnder } from "../files.mjs";
import { at, root } from "../paths.mjs";

/**
 * @typedef {object} Traced
 * @property {string} name
 * @property {string[]} inputs Files and directories, from the root of the checkout.
 * @property {string[]} outputs Files; each has to exist afterwards.
 * @property {string[]} [settings] Further dependencies of the result, as text: versions, flags.
 */

/**
 * @param {Traced} traced
 * @returns {Promise<{ fresh: boolean, remember: () => Promise<void> }>} `remember` must be called after the build;
 *   changes made during the build make the step stale again.
 */
export async function inspect({ name, inputs, outputs, settings = [] }) {
  const path = at("target", "latchkey", `${name}.stamp`);
  const source = await hashOf(inputs, settings);
  const stamp = async () => `${source} ${await hashOf(outputs, [])}\n`;
  const kept = await readFile(path, "utf8").catch(() => null);
  return {
    fresh: kept !== null && kept === (await stamp()),
    remember: async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await stamp());
    },
  };
}

/** @param {string[]} paths @param {string[]} settings */
async function hashOf(paths, settings) {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const path of paths) for (const file of await filesUnder(at(path))) await add(hash, file);
  return hash.digest("hex");
}

/** @param {import("node:crypto").Hash} hash @param {string} file */
async function add(hash, file) {
  const content = await readFile(file).catch(() => null);
  hash.update(JSON.stringify([relative(root, file), content?.length ?? "missing"]));
  if (content) hash.update(content);
}
