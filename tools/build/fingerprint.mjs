// Whether a step has anything to do: its inputs and its outputs are what they were when it last succeeded. Contents
// count, not times, so a fresh clone, a branch change and a touched file cost nothing.
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
 * @property {string[]} [settings] What else the result depends on, as text: versions, flags.
 */

/** @param {Traced} traced @returns {Promise<boolean>} */
export async function isFresh(traced) {
  const kept = await readFile(stampPath(traced), "utf8").catch(() => null);
  return kept !== null && kept === (await stampOf(traced));
}

/** @param {Traced} traced Has just been built. */
export async function remember(traced) {
  const path = stampPath(traced);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await stampOf(traced));
}

/** @param {Traced} traced */
const stampPath = (traced) => at("target", "latchkey", `${traced.name}.stamp`);

/** @param {Traced} traced */
async function stampOf({ inputs, outputs, settings = [] }) {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const input of inputs) for (const file of await filesUnder(at(input))) await add(hash, file);
  for (const output of outputs) await add(hash, at(output));
  return hash.digest("hex");
}

/** @param {import("node:crypto").Hash} hash @param {string} file */
async function add(hash, file) {
  const content = await readFile(file).catch(() => null);
  hash.update(JSON.stringify([relative(root, file), content?.length ?? "missing"]));
  if (content) hash.update(content);
}
