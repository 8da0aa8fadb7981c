import assert from "node:assert/strict";
import { test } from "node:test";
import { problemsOf, unlisted } from "./documents.mjs";

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
  const links = "[a](../README.md) [b](../README.md#what-it-is-a-gate) [c](#routes) [d](https://example.com)";
  assert.deepEqual(problems(`# Routes\n\n${links} \`tests/worker/gate.test.ts\` \`worker/gate.test.ts\``), []);
  assert.deepEqual(problems("```\n[a](nowhere.md)\n```\n"), [], "code is no text");
});

for (const text of [
  "`npm install latchkey-auth` and\n\n```sh\nnpm i -D hono latchkey-worker@latest\n```",
  "```sh\nnpm create latchkey-auth@latest my-latchkey -- --yes\nnpx latchkey-worker check\nnpx create-latchkey-auth latchkey\n```",
  "```sh\nnpx wrangler deploy --name latchkey\nnpm exec -- create-latchkey-auth my-latchkey\n```",
  '```ts\nimport { useAuth } from "latchkey-auth/react";\nconst worker = await import("latchkey-worker");\n```',
  '```json\n{ "dependencies": { "latchkey-auth": "^0.1.0" } }\n```',
  '```toml\nname = "latchkey"\nmain = "node_modules/latchkey-worker/index.js"\n```',
])
  test(`our packages under their names are accepted: ${text.split("\n").join(" ")}`, () => {
    assert.deepEqual(problems(text), []);
  });

test("a document of the site that the index does not list is reported", () => {
  const index = "# Documentation\n\n## Gate\n\n- [The gate](gate.md): routes.\n";
  const texts = { "docs/README.md": index, "docs/gate.md": "", "docs/moving/auth0.md": "", "fuzz/README.md": "" };
  assert.deepEqual(unlisted(new Map(Object.entries(texts))), ["docs/README.md: does not list docs/moving/auth0.md"]);
});

for (const [what, text] of [
  ["a package of another project", "```sh\nnpm install latchkey\n```"],
  ["a package of another project as the second one", "```sh\nnpm i -D hono latchkey\n```"],
  ["a package of another project that is run", "`npx latchkey check`"],
  ["a project created by another package", "```sh\nnpm create latchkey@latest my-app\n```"],
  ["a package that is run by its starter's short name", "`pnpm dlx latchkey-app`"],
  ["a crate of another project", "`cargo add latchkey`"],
  ["an import of another package", '```ts\nimport { createClient } from "latchkey";\n```'],
  ["an import of a scope that isn't ours", "```ts\nconst x = require('@latchkey/auth');\n```"],
  ["a path into another package", '```toml\nmain = "node_modules/latchkey/index.js"\n```'],
  ["a dependency on another package", '```json\n{ "dependencies": { "latchkey": "^1.0.0" } }\n```'],
  ["a name that isn't ours", "`npm add latchkey-sdk`"],
  ["a picture that is gone", "![a](pictures/refresh.svg)"],
  ["a link to a file that is not on the site", "[a](../tests/worker/gate.test.ts)"],
  ["a second heading of that name, which there is not", "[a](../README.md#what-it-is-a-gate-1)"],
  ["a file that is gone", "[a](../SECURITY.md)"],
  ["a heading that is gone", "[a](../README.md#how-it-works)"],
  ["a test that was renamed", "(`tests/worker/gates.test.ts`)"],
  ["a part of a name", "(`er/gate.test.ts`)"],
])
  test(`${what} is reported`, () => {
    assert.equal(problems(text ?? "").length, 1);
  });
