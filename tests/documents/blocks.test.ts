// Every code block of the documents: TypeScript and JavaScript compile as in a user's project, Svelte compiles, JSON
// and TOML parse, commands exist, and the blocks that are tests pass.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { parse } from "smol-toml";
import { compile } from "svelte/compiler";
import { allBlocks, type Block, blocksOf, root } from "./blocks.ts";
import { unknownCommands } from "./commands.ts";
import { mistakesIn } from "./configurations.ts";

const run = promisify(execFile);
/** Within the checkout, so that packages are found. */
const dir = join(root, "target", "test", "document-blocks");
after(() => rm(dir, { recursive: true, force: true }));

const blocks = await allBlocks();
const checked = (...languages: string[]) =>
  blocks.filter(({ language, notChecked }) => languages.includes(language) && notChecked === undefined);
const fileOf = ({ place, language }: Block) => `${place.replaceAll(/\W+/g, "-")}.${language}`;

/** Shown as they are; nothing reads them. Python's blocks of docs/moving were run by hand, because the tests need no Python. */
const PLAIN = ["", "css", "html", "http", "kotlin", "nginx", "python", "rust", "swift", "vue"];

test("every block has a language that a check reads, or says why not", () => {
  const read = ["ts", "tsx", "js", "svelte", "json", "toml", "sh"];
  const others = blocks.filter(({ language }) => ![...read, ...PLAIN].includes(language));
  assert.deepEqual(others, []);
  for (const { place, notChecked } of blocks) assert.ok(notChecked === undefined || notChecked.length > 20, place);
});

test("a block knows its place, its context, and why it isn't checked", () => {
  const text =
    "# A\n\n<!-- given: let a: 1; -->\n```ts\na;\n```\n\n- b\n\n  <!-- not checked: of another program -->\n  ```js\n  b;\n  ```\n";
  assert.deepEqual(blocksOf("a.md", text), [
    { place: "a.md:4", language: "ts", code: "a;\n", given: "let a: 1;", notChecked: undefined },
    { place: "a.md:11", language: "js", code: "b;\n", given: "", notChecked: "of another program" },
  ]);
});

const COMPILER_OPTIONS = {
  ...{ target: "es2022", module: "esnext", moduleResolution: "bundler", jsx: "react-jsx", types: ["node"] },
  ...{ lib: ["ES2023", "DOM", "DOM.Iterable"], strict: true, noEmit: true, skipLibCheck: true },
};

/** What the compiler says about these blocks, each as a module of its own. */
async function compilerOutput(name: string, some: readonly Block[], options: object): Promise<string> {
  const project = join(dir, name);
  await mkdir(project, { recursive: true });
  for (const block of some) {
    // `export {}` makes it a module, so that top-level await is allowed.
    await writeFile(join(project, fileOf(block)), `${block.given}\n${block.code}\nexport {};\n`);
  }
  const compilerOptions = { ...COMPILER_OPTIONS, ...options };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { stdout } = await run(tsc, ["-p", project]).catch((error: { stdout: string }) => error);
  return stdout;
}

test("TypeScript compiles in strict mode against the packages' declarations", async () => {
  assert.equal(await compilerOutput("typescript", checked("ts", "tsx"), {}), "");
});

test("JavaScript compiles, with the types that the packages' declarations give it", async () => {
  assert.equal(await compilerOutput("javascript", checked("js"), { checkJs: true, noImplicitAny: false }), "");
});

test("the Rust of docs/verifier.md is the examples of its module, which `cargo test` compiles", async () => {
  const source = await readFile(join(root, "edge-worker", "src", "verifier.rs"), "utf8");
  const examples = source.replaceAll(/^\/\/! ?/gm, "");
  const found = blocks.filter(({ place, language }) => place.startsWith("docs/verifier.md:") && language === "rust");
  assert.equal(found.length, 2);
  for (const { place, code } of found) assert.ok(examples.includes(`\`\`\`no_run\n${code}`), place);
});

test("a block that does not compile is reported", async () => {
  const block = { place: "x.md:1", language: "ts", given: "", notChecked: undefined };
  const code =
    'import { createClient } from "latchkey-auth";\nawait createClient({ services: "https://a.example" });\n';
  assert.match(await compilerOutput("wrong", [{ ...block, code }], {}), /x-md-1\.ts\(3,\d+\).*services/);
});

test("Svelte compiles without a warning", () => {
  for (const { place, code } of checked("svelte")) {
    const { js, warnings } = compile(code, { generate: "client" });
    assert.deepEqual(warnings, [], place);
    assert.match(js.code, /latchkey-auth\/svelte/, place);
  }
});

test("JSON and TOML parse", () => {
  for (const { place, code } of checked("json")) {
    // A block may show a part of an object.
    const whole = code.trimStart().startsWith('"') ? `{${code}}` : code;
    assert.doesNotThrow(() => JSON.parse(whole), place);
  }
  for (const { place, code } of checked("toml")) assert.doesNotThrow(() => parse(code), place);
});

test("every configuration is valid for the Worker's own reader", async () => {
  const mistakes = await Promise.all(
    checked("toml").map(async (block) => ({ place: block.place, mistakes: await mistakesIn(block) })),
  );
  assert.deepEqual(
    mistakes.filter((each) => each.mistakes.length > 0),
    [],
  );
  const wrong = '[[vars.LATCHKEY.routes]]\npath = "/a"\nmethods = ["GET"]\naccess = "tokens"\nupstream = "api"\n';
  assert.match((await mistakesIn({ code: wrong })).join("\n"), /routes\[0\]\.access: found "tokens"/);
});

test("every command of a block exists: programs, scripts of this repository, subcommands", async () => {
  const unknown = await Promise.all(
    checked("sh").map(async ({ place, code }) => ({ place, unknown: await unknownCommands(code) })),
  );
  assert.deepEqual(
    unknown.filter((each) => each.unknown.length > 0),
    [],
  );
  assert.deepEqual(
    await unknownCommands(
      "npm run no-such\nnpx latchkey check | grep x\nopenssll rand; npm start -- --prt 1\nnode no-such.mjs\n",
    ),
    [...["npm run no-such", "npx latchkey", "openssll", "npm start -- --prt", "node no-such.mjs"]],
  );
});

test("the blocks that are tests pass", async () => {
  const tests = checked("ts").filter(({ code }) => code.includes("node:test"));
  assert.ok(tests.length > 0);
  await Promise.all(
    tests.map(async (block) => {
      const file = join(dir, "run", fileOf(block));
      await mkdir(join(dir, "run"), { recursive: true });
      await writeFile(file, block.code);
      const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
      const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", file], { env });
      assert.match(stdout, /# pass 1\n# fail 0/, block.place);
    }),
  );
});
