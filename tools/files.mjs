// The files of this checkout that are neither installed nor generated.
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Directories and files that are installed or generated. */
const GENERATED = new Set([
  ...["node_modules", "dist", "build", "generated", "target"],
  ...[".git", ".wrangler", ".tools", ".latchkey", "proptest-regressions"],
]);

/** @param {string} path A directory, or a single file. @returns {Promise<string[]>} sorted, absolute */
export async function filesUnder(path) {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
  if (entries === null) return [path];
  const nested = entries
    .filter((entry) => !(entry.isDirectory() && GENERATED.has(entry.name)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => filesUnder(join(path, entry.name)));
  return (await Promise.all(nested)).flat();
}
