import assert from "node:assert/strict";
import { test } from "node:test";
import { complaints, isAllowed } from "./crates.mjs";

test("check_58 a licence expression is allowed if it can be satisfied by allowed licences", () => {
  const allowed = [
    ...["MIT", "MIT OR Apache-2.0", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-3.0) AND Unicode-3.0"],
    ...["Apache-2.0 WITH LLVM-exception OR GPL-3.0", "MIT AND BSD-3-Clause", "((ISC))"],
  ];
  const refused = [
    ...["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND (GPL-3.0 OR AGPL-3.0)", "GPL-3.0 WITH LLVM-exception"],
    ...["MIT OR", "(MIT", "MIT)", "MIT ISC", "AND MIT", "mit"],
  ];
  for (const expression of allowed) assert.equal(isAllowed(expression), true, expression);
  for (const expression of refused) assert.equal(isAllowed(expression), false, expression);
});

test("check_58 crates of another source, banned ones and second versions are reported", () => {
  const crate = { version: "1.0.0", source: "registry+x", license: "MIT" };
  const good = [
    { ...crate, name: "own", source: null },
    { ...crate, name: "serde" },
  ];
  assert.deepEqual(complaints(good), []);
  const bad = [
    { ...crate, name: "copyleft", license: "GPL-3.0" },
    { ...crate, name: "silent", license: null },
    { ...crate, name: "forked", source: "git+x" },
    { ...crate, name: "openssl-sys" },
    { ...crate, name: "serde", version: "2.0.0" },
  ];
  assert.deepEqual(complaints([...good, ...bad]), [
    "copyleft: its licence is GPL-3.0",
    "silent: its licence is not stated",
    "forked: git+x",
    "crates come from 2 sources",
    "openssl-sys: banned",
    "serde: more than one version",
  ]);
});
