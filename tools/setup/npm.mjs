// The npm packages, exactly as package-lock.json names them. npm's own record of what it installed, which it writes
// last, says whether they are there; an interrupted installation has no such record.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { at, npmBin } from "../paths.mjs";
import { tryRun } from "../run.mjs";
import { step } from "../steps.mjs";
import { installFailure } from "./network.mjs";

export async function installPackages() {
  if (await upToDate()) return;
  await step("npm packages", "about 30 s", async () => {
    const args = ["ci", "--loglevel=error", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=10000"];
    const result = await tryRun("npm", args);
    if (!result.ok) throw installFailure("npm ci", result.output);
  });
}

async function upToDate() {
  const [wanted, installed] = await Promise.all([
    packagesOf("package-lock.json"),
    packagesOf("node_modules/.package-lock.json"),
  ]);
  if (!wanted || !installed || !existsSync(npmBin("node"))) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return true; // The workspaces themselves.
    const found = installed[path];
    if (!found) return entry.optional === true || entry.peer === true;
    return entry.link === true
      ? found.link === true
      : found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** @param {string} path @returns {Promise<Record<string, Record<string, unknown>> | null>} */
async function packagesOf(path) {
  const text = await readFile(at(path), "utf8").catch(() => null);
  return text === null ? null : JSON.parse(text).packages;
}
