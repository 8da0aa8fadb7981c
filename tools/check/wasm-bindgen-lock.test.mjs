import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "./wasm-bindgen-lock.mjs";

const crate = (/** @type {string} */ name, /** @type {string} */ version, checksum = 'checksum = "c"') =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = "registry"\n${checksum}\n`;
const own = '[[package]]\nname = "wasm-bindgen-locked"\nversion = "1.2.3"\n';

test("check_58 the lock file of wasm-bindgen's tool has the workspace's version, and a checksum for every crate", () => {
  const good = own + crate("wasm-bindgen-cli", "1.2.3") + crate("serde", "1.0.0");
  assert.deepEqual(faults(good, "1.2.3"), []);
  assert.deepEqual(faults(good, "1.2.4"), [
    "tools/wasm-bindgen/Cargo.lock: found wasm-bindgen-cli 1.2.3, expected 1.2.4",
  ]);
  assert.deepEqual(faults(own + crate("serde", "1.0.0", ""), "1.2.3"), [
    "tools/wasm-bindgen/Cargo.lock: found wasm-bindgen-cli nowhere, expected 1.2.3",
    "tools/wasm-bindgen/Cargo.lock: serde has no checksum",
  ]);
});
