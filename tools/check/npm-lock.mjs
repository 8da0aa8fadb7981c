// Each package-lock.json must work on every platform and with every registry, and allow only known packages
// to run scripts.
import { readFile } from "node:fs/promises";
import { LOCKS, missingPlatforms, withoutIntegrity } from "../npm-lock.mjs";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";

export async function npmLock() {
  const { allowScripts } = JSON.parse(await readFile(at("package.json"), "utf8"));
  for (const path of LOCKS) {
    const lock = JSON.parse(await readFile(at(path), "utf8"));
    const resolved = Object.keys(lock.packages).find((name) => /^[a-z+]+:/.test(lock.packages[name].resolved ?? ""));
    if (resolved !== undefined) {
      throw new Refusal(
        `${path} says where ${resolved} came from. Keep .npmrc's omit-lockfile-registry-resolved and run npm install.`,
      );
    }
    const running = Object.keys(lock.packages).filter((name) => lock.packages[name].hasInstallScript);
    const unknown = running.filter((name) => !(name.replace(/^.*node_modules\//, "") in allowScripts));
    if (unknown.length > 0) {
      throw new Refusal(
        `${path}: ${unknown.join(", ")} would run a script when installed. package.json's allowScripts decides.`,
      );
    }
    const missing = missingPlatforms(lock).map(([name]) => name);
    if (missing.length > 0) {
      throw new Refusal(`${path} lacks ${missing.join(", ")}. Run: node tools/npm-lock.mjs`);
    }
    const unhashed = withoutIntegrity(lock);
    if (unhashed.length > 0) {
      throw new Refusal(`${path} has no integrity hash for ${unhashed.join(", ")}. Run: node tools/npm-lock.mjs`);
    }
  }
}
