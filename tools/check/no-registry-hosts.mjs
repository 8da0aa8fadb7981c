// The package registry is chosen by the environment that builds the project, so no tracked file may name one.
import { readFile } from "node:fs/promises";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { run } from "../run.mjs";

/** A URL whose host name suggests a package registry. */
const REGISTRY = /https?:\/\/(?:registry|index|static|packages?|npm|crates)\.[\w.-]+/;

export async function noRegistryHosts() {
  const files = (await run("git", ["ls-files", "-z"])).stdout.split("\0").filter((file) => file !== "");
  for (const file of files) {
    const text = await readFile(at(file), "utf8").catch(() => "");
    const named = REGISTRY.exec(text);
    if (named) throw new Refusal(`${file} names a package registry: ${named[0]}`);
  }
}
