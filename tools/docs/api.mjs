// The API reference: Markdown that TypeDoc writes from the package's declarations. TypeDoc needs a TypeScript with a
// JavaScript API, so this folder has an older one than the rest of the project.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { posix } from "node:path";
import { Application } from "typedoc";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { anchorsOf } from "./markdown.mjs";

/** The packages with declarations. */
const PACKAGES = ["sdk-wasm", "edge-worker/package"];

/**
 * The packages' entry points with declarations: the name by which programs import each, and the name of its page.
 * @returns {Promise<{ name: string, title: string, file: string }[]>}
 */
async function entryPoints() {
  const found = await Promise.all(
    PACKAGES.map(async (dir) => {
      const { name, exports } = JSON.parse(await readFile(at(dir, "package.json"), "utf8"));
      // A pattern such as `./texts/*` stands for modules that are alike; the types that they use are on other pages.
      return Object.entries(exports).flatMap(([path, { types }]) =>
        types && !path.includes("*")
          ? [{ name: pageOf(name + path.slice(1)), title: name + path.slice(1), file: posix.join(dir, types) }]
          : [],
      );
    }),
  );
  return found.flat();
}

/** `latchkey-auth/react` has the page `react`, `latchkey-auth` the page `client`. @param {string} title */
const pageOf = (title) =>
  title === "latchkey-auth" ? "client" : title.replace("latchkey-auth/", "").replace("/", "-");

const DIR = at("target", "latchkey", "api-reference");

/** @returns {Promise<import("./pages.mjs").Document[]>} The pages, as if they were files of `docs/api/`. */
export async function apiReference() {
  await rm(DIR, { recursive: true, force: true });
  await mkdir(`${DIR}/modules`, { recursive: true });
  const modules = await entryPoints();
  // TypeDoc names a page after its file, so each entry point gets a file with the name of its page.
  const files = await Promise.all(modules.map(writeModule));
  const compilerOptions = {
    ...{ target: "es2023", module: "esnext", moduleResolution: "bundler", strict: true, skipLibCheck: true },
    ...{ lib: ["ES2023", "DOM", "DOM.Iterable"], types: [] },
  };
  await writeFile(`${DIR}/tsconfig.json`, JSON.stringify({ compilerOptions, files }));
  const options = {
    ...{ entryPoints: files, tsconfig: `${DIR}/tsconfig.json`, plugin: ["typedoc-plugin-markdown"], readme: "none" },
    ...{ sort: ["source-order"], groupOrder: ["Functions", "Interfaces", "Classes", "Type Aliases"] },
    ...{ excludeExternals: true, excludeInternal: true, excludePrivate: true, disableSources: true },
    ...{ outputs: [{ name: "markdown", path: `${DIR}/pages` }], logLevel: "Error" },
    ...{
      outputFileStrategy: "modules",
      hidePageHeader: true,
      hideBreadcrumbs: true,
      useHTMLAnchors: false,
      hidePageTitle: true,
    },
    // Lists, because tables would contain HTML.
    ...{
      interfacePropertiesFormat: "list",
      typeDeclarationFormat: "list",
      parametersFormat: "table",
      useCodeBlocks: true,
    },
  };
  const application = await Application.bootstrapWithPlugins(/** @type {any} */ (options));
  const project = await application.convert();
  if (!project) throw new Refusal("TypeDoc could not read the package's declarations.");
  await application.generateOutputs(project);
  const texts = await Promise.all(modules.map(({ name }) => readFile(`${DIR}/pages/${name}.md`, "utf8")));
  const anchors = new Map(modules.map(({ name }, index) => [`${name}.md`, anchorsOf(texts[index] ?? "")]));
  return modules.map(({ name, title }, index) => {
    const body = repaired(texts[index] ?? "", `${name}.md`, anchors);
    return { file: `docs/api/${name}.md`, text: `# ${title}\n\n${body}` };
  });
}

/** @param {{ name: string, file: string }} module @returns {Promise<string>} The file that exports what the entry point does. */
async function writeModule({ name, file }) {
  const from = JSON.stringify(at(file).replace(/\.d\.ts$/, ".js"));
  const hasDefault = /^export default /m.test(await readFile(at(file), "utf8"));
  const path = `${DIR}/modules/${name}.ts`;
  await writeFile(path, `export * from ${from};\n${hasDefault ? `export { default } from ${from};\n` : ""}`);
  return path;
}

/**
 * TypeDoc counts more headings of one name than it writes, so some links lead to `#name-3` where the last one is
 * `#name-1`. Its name for parameters without a name is not one for readers. @param {string} markdown @param {string}
 * own The page's name. @param {ReadonlyMap<string, readonly string[]>} anchors Those of each page.
 */
function repaired(markdown, own, anchors) {
  const text = markdown.replaceAll("__namedParameters", "options");
  return text.replaceAll(/\]\(([\w-]+\.md)?#([\w-]+?)-\d+\)/g, (link, page = "", name) => {
    const existing = anchors.get(page || own) ?? [];
    const last = existing.findLast((anchor) => anchor === name || anchor.replace(/-\d+$/, "") === name);
    return existing.includes(link.slice(link.indexOf("#") + 1, -1)) || !last ? link : `](${page}#${last})`;
  });
}
