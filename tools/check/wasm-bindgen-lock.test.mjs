import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "./wasm-bindgen-lock.mjs";

const crate = (/** @type {string} */ name, /** @type {string} */ version, checksum = "c") => ({
  ...{ name, version, source: "registry", checksum },
});
const own = { name: "wasm-bindgen-locked", version: "1.2.3" };

test("check_58 the lock file of wasm-bindgen's tool has the workspace's version, and a checksum for every crate", () => {
  const good = { package: [own, crate("wasm-bindgen-cli-support", "1.2.3"), crate("serde", "1.0.0")] };
  assert.deepEqual(faults(good, "1.2.3"), []);
  assert.deepEqual(faults(good, "1.2.4"), [
    "tools/wasm-bindgen/Cargo.lock: found wasm-bindgen-cli-support 1.2.3, expected 1.2.4",
  ]);
  assert.deepEqual(faults({ package: [own, crate("serde", "1.0.0", "")] }, "1.2.3"), [
    "tools/wasm-bindgen/Cargo.lock: found wasm-bindgen-cli-support nowhere, expected 1.2.3",
    "tools/wasm-bindgen/Cargo.lock: serde has no checksum",
  ]);
});
