// Each package-lock.json works on every platform and with every registry.
import { readFile } from "node:fs/promises";
import { LOCKS, missingPlatforms } from "../npm-lock.mjs";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";

export async function npmLock() {
  for (const path of LOCKS) {
    const lock = JSON.parse(await readFile(at(path), "utf8"));
    const resolved = Object.keys(lock.packages).find((name) => /^[a-z+]+:/.test(lock.packages[name].resolved ?? ""));
    if (resolved !== undefined) {
      throw new Refusal(
        `${path} says where ${resolved} came from. Keep .npmrc's omit-lockfile-registry-resolved and run npm install.`,
      );
    }
    const missing = missingPlatforms(lock).map(([name]) => name);
    if (missing.length > 0) {
      throw new Refusal(`${path} lacks ${missing.join(", ")}. Run: node tools/npm-lock.mjs`);
    }
  }
}
