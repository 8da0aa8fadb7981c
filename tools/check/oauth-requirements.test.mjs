import assert from "node:assert/strict";
import { test } from "node:test";
import { requirementProblems } from "./oauth-requirements.mjs";

const ROWS = {
  "RFC 1": "| 1 | MUST | AS | does it | done |\n| 2 | MAY | AS | may | left out: browsers do not need it at all |",
  Attacks: "| theft | guess |",
  Counts: "| RFC 1 | 1 | 0 | 0 | 0 | 0 | 1 |\n| **all** | 1 | 0 | 0 | 0 | 0 | 1 |",
  Tests: "| done | `a/b.rs` | it_is_done |\n| guess | `a/c.ts` | a guess fails |",
};
/** @type {Record<string, string>} */
const SOURCES = { "a/b.rs": "fn it_is_done() {}", "a/c.ts": 'test("a guess fails", () => {});' };

/** @param {Partial<typeof ROWS>} changed @param {Record<string, string>} [sources] */
const problems = (changed, sources = SOURCES) =>
  requirementProblems(
    Object.entries({ ...ROWS, ...changed })
      .map(([name, rows]) => `## ${name}\n\n| a | b |\n| --- | --- |\n${rows}\n`)
      .join("\n"),
    async (file) => sources[file] ?? "",
  );

test("a complete list has no problems", async () => {
  assert.deepEqual(await problems({}), []);
});

test("a test that was moved or renamed is reported", async () => {
  const moved = { "a/b/tests.rs": "fn it_is_done() {}", "a/c.ts": 'test("a guess fails!", () => {});' };
  assert.deepEqual(await problems({}, moved), [
    'done: a/b.rs has no test "it_is_done"',
    'guess: a/c.ts has no test "a guess fails"',
  ]);
});

test("a requirement with an unknown test, without a reason or with another level is reported", async () => {
  const rows =
    "| 1 | MUST | AS | does it | done, guesses |\n| 2 | MAY | AS | may | left out: no |\n| 3 | CAN | AS | can | done |";
  assert.deepEqual(await problems({ "RFC 1": rows }), [
    'RFC 1: found the level "CAN", expected one of MUST, SHOULD, MAY',
    'RFC 1: "left out: no" is no reason',
    'RFC 1: the list of tests has no "guesses"',
  ]);
});

test("a test that is listed twice, or shows nothing, is reported", async () => {
  const rows = `${ROWS.Tests}\n| done | \`a/b.rs\` | it_is_done |\n| more | \`a/b.rs\` | it_is_done |`;
  assert.deepEqual(await problems({ Tests: rows }), [
    "done is in the list twice",
    "more shows no requirement and no attack",
  ]);
});

test("wrong counts are reported", async () => {
  const counts = "| RFC 1 | 1 | 0 | 0 | 0 | 0 | 0 |\n| **all** | 1 | 0 | 0 | 0 | 0 | 1 |";
  assert.deepEqual(await problems({ Counts: counts }), [
    'the counts lack the row "RFC 1 | 1 | 0 | 0 | 0 | 0 | 1"',
    'the counts have the wrong row "RFC 1 | 1 | 0 | 0 | 0 | 0 | 0"',
  ]);
});
