// The packages are released together, so they have one version: the crates' in Cargo.toml.
import { readFile } from "node:fs/promises";
import { publicPackages } from "../packages.mjs";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";

export async function versions() {
  const expected = /^version = "([^"]+)"/m.exec(await readFile(at("Cargo.toml"), "utf8"))?.[1];
  for (const { name, version, folder } of await publicPackages()) {
    if (version !== expected) {
      throw new Refusal(
        `${folder}/package.json: found version ${version} of ${name}, expected ${expected} as in Cargo.toml`,
      );
    }
  }
}
