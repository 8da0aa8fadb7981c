// The lock file of wasm-bindgen's command-line tool must name the workspace's version, and a checksum for
// every crate.
import { readFile } from "node:fs/promises";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { pinned } from "../setup/rust.mjs";

const TOOL = "wasm-bindgen-cli-support";

export async function wasmBindgenLock() {
  const { parse } = await import("smol-toml");
  const lock = await readFile(at("tools", "wasm-bindgen", "Cargo.lock"), "utf8");
  const found = faults(/** @type {Lock} */ (parse(lock)), await pinned("wasm-bindgen"));
  if (found.length > 0) throw new Refusal(found.join("\n"));
}

/** @typedef {{ package: { name: string, version: string, source?: string, checksum?: string }[] }} Lock */

/** @param {Lock} lock @param {string} version The workspace's. @returns {string[]} what is wrong with the lock file */
export function faults(lock, version) {
  const packages = lock.package;
  const tool = packages.find(({ name }) => name === TOOL);
  return [
    ...(tool?.version === version
      ? []
      : [`tools/wasm-bindgen/Cargo.lock: found ${TOOL} ${tool?.version ?? "nowhere"}, expected ${version}`]),
    ...packages
      .filter(({ name, source, checksum }) => name !== "wasm-bindgen-locked" && !(source && checksum))
      .map(({ name }) => `tools/wasm-bindgen/Cargo.lock: ${name} has no checksum`),
  ];
}
