// The npm package: TypeScript to sdk-wasm/dist, the vault next to it, the vault's worker as a single file, and
// the entry points again as CommonJS.
import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { posix } from "node:path";
import { build } from "esbuild";
import { at, npmBin } from "../paths.mjs";
import { run } from "../run.mjs";

const FROM = "sdk-wasm/js/generated";
const TO = "sdk-wasm/dist/generated";
const GLUE = ["vault.js", "vault.d.ts"];
const MODULE = "vault_bg.wasm";
/** The folder of the files that bundlers copy. sdk-wasm/js/files.ts explains its name. */
const FILES = "sdk-wasm/dist/latchkey-auth";

const CJS = "sdk-wasm/dist/cjs";
const LANGUAGES = ["de", "en", "es", "fr", "ja"].map((language) => `texts/${language}`);
/** Not svelte, which itself has no CommonJS. @type {Record<string, string>} */
const ENTRIES = {
  devtools: "devtools/index",
  index: "index",
  react: "react/index",
  "return-to": "return-to",
  server: "server/index",
  testing: "testing/index",
  vue: "vue/index",
  ...Object.fromEntries(LANGUAGES.map((file) => [file, file])),
};
/** What is published as it is. Bundlers with Svelte's plugin compile components; compiled ones fit only one version of Svelte. */
const COPIES = ["svelte/SignIn.svelte", "sign-in.css"];

export const npmPackage = {
  name: "package",
  title: "npm package latchkey-auth",
  usually: "2 s",
  inputs: [
    ...[
      "sdk-wasm/js",
      "sdk-wasm/package.json",
      "sdk-wasm/tsconfig.json",
      "tsconfig.base.json",
      "tools/build/package.mjs",
    ],
    ...[...GLUE, MODULE, "codes.ts"].map((file) => `${FROM}/${file}`),
  ],
  outputs: [
    "sdk-wasm/dist/index.js",
    "sdk-wasm/dist/index.d.ts",
    ...GLUE.map((file) => `${TO}/${file}`),
    ...Object.keys(ENTRIES).map((name) => `${CJS}/${name}.cjs`),
    `${FILES}/vault-worker.js`,
    `${FILES}/${MODULE}`,
  ],
  work: async () => {
    await rm(at("sdk-wasm/dist"), { recursive: true, force: true });
    await run(npmBin("tsc"), ["-p", at("sdk-wasm")]);
    await mkdir(at(TO), { recursive: true });
    for (const file of GLUE) await copyFile(at(FROM, file), at(TO, file));
    for (const file of COPIES) await copyFile(at("sdk-wasm/js", file), at("sdk-wasm/dist", file));
    // TypeScript rejects an import that has no types.
    await writeFile(at("sdk-wasm/dist/sign-in.css.d.ts"), "export {};\n");
    await mkdir(at(FILES), { recursive: true });
    await copyFile(at(FROM, MODULE), at(FILES, MODULE));
    await worker();
    await testing();
    await server();
    await commonJs();
  },
};

/** A single file without imports or exports, because bundlers copy it unchanged. */
async function worker() {
  await build({
    entryPoints: [at("sdk-wasm/dist/worker/main.js")],
    outfile: at(FILES, "vault-worker.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
  });
  await rm(at("sdk-wasm/dist/worker"), { recursive: true });
}

/**
 * `latchkey-auth/testing` as a single file, with the vault's WebAssembly in it, so that it needs neither a file system
 * nor a server. A tab of its fake browser is a function, whose parameter has the globals that the tab's code uses
 * instead of the test's.
 */
async function testing() {
  const dir = at("sdk-wasm/dist/testing");
  const common = { bundle: true, target: "es2022", external: ["*/errors.js"], allowOverwrite: true };
  await build({
    ...common,
    entryPoints: [`${dir}/tab.js`],
    outfile: `${dir}/tab.js`,
    format: "cjs",
    inject: [`${dir}/given.js`],
    define: {
      "globalThis.document": "given.document",
      "globalThis.PublicKeyCredential": "given.PublicKeyCredential",
      "Date.now": "given.dateNow",
      "Math.random": "given.random",
    },
    banner: { js: "export function runTab(given, require) {\nconst module = {};" },
    footer: { js: "return module.exports;\n}" },
  });
  await build({
    ...common,
    entryPoints: [`${dir}/index.js`],
    outfile: `${dir}/index.js`,
    format: "esm",
    alias: { "#tab": `${dir}/tab.js`, "#vault": at(FROM, "vault_bg.wasm") },
    loader: { ".wasm": "binary" },
  });
  const kept = ["index.js", "index.d.ts", "service.d.ts", "types.d.ts"];
  for (const file of await readdir(dir)) if (!kept.includes(file)) await rm(`${dir}/${file}`);
}

/** `latchkey-auth/server` as a single file, with SHA-256 of @noble/hashes in it, because the package has no dependencies. */
async function server() {
  const dir = at("sdk-wasm/dist/server");
  await build({
    entryPoints: [`${dir}/index.js`],
    outfile: `${dir}/index.js`,
    bundle: true,
    format: "esm",
    target: "es2022",
    allowOverwrite: true,
  });
  const kept = ["index.js", "index.d.ts", "headers.d.ts"];
  for (const file of await readdir(dir)) if (!kept.includes(file)) await rm(`${dir}/${file}`);
}

/**
 * The entry points for programs that load packages by `require` and do not read modules, such as Jest. Bundlers get the
 * modules even for `require`, by the export condition "module".
 *
 * The class of errors is in a file of its own, so that it is the same class for all entry points.
 */
async function commonJs() {
  const entries = { ...ENTRIES, errors: "errors" };
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, module]) => [name, at(`sdk-wasm/dist/${module}.js`)]),
    ),
    outdir: at(CJS),
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    target: "es2022",
    packages: "external",
    define: { "import.meta.url": "undefined" },
    plugins: [
      {
        name: "errors",
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/errors\.js$/ }, ({ kind }) =>
            kind === "entry-point" ? undefined : { path: "./errors.cjs", external: true },
          ),
      },
    ],
  });
  for (const [name, module] of Object.entries(ENTRIES)) {
    const from = posix.relative(posix.dirname(`cjs/${name}`), module);
    await writeFile(at(CJS, `${name}.d.cts`), `export * from "${from}.js";\n`);
  }
}
