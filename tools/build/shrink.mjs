// Makes what wasm-bindgen has written smaller than wasm-opt alone would: the module and the glue, together.
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { build } from "esbuild";
import { modernNode, npmBin } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { run } from "../run.mjs";
import { importsOf, withBodies, withImports } from "./wasm.mjs";

/** What rustc emits for wasm32-unknown-unknown, and nothing newer. */
const FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
].map((feature) => `--enable-${feature}`);

const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/** Structured control flow is taken apart and put together anew, after which there is again something to do. A function that
 *  has one caller stays one, if it isn't small: inlined, it is fewer bytes, but they compress worse. */
const SMALLEST = [
  ...["--one-caller-inline-max-function-size=27", "--always-inline-max-function-size=4"],
  ...["-Oz", "--flatten", "--rereloop", "-Oz", "-Oz"],
];

/** @typedef {{ module: string, glue: string }} Files Paths; the module still has its names. Both are replaced. */
/** @typedef {Files & { declaration: string }} Vault With the path of the glue's declaration, which is replaced as well. */
/** @typedef {[name: string, short: string][]} Names */

/**
 * The vault. A panic ends it without a word (sdk-wasm/src/bare.rs), so what would put the words together ends it at once; the
 * compiler can't see that for itself, because it keeps a panic handler as it is. What else formats text in the vault is
 * caught by its tests: it traps.
 * @param {Vault} files
 */
export async function shrinkVault({ module, glue, declaration }) {
  const words = /^<?core(\[\w+\])?::(fmt|panicking)::| as core(\[\w+\])?::fmt::\w+>::fmt$/;
  await replace(module, (name) => (words.test(name) ? "trap" : undefined));
  const { stdout } = await wasmOpt(module, [...STRIP, ...SMALLEST, "--minify-imports-and-exports-and-modules"]);
  /** @type {{ imports: [from: string, name: string, short: string][], exports: Names }} */
  const { imports, exports } = JSON.parse(stdout);
  let text = await readFile(glue, "utf8");
  for (const from of new Set(imports.map(([from]) => from))) text = text.replace(`"${from}": `, "a: ");
  text = withShortImports(text, new Map(imports.map(([, name, short]) => [name, short])));
  const shorter = new Map(exports);
  text = text.replace(/\bwasm\.([\w$]+)/g, (_, /** @type {string} */ name) => `wasm.${shorter.get(name) ?? name}`);
  await writeFile(glue, text);
  // Only what the package uses of it.
  const contents = `export { default, Vault } from "./${basename(glue)}";`;
  const stdin = { contents, resolveDir: dirname(glue) };
  await build({
    stdin,
    outfile: glue,
    allowOverwrite: true,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
  });
  await writeFile(declaration, ofWhatIsLeft(await readFile(declaration, "utf8")));
}

/** How the glue is started, as far as the package does it. */
const START = `
/**
 * Loads the WebAssembly and starts it, once. \`module_or_path\` says where it is; without it, beside this file.
 */
export default function init(from?: { module_or_path: string | URL }): Promise<unknown>;
`;

/**
 * wasm-bindgen's declaration of the vault's class, and of nothing else that it declares: the rest is gone or has other names.
 * @param {string} text
 */
function ofWhatIsLeft(text) {
  const end = text.indexOf("\n}\n", text.indexOf("\nexport class Vault {"));
  if (end < 0 || !text.includes("\nexport default function ", end))
    throw new Refusal("wasm-bindgen declares the vault otherwise than it did.");
  return `${text.slice(0, end)}\n}\n${START}`;
}

/**
 * The Worker. Its panics are told, but Rust's own hook would tell them to an output that isn't there, with a backtrace of
 * frames that WebAssembly doesn't show.
 * @param {Files} files
 */
export async function shrinkWorker({ module, glue }) {
  await replace(module, (name) => {
    if (/^std(\[\w+\])?::panicking::default_hook$/.test(name)) return "nothing";
    return /^<?&?rustc_demangle(\[\w+\])?::/.test(name) ? "trap" : undefined;
  });
  // wasm-bindgen catches JavaScript's exceptions there. What more than -O1 would gain is half a per cent of size, and it takes three times as long.
  await wasmOpt(module, [...STRIP, "-O1", "--enable-exception-handling"]);
  const bytes = await readFile(module);
  const own = importsOf(bytes).filter((name) => name.startsWith("__wb"));
  const short = new Map(own.map((name, at) => [name, `$${at.toString(36)}`]));
  await writeFile(
    module,
    withImports(bytes, (name) => short.get(name) ?? name),
  );
  await writeFile(glue, withShortImports(await readFile(glue, "utf8"), short));
}

/** @param {string} module @param {(name: string) => import("./wasm.mjs").Body | undefined} choose */
async function replace(module, choose) {
  const { module: changed, replaced } = withBodies(await readFile(module), choose);
  if (replaced === 0)
    throw new Refusal(`${module}: there is nothing to take out. Are Rust's functions named otherwise?`);
  await writeFile(module, changed);
}

/** @param {string} module @param {string[]} flags */
const wasmOpt = (module, flags) => run(modernNode(), [npmBin("wasm-opt"), module, ...FEATURES, ...flags, "-o", module]);

/**
 * The glue, with the module's imports under other names.
 * @param {string} glue @param {Map<string, string>} names
 */
export function withShortImports(glue, names) {
  const missing = new Set(names.keys());
  const text = glue.replace(/[\w$]+(?=:)/g, (name) => {
    missing.delete(name);
    return names.get(name) ?? name;
  });
  if (missing.size > 0) throw new Refusal(`The glue doesn't define: ${[...missing].join(", ")}`);
  return text;
}
