// Packages with binaries come as one package per platform, and a package-lock.json has to name all of them: npm ci refuses
// a lock that doesn't. A registry that carries only some platforms makes npm leave out the rest. This puts them back:
//   node tools/npm-lock.mjs     after an `npm install` that changed a version
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { at } from "./paths.mjs";

/**
 * @typedef {{ optionalDependencies?: Record<string, string>, dev?: boolean }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */

/** The project's own, and that of the bundlers, which only tests/packaging needs. */
export const LOCKS = ["package-lock.json", "tests/packaging/package-lock.json"];

/** @param {string} path @returns {Promise<Lock>} */
const readLock = async (path) => JSON.parse(await readFile(at(path), "utf8"));

/** @param {Lock} lock @returns {[name: string, entry: object][]} what the lock ought to name and doesn't */
export function missingPlatforms({ packages }) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`])
      .map(([name, version]) => /** @type {[string, object]} */ ([name, entry(name, version, dev === true)])),
  );
}

/** The platform is in the name: `@esbuild/darwin-arm64`. @param {string} name @param {string} version @param {boolean} dev */
function entry(name, version, dev) {
  const [os] = /android|darwin|freebsd|linux|win32|windows/.exec(name) ?? [];
  return {
    version,
    cpu: [name.includes("arm64") ? "arm64" : "x64"],
    ...(dev ? { dev: true } : {}),
    ...(name.includes("musl") ? { libc: ["musl"] } : {}),
    optional: true,
    os: [os === "windows" ? "win32" : os],
  };
}

/** @param {string} path */
async function addMissingPlatforms(path) {
  const lock = await readLock(path);
  const missing = missingPlatforms(lock);
  if (missing.length === 0) return;
  const added = missing.map(([name, made]) => [`node_modules/${name}`, made]);
  const all = [...Object.entries(lock.packages), ...added].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  await writeFile(at(path), `${JSON.stringify({ ...lock, packages: Object.fromEntries(all) }, null, 2)}\n`);
  console.log(`${path}: added ${missing.map(([name]) => name).join(", ")}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const path of LOCKS) await addMissingPlatforms(path);
}
