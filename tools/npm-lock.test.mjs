import assert from "node:assert/strict";
import { test } from "node:test";
import { missingPlatforms, withoutIntegrity } from "./npm-lock.mjs";

test("a platform's package that the registry lacks is added with its platform", () => {
  const packages = {
    "": {},
    "node_modules/tool": {
      dev: true,
      optionalDependencies: {
        "@tool/linux-x64": "1.2.3",
        "@tool/linux-arm64-musl": "1.2.3",
        "@tool/darwin-64": "1.2.3",
        "@tool/windows-64": "1.2.3",
        "@tool/win32-arm64": "1.2.3",
      },
    },
    "node_modules/@tool/linux-x64": {},
  };
  const common = { version: "1.2.3", dev: true, optional: true };
  assert.deepEqual(missingPlatforms({ packages }), [
    ["@tool/linux-arm64-musl", { ...common, os: ["linux"], cpu: ["arm64"], libc: ["musl"] }],
    ["@tool/darwin-64", { ...common, os: ["darwin"], cpu: ["x64"] }],
    ["@tool/windows-64", { ...common, os: ["win32"], cpu: ["x64"] }],
    ["@tool/win32-arm64", { ...common, os: ["win32"], cpu: ["arm64"] }],
  ]);
});

test("a package installed next to its dependent is not missing", () => {
  const packages = {
    "node_modules/tool": { optionalDependencies: { "@tool/linux-x64": "1.0.0" } },
    "node_modules/tool/node_modules/@tool/linux-x64": {},
  };
  assert.deepEqual(missingPlatforms({ packages }), []);
});

test("a package that would be installed without an integrity hash is reported", () => {
  const integrity = "sha512-x";
  const packages = {
    "": {},
    tests: {},
    "node_modules/latchkey-tests": { link: true },
    "node_modules/good": { integrity },
    "node_modules/none": {},
    "node_modules/weak": { integrity: "sha1-x" },
    "tests/node_modules/none": {},
    "node_modules/good/node_modules/inner": {},
    "node_modules/good/node_modules/bundled": { inBundle: true },
  };
  assert.deepEqual(withoutIntegrity({ packages }), [
    "node_modules/none",
    "node_modules/weak",
    "tests/node_modules/none",
    "node_modules/good/node_modules/inner",
  ]);
});
