// `<SignIn>` where there is no page, and what it weighs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { en } from "latchkey-auth/texts/en";
import { compile } from "svelte/compiler";
import { build as vite } from "vite";
import { countedService } from "../harness/counted.ts";
import { RENDERED } from "../harness/rendered-sign-in.ts";
import { svelteFiles } from "../harness/svelte.ts";

/** A page without what only a framework needs. */
const plain = (html: string) =>
  html
    .replaceAll(/<!--.*?-->/gs, "")
    .replaceAll(/"(?:_R_\w*_|v-[\w-]+|latchkey-\d+)(-\w+)/g, '"id$1')
    .replaceAll(/ (?:_R_\w*_|v-[\w-]+|latchkey-\d+)(-\w+)/g, " id$1");

test("a server renders the whole form, the same in each framework, and no client is made", async () => {
  const { create, made } = countedService();
  const pages = await Promise.all(Object.values(RENDERED).map((render) => render(create)));
  const texts = pages.map((html) =>
    plain(html)
      .replaceAll(/ ?<[^>]*>/g, "|")
      .replaceAll(/\|+/g, "|"),
  );
  const expected = [en.email, en.password, en.reveal, "8 to 128 characters. A few words are easy to remember."];
  assert.deepEqual(
    new Set(texts),
    new Set([`|${[...expected, en.submit["sign-up"], en.switch["sign-up"]].join("|")}|`]),
  );
  for (const html of pages) {
    for (const attribute of [
      ...['method="dialog"', 'autocomplete="username"', 'autocomplete="new-password"', 'type="password"', 'lang="en"'],
      ...[
        'role="alert"',
        'aria-busy="false"',
        'aria-pressed="false"',
        'aria-disabled="false"',
        "novalidate",
        "required",
      ],
    ]) {
      assert.ok(html.toLowerCase().includes(attribute), `${attribute} in ${html}`);
    }
  }
  assert.equal(made.length, 0);
});

/** What an app that has this module loads at first, and what it loads of the package. */
async function bundle(contents: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
    ...{ bundle: true, minify: true, format: "esm", target: "es2022", write: false, metafile: true, splitting: true },
    charset: "utf8",
    ...{ outdir: "out", entryNames: "main", conditions: ["svelte"], external: ["react", "vue", "svelte", "svelte/*"] },
    plugins: [svelteFiles("client")],
  });
  const first = firstOf(metafile);
  const loaded = outputFiles.filter(({ path }) => first.some((name) => path.endsWith(name)));
  const bytes = loaded.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
  return { bytes, inputs: inputsOf(metafile, first) };
}

/** The entry, and the chunks that it imports statically. */
function firstOf({ outputs }: Metafile): string[] {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    const output = outputs[path];
    if (!output || seen.has(path)) return;
    seen.add(path);
    for (const { kind, path: next } of output.imports) if (kind === "import-statement") visit(next);
  };
  visit("out/main.js");
  return [...seen];
}

/** The package's modules in these files. */
function inputsOf({ outputs }: Metafile, files: string[]): string[] {
  const inputs = files.flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}));
  const own = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return own.map(([path]) => path.replace(/^.*\/dist\//, ""));
}

/** What Vite makes of an app whose page with the form is imported later: what is loaded at first, and all other chunks. */
async function lazyApp(name: string, hooks: string) {
  const MODULES: Record<string, string> = {
    app: `export { ${hooks} } from "latchkey-auth/${name}"; export const page = () => import("page");`,
    page: `export { SignIn } from "latchkey-auth/${name}"; export { en } from "latchkey-auth/texts/en";`,
  };
  const built = await vite({
    ...{ configFile: false, logLevel: "silent", root: fileURLToPath(new URL(".", import.meta.url)) },
    resolve: { conditions: ["svelte", "browser", "module"] },
    build: {
      write: false,
      minify: false,
      rolldownOptions: {
        ...{ input: "app", preserveEntrySignatures: "strict", external: [/^(react|vue|svelte)(\/|$)/] },
        output: { entryFileNames: "app.js" },
      },
    },
    plugins: [
      {
        name: "app",
        enforce: "pre",
        resolveId: (id) => (id in MODULES ? fileURLToPath(new URL(`virtual-${id}.js`, import.meta.url)) : null),
        load: async (id) => {
          const found = /virtual-(\w+)\.js$/.exec(id)?.[1];
          if (found) return MODULES[found];
          return id.endsWith(".svelte") ? compile(await readFile(id, "utf8"), { generate: "client" }).js.code : null;
        },
      },
    ],
  });
  const { output } = (Array.isArray(built) ? built[0] : built) as {
    output: { type: string; fileName: string; code: string }[];
  };
  const chunks = output.filter(({ type }) => type === "chunk");
  return {
    first: chunks.find(({ fileName }) => fileName === "app.js")?.code ?? "",
    later: chunks.filter(({ fileName }) => fileName !== "app.js").map(({ code }) => code),
  };
}

/** A part of the form's code and of its texts, in any minified file. */
const FORM = /aria-busy|Create account/;

const HOOKS = { react: "AuthProvider, useAuth", vue: "createAuth, useAuth", svelte: "createAuth" };

const LANGUAGES = ["en", "de", "fr", "es", "ja"];
/**
 * The most that `<SignIn>` adds to an app in English, in bytes, before the service offers more than a password. Svelte
 * compiles components into more code.
 */
const LIMITS: Record<string, number> = { react: 3850, vue: 3900, svelte: 4200 };

for (const [name, hooks] of Object.entries(HOOKS)) {
  test(`latchkey-auth/${name}: <SignIn> adds about 3.8 kB gzipped, one language included, and no other language`, async () => {
    const without = await bundle(`export { ${hooks} } from "latchkey-auth/${name}";`);
    const sizes: Record<string, number> = {};
    for (const language of LANGUAGES) {
      const { bytes, inputs } = await bundle(`
        export { ${hooks}, SignIn } from "latchkey-auth/${name}";
        export { ${language} } from "latchkey-auth/texts/${language}";`);
      sizes[language] = bytes - without.bytes;
      assert.deepEqual(
        inputs.filter((path) => path.startsWith("texts/")),
        [`texts/${language}.js`],
      );
    }
    console.log(`# ${name}: ${without.bytes} and ${JSON.stringify(sizes)} bytes gzipped`);
    const { en = 0, ...others } = sizes;
    assert.ok(en > 1500 && en < (LIMITS[name] ?? 0), `${en} bytes`);
    for (const bytes of Object.values(others)) assert.ok(bytes < en + 540, `${bytes} bytes`);
  });

  test(`latchkey-auth/${name}: an app that does not use <SignIn> loads nothing of it`, async () => {
    const { inputs } = await bundle(`export { ${hooks} } from "latchkey-auth/${name}";`);
    const adapter = ["adapter/connection.js", "adapter/late-actions.js", "groups/names.js", `${name}/auth.js`];
    assert.deepEqual(inputs.sort(), adapter);
  });

  test(`latchkey-auth/${name}: <SignIn> on a page that is imported later is loaded later`, async () => {
    const { first, later } = await lazyApp(name, hooks);
    assert.match(first, /import\(/);
    assert.doesNotMatch(first, FORM);
    assert.ok(later.some((code) => FORM.test(code)));
  });
}

test("without Svelte's compiler, latchkey-auth/svelte is the adapter alone", async () => {
  const { createAuth: create, SignIn } = (await import("latchkey-auth/svelte")) as Record<string, unknown>;
  assert.deepEqual([typeof create, SignIn], ["function", undefined]);
});
