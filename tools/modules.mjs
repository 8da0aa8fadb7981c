// The modules of a crate and what they import, read from its sources.
//   node tools/modules.mjs   writes the drawing of the modules into ARCHITECTURE.md
//
// A module is a file. It imports another module if it names an item that is defined there, in a `use` or by its path. A
// re-export (`pub use`) is no import: a module that names the re-exported item imports the module that defines it.
// Tests don't count.
import { readFile, writeFile } from "node:fs/promises";
import { posix, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { filesUnder } from "./files.mjs";
import { at } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";

/** @typedef {ReadonlyMap<string, string>} Sources The text of each source file, by its path from the crate's `src`. */
/** @typedef {Map<string, Set<string>>} Graph The modules that each module imports. */
/** @typedef {{ uses: string[][], reexports: Map<string, string[]>, globs: string[][], children: Set<string>, code: string }} Parsed */

/** The crates whose modules are drawn and checked. */
export const CRATES = ["auth-core", "worker-config", "edge-worker"];

/** @param {string} crate @returns {Promise<Sources>} */
export async function sourcesOf(crate) {
  const src = at(crate, "src");
  const files = (await filesUnder(src)).filter((file) => file.endsWith(".rs") && !file.includes(`${sep}bin${sep}`));
  return new Map(
    await Promise.all(
      files.map(async (file) => {
        const name = relative(src, file).replaceAll(sep, posix.sep);
        return /** @type {const} */ ([name, await readFile(file, "utf8")]);
      }),
    ),
  );
}

/** @param {string} file A path from `src`. @returns {string} The module, such as `wire::paths`; empty for the root. */
const moduleOf = (file) =>
  file
    .replace(/(^|\/)(lib|mod)\.rs$/, "")
    .replace(/\.rs$/, "")
    .replaceAll("/", "::");

/** @param {Sources} sources @returns {Graph} */
export function importsOf(sources) {
  /** @type {Map<string, Parsed>} */
  const modules = new Map();
  for (const [file, text] of sources) modules.set(moduleOf(file), parse(text));
  for (const [file, text] of sources) for (const test of testModules(text)) drop(modules, join(moduleOf(file), test));
  for (const module of [...modules.keys()]) {
    const [name = "", ...path] = module.split("::").reverse();
    if (module !== "" && !modules.get(path.reverse().join("::"))?.children.has(name)) drop(modules, module);
  }
  /** @type {Graph} */
  const graph = new Map();
  for (const [module, { uses, children, code }] of modules) {
    const paths = [...uses, ...pathsIn(code, children)];
    const imported = paths.flatMap((path) => resolve(modules, module, path, 0) ?? []);
    graph.set(module, new Set(imported.filter((other) => other !== module && other !== "").sort()));
  }
  return graph;
}

/** @param {string} module @param {string} name */
const join = (module, name) => (module === "" ? name : `${module}::${name}`);

/** @param {Map<string, Parsed>} modules @param {string} gone */
function drop(modules, gone) {
  for (const module of [...modules.keys()])
    if (module === gone || module.startsWith(`${gone}::`)) modules.delete(module);
}

/** @param {string} text @returns {string[]} The names of the modules in files of their own that only tests have. */
const testModules = (text) =>
  [...text.matchAll(/#\[cfg\(test\)\]\s*(?:pub(?:\([\w: ]+\))? )?mod (\w+);/g)].map(([, name = ""]) => name);

/** @param {string} text @returns {Parsed} */
function parse(text) {
  const code = withoutTests(text)
    .replaceAll(/"(?:\\.|[^"\\])*"/g, '""')
    .replaceAll(/\/\/.*$/gm, "");
  /** @type {Parsed} */
  const parsed = { uses: [], reexports: new Map(), globs: [], children: new Set(), code: "" };
  for (const [, name = ""] of code.matchAll(/^\s*(?:pub(?:\([\w: ]+\))? )?mod (\w+);/gm)) parsed.children.add(name);
  const rest = code.replaceAll(/^\s*(pub(?:\([\w: ]+\))? )?use ([^;]+);/gm, (_, pub, tree) => {
    for (const { path, name } of expand(tree)) {
      if (!pub) parsed.uses.push(path);
      else if (name === "*") parsed.globs.push(path.slice(0, -1));
      else parsed.reexports.set(name, path);
    }
    return "";
  });
  parsed.code = rest;
  return parsed;
}

/** Tests in the same file are its last item. @param {string} text */
function withoutTests(text) {
  const start = text.search(/#\[cfg\(test\)\]\s*mod \w+ \{/);
  return start < 0 ? text : text.slice(0, start);
}

/**
 * @param {string} tree Such as `a::{b, c::d as e}`.
 * @returns {{ path: string[], name: string }[]} Each path, and the name under which it is used.
 */
function expand(tree) {
  const text = tree.replaceAll(/\s+/g, " ").trim();
  const brace = text.indexOf("{");
  if (brace < 0) {
    const [path = "", alias] = text.split(" as ");
    const all = path.split("::").filter((part) => part !== "");
    const segments = all.at(-1) === "self" && all.length > 1 ? all.slice(0, -1) : all;
    return segments.length === 0 ? [] : [{ path: segments, name: alias ?? segments.at(-1) ?? "" }];
  }
  const prefix = text.slice(0, brace).replace(/::$/, "");
  const inner = text.slice(brace + 1, text.lastIndexOf("}"));
  return split(inner).flatMap((part) => expand(prefix === "" ? part : `${prefix}::${part}`));
}

/** Splits at the commas outside of braces. @param {string} text */
function split(text) {
  /** @type {string[]} */
  const parts = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}") depth--;
    if (text[i] === "," && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim()).filter((part) => part !== "");
}

/**
 * @param {string} code Without `use`.
 * @param {ReadonlySet<string>} children
 * @returns {string[][]} The paths in it that begin with `crate`, `super`, `self` or a child's name.
 */
function pathsIn(code, children) {
  const paths = [...code.matchAll(/(?<![\w:])(\$?\w+(?:::\w+)+)/g)].map(([, path = ""]) => path.split("::"));
  return paths
    .map(([first = "", ...rest]) => [first.replace("$", ""), ...rest])
    .filter(([first = ""]) => ["crate", "super", "self"].includes(first) || children.has(first));
}

/**
 * @param {Map<string, Parsed>} modules
 * @param {string} from The module in which the path is written.
 * @param {string[]} path
 * @param {number} depth
 * @returns {string | undefined} The module that defines the item; undefined for another crate's.
 */
function resolve(modules, from, path, depth) {
  if (depth > 20) throw new Refusal(`${path.join("::")} in ${from} is re-exported in a circle`);
  let [first = "", ...rest] = path;
  let module = from;
  if (first === "crate") module = "";
  else if (first === "super" || first === "self") {
    rest = path;
    while (rest[0] === "super" || rest[0] === "self")
      if (rest.shift() === "super") module = module.includes("::") ? module.slice(0, module.lastIndexOf("::")) : "";
  } else if (modules.has(join(from, first))) rest = path;
  else return undefined;
  for (let i = 0; i < rest.length; i++) {
    const name = rest[i] ?? "";
    if (modules.has(join(module, name))) {
      module = join(module, name);
      continue;
    }
    const { reexports, globs } = modules.get(module) ?? { reexports: new Map(), globs: [] };
    const target = reexports.get(name);
    if (target) return resolve(modules, module, [...target, ...rest.slice(i + 1)], depth + 1);
    for (const glob of globs) {
      const reached = resolve(modules, module, [...glob, name], depth + 1);
      if (reached !== undefined) return reached;
    }
    return module;
  }
  return module;
}

/**
 * @param {Graph} graph
 * @returns {string[][]} The groups of modules that import each other in a circle, each sorted.
 */
export function cyclesOf(graph) {
  /** @type {Map<string, { index: number, low: number, open: boolean }>} */
  const seen = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const cycles = [];
  const visit = (/** @type {string} */ module) => {
    const entry = { index: seen.size, low: seen.size, open: true };
    seen.set(module, entry);
    stack.push(module);
    for (const other of graph.get(module) ?? []) {
      if (!graph.has(other)) continue;
      const known = seen.get(other);
      if (!known) entry.low = Math.min(entry.low, visit(other).low);
      else if (known.open) entry.low = Math.min(entry.low, known.index);
    }
    if (entry.low === entry.index) {
      const group = stack.splice(stack.indexOf(module));
      for (const member of group) {
        const other = seen.get(member);
        if (other) other.open = false;
      }
      if (group.length > 1) cycles.push(group.sort());
    }
    return entry;
  };
  for (const module of graph.keys()) if (!seen.has(module)) visit(module);
  return cycles.sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1));
}

/** @param {Graph} graph @returns {Graph} The same between the modules that the root declares. */
export function topLevelOf(graph) {
  /** @type {Graph} */
  const top = new Map();
  const name = (/** @type {string} */ module) => module.split("::")[0] ?? "";
  for (const [module, others] of graph) {
    if (module === "") continue;
    const imported = top.get(name(module)) ?? new Set();
    top.set(name(module), imported);
    for (const other of others) if (name(other) !== name(module)) imported.add(name(other));
  }
  return top;
}

/**
 * @param {Graph} graph
 * @returns {string} The top-level modules in layers: each imports only modules of the lines below.
 */
export function drawingOf(graph) {
  const top = topLevelOf(graph);
  const groups = new Map([...cyclesOf(top)].flatMap((group) => group.map((module) => [module, group])));
  /** @type {Map<string, number>} */
  const heights = new Map();
  const height = (/** @type {string} */ module) => {
    const group = groups.get(module) ?? [module];
    const known = heights.get(group[0] ?? "");
    if (known !== undefined) return known;
    const below = group.flatMap((member) => [...(top.get(member) ?? [])].filter((other) => !group.includes(other)));
    /** @type {number} */
    const found = below.length === 0 ? 0 : 1 + Math.max(...below.map(height));
    heights.set(group[0] ?? "", found);
    return found;
  };
  const width = Math.max(...[...top.keys()].map((module) => module.length));
  /** @type {Map<number, string[]>} */
  const layers = new Map();
  for (const module of [...top.keys()].sort()) {
    const layer = height(module);
    layers.set(layer, [...(layers.get(layer) ?? []), module]);
  }
  const lines = [...layers.keys()]
    .sort((a, b) => b - a)
    .flatMap((layer) => [
      ...(layers.get(layer) ?? []).map((module, i) => {
        const imported = [...(top.get(module) ?? [])].sort().join(" ");
        return `${i === 0 ? String(layer).padStart(2) : "  "}  ${module.padEnd(width)}  → ${imported}`.replace(
          / *→ $/,
          "",
        );
      }),
    ]);
  return lines.join("\n");
}

const MARKERS = /(<!-- modules: written by tools\/modules\.mjs -->\n)[\s\S]*?(<!-- end of modules -->)/;

/** @param {string} document @param {Map<string, Graph>} crates @returns {string} With the present drawing. */
export function withDrawing(document, crates) {
  if (!MARKERS.test(document)) throw new Refusal("ARCHITECTURE.md has no place for the drawing of the modules");
  const drawings = [...crates].map(([crate, graph]) => `\`${crate}/src\`\n\n\`\`\`\n${drawingOf(graph)}\n\`\`\`\n\n`);
  return document.replace(MARKERS, (_, begin, end) => `${begin}\n${drawings.join("")}${end}`);
}

/** @returns {Promise<Map<string, Graph>>} */
export const allGraphs = async () =>
  new Map(
    await Promise.all(CRATES.map(async (crate) => /** @type {const} */ ([crate, importsOf(await sourcesOf(crate))]))),
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => {
    const document = await readFile(at("ARCHITECTURE.md"), "utf8");
    await writeFile(at("ARCHITECTURE.md"), withDrawing(document, await allGraphs()));
  });
}
