// Writes the tarball of each npm package of this project to target/packages, as `npm publish` would send it.
//   npm run pack   after `npm run build`
import { mkdir, rm } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { withLock } from "./lock.mjs";
import { publicPackages } from "./packages.mjs";
import { at } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { run } from "./run.mjs";

/** The folder of the tarballs. */
const TO = "target/packages";

/** The build steps of each package. A package without an entry consists of committed files. @type {Readonly<Record<string, string[]>>} */
const STEPS = {
  "latchkey-auth": ["codes", "vault", "package"],
  "latchkey-worker": ["worker", "config-check", "worker-plugin", "worker-package"],
};

/**
 * @typedef {object} Packed
 * @property {string} name
 * @property {string} path The tarball's, absolute.
 * @property {string[]} files The paths in it, sorted.
 * @property {number} size Of the tarball, in bytes.
 * @property {number} unpackedSize In bytes.
 */

/** @returns {Promise<Packed[]>} */
export async function pack() {
  const packages = await publicPackages();
  const { staleSteps } = await import("./build.mjs");
  const stale = await staleSteps(packages.flatMap(({ name }) => STEPS[name] ?? []));
  const unbuilt = packages.filter(({ name }) => STEPS[name]?.some((step) => stale.includes(step)));
  if (unbuilt.length > 0) {
    const names = unbuilt.map(({ name }) => name).join(", ");
    throw new Refusal(`Not built, or changed since the last build: ${names}. Run: npm run build`);
  }
  await rm(at(TO), { recursive: true, force: true });
  await mkdir(at(TO), { recursive: true });
  /** @type {Packed[]} */
  const packed = [];
  for (const { name, folder } of packages) {
    const args = ["pack", at(folder), "--json", "--pack-destination", at(TO)];
    const { stdout } = await run("npm", args);
    const [{ filename, files, size, unpackedSize }] = JSON.parse(stdout);
    const paths = files.map((/** @type {{ path: string }} */ { path }) => path).sort();
    packed.push({ name, path: at(TO, filename), files: paths, size, unpackedSize });
  }
  return packed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => {
    const packed = await withLock(pack);
    const kB = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
    for (const { path, files, size, unpackedSize } of packed) {
      console.log(`${path}  ${kB(size)}, unpacked ${kB(unpackedSize)}, ${files.length} files`);
    }
  });
}
