// package-lock.json works on every platform and with every registry.
import { readFile } from "node:fs/promises";
import { missingPlatforms } from "../npm-lock.mjs";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";

export async function npmLock() {
  const lock = JSON.parse(await readFile(at("package-lock.json"), "utf8"));
  const resolved = Object.keys(lock.packages).find((path) => /^[a-z+]+:/.test(lock.packages[path].resolved ?? ""));
  if (resolved !== undefined) {
    throw new Refusal(
      `package-lock.json says where ${resolved} came from. Keep .npmrc's omit-lockfile-registry-resolved and run npm install.`,
    );
  }
  const missing = missingPlatforms(lock).map(([name]) => name);
  if (missing.length > 0) {
    throw new Refusal(`package-lock.json lacks ${missing.join(", ")}. Run: node tools/npm-lock.mjs`);
  }
}
