// The npm packages, exactly as a package-lock.json names them. They are complete if npm's own record of the
// installation exists, which npm writes last.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { at, npmBin } from "../paths.mjs";
import { tryRun } from "../run.mjs";
import { step } from "../steps.mjs";
import { installFailure } from "./network.mjs";

export async function installPackages() {
  if (existsSync(npmBin("node")) && (await upToDate(at()))) return;
  await step("npm packages", "about 30 s", () => clean(at()));
}

/** The packages that only tests/packaging needs: bundlers, test runners, attw. */
export async function installBundlers() {
  const dir = at("tests/packaging");
  if (await upToDate(dir)) return;
  await step("npm packages of tests/packaging", "about 1 minute", () => clean(dir));
}

/** @param {string} cwd */
async function clean(cwd) {
  const args = ["ci", "--loglevel=error", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=10000"];
  const result = await tryRun("npm", args, { cwd });
  if (!result.ok) throw installFailure("npm ci", result.output);
}

/** @param {string} dir */
async function upToDate(dir) {
  const [wanted, installed] = await Promise.all([
    packagesOf(join(dir, "package-lock.json")),
    packagesOf(join(dir, "node_modules/.package-lock.json")),
  ]);
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return true; // A workspace.
    const found = installed[path];
    if (!found) return entry.optional === true || entry.peer === true;
    return entry.link === true
      ? found.link === true
      : found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** @param {string} path @returns {Promise<Record<string, Record<string, unknown>> | null>} */
async function packagesOf(path) {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? null : JSON.parse(text).packages;
}
