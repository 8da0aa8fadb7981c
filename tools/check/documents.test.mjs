import assert from "node:assert/strict";
import { test } from "node:test";
import { problemsOf } from "./documents.mjs";

const FILES = ["README.md", "docs/gate.md", "tests/worker/gate.test.ts"];
/** @param {string} text */
const problems = (text) =>
  problemsOf(
    "docs/gate.md",
    new Map([
      ["docs/gate.md", text],
      ["README.md", "# Latchkey\n\n## What it is: a `gate`\n"],
    ]),
    FILES,
  );

test("links and paths that lead to tracked files are accepted", () => {
  const links =
    "[a](../README.md) [b](../README.md#what-it-is-a-gate) [c](#routes) [d](https://example.com) [e](../tests)";
  assert.deepEqual(problems(`# Routes\n\n${links} \`tests/worker/gate.test.ts\` \`worker/gate.test.ts\``), []);
  assert.deepEqual(problems("```\n[a](nowhere.md)\n```\n"), [], "code is no text");
});

test("documents install our packages under their names", () => {
  assert.deepEqual(problems("`npm install latchkey-auth` and\n\n```sh\nnpm i -D latchkey-worker\n```\n"), []);
});

for (const [what, text] of [
  ["a package of another project", "```sh\nnpm install latchkey\n```"],
  ["a name that isn't ours", "`npm add latchkey-sdk`"],
  ["a file that is gone", "[a](../SECURITY.md)"],
  ["a heading that is gone", "[a](../README.md#how-it-works)"],
  ["a test that was renamed", "(`tests/worker/gates.test.ts`)"],
  ["a part of a name", "(`er/gate.test.ts`)"],
])
  test(`${what} is reported`, () => {
    assert.equal(problems(text ?? "").length, 1);
  });
