import assert from "node:assert/strict";
import { test } from "node:test";
import { countRust } from "./rust.mjs";
import { Tally } from "./tally.mjs";

test("cargo's verdicts are counted by kind", () => {
  const tally = new Tally();
  countRust(
    [
      "running 5 tests",
      "test rotation::present::tests::a_late_predecessor_moves_on ... ok",
      "test rotation::property_tests::no_fork ... FAILED",
      "test slow::tests::a_year ... ignored, takes a year",
      "test auth-core/src/token/mod.rs - token::Policy (line 12) ... ok",
      "test wire::tests::bad_time - should panic ... ok",
      "test result: FAILED. 3 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s",
    ].join("\n"),
    tally,
  );
  assert.deepEqual(tally.lines().slice(1), [
    "rust unit                  2       0       1",
    "rust property              0       1       0",
    "rust doc                   1       0       0",
  ]);
  assert.equal(tally.total(), "3 passed, 1 failed, 1 skipped");
});

test("skipped tests are mentioned only if there are any", () => {
  const tally = new Tally();
  tally.add("checks", { passed: 2 });
  assert.equal(tally.total(), "2 passed, 0 failed");
});
