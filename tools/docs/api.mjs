// The API reference: Markdown that TypeDoc writes from the package's declarations. TypeDoc needs a TypeScript with a JavaScript
// API, so this folder has an older one than the rest of the project.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { Application } from "typedoc";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { anchorsOf } from "./markdown.mjs";

/** The package's entry points with declarations, by the names of their pages, and the names by which apps import them. */
export const MODULES = [
  { name: "client", title: "latchkey-auth", file: "sdk-wasm/dist/index.d.ts" },
  { name: "react", title: "latchkey-auth/react", file: "sdk-wasm/dist/react/index.d.ts" },
  { name: "vue", title: "latchkey-auth/vue", file: "sdk-wasm/dist/vue/index.d.ts" },
  { name: "svelte", title: "latchkey-auth/svelte", file: "sdk-wasm/dist/svelte/index.d.ts" },
  { name: "testing", title: "latchkey-auth/testing", file: "sdk-wasm/dist/testing/index.d.ts" },
];

const DIR = at("target", "latchkey", "api-reference");

/** @returns {Promise<import("./pages.mjs").Document[]>} The pages, as if they were files of `docs/api/`. */
export async function apiReference() {
  await rm(DIR, { recursive: true, force: true });
  await mkdir(DIR, { recursive: true });
  const compilerOptions = {
    ...{ target: "es2023", module: "esnext", moduleResolution: "bundler", strict: true, skipLibCheck: true },
    ...{ lib: ["ES2023", "DOM", "DOM.Iterable"], types: [] },
  };
  const files = MODULES.map(({ file }) => at(file));
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
  return Promise.all(
    MODULES.map(async ({ name, title, file }) => {
      const page = file.replace("sdk-wasm/dist/", "").replace("/index.d.ts", "").replace(".d.ts", "");
      const body = repaired(await readFile(`${DIR}/pages/${page}.md`, "utf8"));
      return { file: `docs/api/${name}.md`, text: `# ${title}\n\n${body}` };
    }),
  );
}

/**
 * TypeDoc counts more headings of one name than it writes, so some links lead to `#name-3` where the last one is `#name-1`.
 * It also has its own names for the page of the first module and for parameters without a name.
 * @param {string} markdown
 */
function repaired(markdown) {
  const text = markdown.replaceAll("](index.md", "](client.md").replaceAll("__namedParameters", "options");
  const anchors = anchorsOf(text);
  return text.replaceAll(/\]\(#([\w-]+?)-\d+\)/g, (link, name) => {
    const last = anchors.findLast((anchor) => anchor === name || anchor.replace(/-\d+$/, "") === name);
    return anchors.includes(link.slice(3, -1)) || !last ? link : `](#${last})`;
  });
}
