// Whoever builds this chooses the package registry: no tracked file may name one.
import { readFile } from "node:fs/promises";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { run } from "../run.mjs";

/** An address whose host is called after what it serves. */
const REGISTRY = /https?:\/\/(?:registry|index|static|packages?|npm|crates)\.[\w.-]+/;

export async function noRegistryHosts() {
  const lock = JSON.parse(await readFile(at("package-lock.json"), "utf8"));
  const resolved = Object.entries(lock.packages).filter(([, entry]) => /^[a-z+]+:/.test(entry.resolved ?? ""));
  if (resolved.length > 0) {
    throw new Refusal(
      `package-lock.json says where ${resolved[0]?.[0]} was downloaded from. Keep .npmrc's omit-lockfile-registry-resolved and run npm install.`,
    );
  }
  const files = (await run("git", ["ls-files", "-z"])).stdout.split("\0").filter((file) => file !== "");
  for (const file of files) {
    const text = await readFile(at(file), "utf8").catch(() => "");
    const named = REGISTRY.exec(text);
    if (named) throw new Refusal(`${file} names a package registry: ${named[0]}`);
  }
}
