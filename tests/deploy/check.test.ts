// `latchkey-worker check` as a deployer runs it: each mistake in a file is one line with its place. Which mistakes
// there are, and their texts, are tested beside the reader (worker-config/src).
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type WorkerProject, workerProject } from "../harness/worker-project.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const project: WorkerProject = await workerProject();
after(() => project.remove());

const init = async (name: string, args: string[]) => {
  const written = await project.latchkey(["init", ...args, "--config", name]);
  assert.equal(written.code, 0, written.stderr);
  return readFile(join(project.dir, name), "utf8");
};
const REAL = ["--domain", "app.acme.dev", "--hosting", "assets", "--api", "acme-api"];
const valid = await init("valid.toml", REAL);

/** Checks a file with this text. */
async function check(text: string, args = ["--env", "production"], name = "wrangler.toml") {
  await writeFile(join(project.dir, name), text);
  return project.latchkey(["check", "--config", name, ...args]);
}

/** The number of the line that begins so. */
const numberOf = (text: string, line: string) => text.split("\n").findIndex((each) => each.startsWith(line)) + 1;

test("what init writes has no mistakes, and the secrets that must exist are named", async () => {
  const production = await check(valid);
  assert.equal(production.code, 0, production.stderr);
  assert.equal(production.stdout, "wrangler.toml: no mistakes in [env.production]\n");
  assert.match(
    production.stderr,
    /^note: \[env\.production\] needs the Worker secret LATCHKEY_KEYRING_SECRET, which this file does not show; `npx latchkey-worker secret --env production --if-missing` creates it\n$/,
  );
});

test("without --config, the file of the current folder is read; without --env, its top level", async () => {
  await writeFile(join(project.dir, "wrangler.toml"), valid);
  const local = await project.latchkey(["check"]);
  assert.equal(local.code, 0, local.stderr);
  assert.equal(local.stdout, "wrangler.toml: no mistakes in the top level\n");
});

for (const name of ["spa-and-api-workers", "spa-and-external-api", "page-at-another-host"])
  test(`examples/${name} has no mistakes but its placeholders`, async () => {
    const example = await readFile(join(root, "examples", name, "wrangler.toml"), "utf8");
    const found = await check(example);
    assert.equal(found.code, 1);
    const lines = found.stderr
      .trim()
      .split("\n")
      .filter((line) => !/^(note|warning): /.test(line));
    assert.ok(lines.length > 1);
    for (const line of lines.slice(0, -1))
      assert.match(line, /^wrangler\.toml:\d+: .*, expected a value of your own in place of the placeholder /);
    const numbers = lines.slice(0, -1).map((line) => Number(/:(\d+):/.exec(line)?.[1]));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      "in the order of the file",
    );
    const filledIn = await check(example.replaceAll("example.com", "acme.dev").replaceAll("your-api", "acme-api"));
    assert.equal(filledIn.code, 0, filledIn.stderr);
  });

for (const name of ["worker", "url"])
  test(`what npm create latchkey-auth writes for an API by ${name} has no mistakes on this machine`, async () => {
    const secrets = ["LATCHKEY_KEYRING_SECRET", "GATE_SECRET"].map((secret) => `${secret}="${"s".repeat(44)}"\n`);
    await writeFile(join(project.dir, ".dev.vars"), secrets.join(""));
    const text = await readFile(join(root, "create-app", "templates", name, "wrangler.toml"), "utf8");
    const found = await check(text, []);
    await rm(join(project.dir, ".dev.vars"));
    assert.equal(found.code, 0, found.stderr);
  });

test("the repository's own configurations: the demo's is valid, and production's has only placeholders left", async () => {
  const local = await check(await readFile(join(root, "demo-app", "wrangler.toml"), "utf8"), []);
  assert.equal(local.code, 0, local.stderr);
  const text = await readFile(join(root, "edge-worker", "wrangler.toml"), "utf8");
  assert.equal((await check(text)).code, 1);
  const filledIn = text.replaceAll("app.example.com", "app.acme.dev").replaceAll("your-api", "acme-api");
  const production = await check(filledIn);
  assert.equal(production.code, 0, production.stderr);
});

/** A change of the valid file, the line of the mistake, and what is said about it. */
const MISTAKES: [what: string, change: [from: string, to: string], line: string, said: string][] = [
  [
    "a placeholder",
    ['audience = "https://app.acme.dev/api"', 'audience = "https://app.example.com/api"'],
    'audience = "https://app.example.com/api"',
    'audience: found "https://app.example.com/api", expected a value of your own in place of the placeholder app.example.com',
  ],
  [
    "an unknown key",
    ['audience = "https://app.acme.dev/api"', 'audiense = "https://app.acme.dev/api"'],
    'audiense = "https://app.acme.dev/api"',
    'audiense: found "https://app.acme.dev/api", expected no such key; did you mean audience?',
  ],
  [
    "an http issuer",
    ['issuer = "https://app.acme.dev"', 'issuer = "http://localhost:8787"'],
    "",
    'issuer: found "http://localhost:8787", expected an https origin, because [env.production] is deployed; http works on localhost only',
  ],
];

for (const [what, [from, to], line, said] of MISTAKES)
  test(`${what}: one line with the place, the key, the value found and the value expected`, async () => {
    const text = valid.replace(from, to);
    assert.notEqual(text, valid, from);
    const found = await check(text);
    assert.equal(found.code, 1);
    assert.equal(found.stdout, "");
    const lines = found.stderr.trim().split("\n");
    const place = line === "" ? /^wrangler\.toml:\d+: / : new RegExp(`^wrangler\\.toml:${numberOf(text, line)}: `);
    const matching = lines.filter((each) => each.replace(/^\S+ /, "") === said);
    assert.equal(matching.length, 1, found.stderr);
    assert.match(matching[0] ?? "", place);
    assert.match(lines.at(-1) ?? "", /^wrangler\.toml: \d+ mistakes? in \[env\.production\]$/);
  });

test("the same file as JSON with comments, with the lines of its own", async () => {
  const jsonc = `{
  // The Worker.
  "name": "latchkey",
  "main": "node_modules/latchkey-worker/index.js",
  "env": { "production": { "vars": { "LATCHKEY": {
    "issuer": "https://app.acme.dev",
    "audience": 7,
  } } } },
}`;
  const found = await check(jsonc, ["--env", "production"], "wrangler.jsonc");
  assert.equal(found.code, 1);
  assert.match(found.stderr, /^wrangler\.jsonc:7: audience: found 7, expected a non-empty text$/m);
  assert.match(
    found.stderr,
    /^wrangler\.jsonc:5: env\.production\.durable_objects\.bindings: found no binding ACCOUNT, /m,
  );
});

test("secrets of this machine are looked up in .dev.vars", async () => {
  const text = `${valid}\n`.replace(
    "[vars.LATCHKEY]",
    '[vars.LATCHKEY.keys]\nsecret_bindings = ["SEALING"]\n\n[vars.LATCHKEY]',
  );
  const missing = await check(text, []);
  assert.equal(missing.code, 1, missing.stdout);
  assert.match(
    missing.stderr,
    /^wrangler\.toml:\d+: keys\.secret_bindings\[0\]: found SEALING, which is not in \.dev\.vars, expected a secret of at least 32 bytes in \.dev\.vars; `npx latchkey-worker secret --local` creates it$/m,
  );
  await writeFile(join(project.dir, ".dev.vars"), `SEALING="${"s".repeat(31)}"\n`);
  const short = await check(text, []);
  assert.match(short.stderr, /found SEALING, which has 31 bytes in \.dev\.vars/);
  assert.doesNotMatch(short.stderr, /ssss/, "no secret is shown");
  await writeFile(join(project.dir, ".dev.vars"), `SEALING="${"s".repeat(32)}"\n`);
  assert.equal((await check(text, [])).code, 0);
});

test("a file that does not exist, an environment that does not exist and an unknown option are named", async () => {
  const nowhere = await project.latchkey(["check", "--config", "nowhere.toml"]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /^nowhere\.toml: not found in /);
  const staging = await check(valid, ["--env", "staging"]);
  assert.equal(staging.code, 1);
  assert.match(staging.stderr, /env\.staging: found the environments production, expected \[env\.staging\]/);
  assert.equal((await project.latchkey(["check", "--verbose"])).code, 2);
});
