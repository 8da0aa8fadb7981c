// The examples in the documents for app developers: TypeScript compiles as in a user's project, Svelte compiles, and the
// examples that are tests pass.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compile } from "svelte/compiler";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
/** Within the checkout, so that packages are found. */
const dir = join(root, "target", "test", "readme-examples");
after(() => rm(dir, { recursive: true, force: true }));

const FRAMEWORKS = ["React, Vue, Svelte", "Testing your app"];
const DOCUMENTS: readonly (readonly [file: string, headings: readonly string[]])[] = [
  ["README.md", ["Use it in your app"]],
  ["docs/frameworks.md", FRAMEWORKS],
  ["docs/browser-apps.md", ["Tracing", "End-to-end tests with saved browser state", "Astro's ClientRouter"]],
  ["sdk-wasm/README.md", FRAMEWORKS],
];
const examples = (await Promise.all(DOCUMENTS.map(examplesOf))).flat();

interface Example {
  readonly name: string;
  readonly language: string;
  readonly code: string;
}

/** The code blocks under these headings of a document. */
async function examplesOf([file, headings]: (typeof DOCUMENTS)[number]): Promise<Example[]> {
  const sections = (await readFile(join(root, file), "utf8")).split(/^#+ /m);
  const wanted = sections.filter((section) => headings.includes(section.slice(0, section.indexOf("\n"))));
  assert.equal(wanted.length, headings.length, `${file} has the sections ${headings.join(", ")}`);
  const blocks = wanted.flatMap((section) => [...section.matchAll(/^```(tsx?|svelte)\n(.*?)^```/gms)]);
  return blocks.map(([, language = "", code = ""], index) => ({
    name: `${file.replaceAll(/\W/g, "-")}-${index}`,
    language,
    code,
  }));
}

test("all examples are found", () => {
  assert.deepEqual(examples.map(({ language }) => language).sort(), ["svelte", ...Array(9).fill("ts"), "tsx"]);
});

test("TypeScript examples compile in strict mode against the package's declarations", async () => {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  for (const { name, language, code } of examples) {
    if (language === "svelte") continue;
    // `export {}` makes it a module, so that top-level await is allowed.
    await writeFile(join(dir, `${name}.${language}`), `${code}\nexport {};\n`);
  }
  const compilerOptions = {
    ...{ target: "es2022", module: "esnext", moduleResolution: "bundler", jsx: "react-jsx", types: ["node"] },
    ...{ lib: ["ES2023", "DOM", "DOM.Iterable"], strict: true, noEmit: true, skipLibCheck: true },
  };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { stdout } = await run(tsc, ["-p", dir]).catch((error: { stdout: string }) => error);
  assert.equal(stdout, "");
});

for (const { name, language, code } of examples) {
  if (language === "svelte") {
    test(`Svelte: ${name} compiles without a warning`, () => {
      const { js, warnings } = compile(code, { generate: "client" });
      assert.deepEqual(warnings, []);
      assert.match(js.code, /latchkey-auth\/svelte/);
    });
  } else if (code.includes("node:test")) {
    test(`the test in ${name} passes`, async () => {
      const file = join(dir, `${name}.${language}`);
      const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
      const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", file], { env });
      assert.match(stdout, /# pass 1\n# fail 0/);
    });
  }
}
