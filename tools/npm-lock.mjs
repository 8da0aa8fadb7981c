// Packages with binaries consist of one package per platform, and a package-lock.json has to name all of
// them, because npm ci rejects a lock that does not. If a registry has only some platforms, npm leaves out
// the rest. This tool adds them, with the integrity hash that the registry states for them:
//   node tools/npm-lock.mjs  after an `npm install` that changed a version
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { at } from "./paths.mjs";
import { Refusal } from "./refusal.mjs";
import { tryRun } from "./run.mjs";

/**
 * @typedef {{ optionalDependencies?: Record<string, string>, dev?: boolean, inBundle?: boolean, version?: string,
 * integrity?: string, link?: boolean }} Entry @typedef {{ packages: Record<string, Entry> }} Lock
 */

/** The project's own lock, and that of the bundlers, which only tests/packaging needs. */
export const LOCKS = ["package-lock.json", "tests/packaging/package-lock.json"];

/** @param {string} path @returns {Promise<Lock>} */
const readLock = async (path) => JSON.parse(await readFile(at(path), "utf8"));

/** @param {Lock} lock @returns {[name: string, entry: object][]} the entries that are missing in the lock */
export function missingPlatforms({ packages }) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`])
      .map(([name, version]) => /** @type {[string, object]} */ ([name, entry(name, version, dev === true)])),
  );
}

/** A package without an integrity hash would be installed whatever its content. Links and workspaces are folders of this project;
 *  a bundled package is part of the tarball of the one that bundles it, whose hash covers it.
 *  @param {Lock} lock @returns {string[]} paths in the lock */
export function withoutIntegrity({ packages }) {
  const isInstalled = (/** @type {string} */ path) => /(^|\/)node_modules\//.test(path);
  return Object.entries(packages)
    .filter(
      ([path, { integrity, link, inBundle }]) =>
        isInstalled(path) && !link && !inBundle && !integrity?.startsWith("sha512-"),
    )
    .map(([path]) => path);
}

/** @param {string} path In a lock. @param {Entry} entry @returns {Promise<string>} */
async function integrityOf(path, { version }) {
  const name = `${path.replace(/^.*node_modules\//, "")}@${version}`;
  const { ok, stdout } = await tryRun("npm", ["view", name, "dist.integrity"]);
  const integrity = stdout.trim();
  if (!ok || !integrity.startsWith("sha512-")) throw new Refusal(`The registry states no integrity hash for ${name}.`);
  return integrity;
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
  const added = missing.map(([name, made]) => [`node_modules/${name}`, made]);
  const all = [...Object.entries(lock.packages), ...added].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  const completed = { ...lock, packages: /** @type {Record<string, Entry>} */ (Object.fromEntries(all)) };
  const unhashed = withoutIntegrity(completed);
  if (unhashed.length === 0) return;
  for (const name of unhashed) {
    const entry = /** @type {Entry} */ (completed.packages[name]);
    const { version = "", ...rest } = entry;
    completed.packages[name] = { version, integrity: await integrityOf(name, entry), ...rest };
  }
  await writeFile(at(path), `${JSON.stringify(completed, null, 2)}\n`);
  console.log(`${path}: completed ${unhashed.join(", ")}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const path of LOCKS) await addMissingPlatforms(path);
}
