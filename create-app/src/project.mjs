// Writes a project from the templates: the base, then what differs by frontend, then what differs by API.
import { appendFile, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Mistake } from "./mistake.mjs";

const TEMPLATES = fileURLToPath(new URL("../templates", import.meta.url));

/** In the templates, the project's name. */
const NAME = "my-app";
/** The files of the templates that contain it. */
const WITH_NAME = ["index.html", "README.md", "wrangler.toml"];

/** What the templates of the frontends do not know. @type {Readonly<Record<import("./options.mjs").Api, (viteConfig: string) => string>>} */
const WITH_API = {
  worker: (text) => text,
  url: (text) => text.replace("latchkey()", 'latchkey({ api: "npm run api" })'),
};

/** The first version of Node that runs all of a project: wrangler, Vitest, and TypeScript without a build. */
const NODE = { major: 22, minor: 18 };
/** Installed into the project if the user's own Node is older. */
const NEWER_NODE = "24.21.0";

/**
 * The Trusted Types policies of the frameworks, which public/_headers has to allow besides the vault's.
 * @type {Readonly<Record<import("./options.mjs").Frontend, string>>}
 */
const POLICIES = { react: "latchkey", vue: "latchkey vue", svelte: "latchkey svelte-trusted-html", plain: "latchkey" };

/** @typedef {import("./options.mjs").Options & import("./ask.mjs").Choices} Project */
/** @typedef {{ [key: string]: any }} Manifest */

/** @param {Project} project */
export async function writeProject({ name, folder, frontend, api, packages }) {
  if ((await readdir(folder).catch(() => [])).length > 0) {
    throw new Mistake(`${folder} is not empty. Choose another name, or remove what is in it.`);
  }
  const own = await ownPackages(packages);
  /** @type {Manifest} */
  let manifest = {};
  for (const layer of ["base", frontend, api]) {
    for (const file of await filesOf(join(TEMPLATES, layer))) {
      const from = join(TEMPLATES, layer, file);
      if (file === "package.json") {
        manifest = merge(manifest, JSON.parse(await readFile(from, "utf8")));
        continue;
      }
      // npm leaves .gitignore out of packages.
      const to = join(folder, dirname(file), basename(file).replace(/^_git/, ".git"));
      await mkdir(dirname(to), { recursive: true });
      if (file === "README.md") await appendFile(to, await readFile(from));
      else await copyFile(from, to);
    }
  }
  for (const file of WITH_NAME) await rewrite(join(folder, file), (text) => text.replaceAll(NAME, name));
  await rewrite(join(folder, "vite.config.ts"), WITH_API[api]);
  await rewrite(join(folder, "public", "_headers"), (text) =>
    text.replace("trusted-types latchkey", `trusted-types ${POLICIES[frontend]}`),
  );
  const complete = withNode(manifest, process.versions.node);
  const text = JSON.stringify(
    {
      name,
      private: true,
      type: "module",
      ...complete,
      dependencies: sorted({ ...complete.dependencies, ...own }),
      devDependencies: sorted(complete.devDependencies),
    },
    null,
    2,
  );
  await writeFile(join(folder, "package.json"), `${text}\n`);
}

/**
 * Latchkey's packages, which are released together: from the registry, or as tarballs.
 *
 * @param {string | undefined} folder The folder of the tarballs. @returns {Promise<{ [name: string]: string }>}
 */
async function ownPackages(folder) {
  const names = ["latchkey-auth", "latchkey-worker"];
  if (folder === undefined) {
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    return Object.fromEntries(names.map((name) => [name, `^${version}`]));
  }
  const files = await readdir(folder).catch(() => {
    throw new Mistake(`--packages: there is no folder ${folder}.`);
  });
  return Object.fromEntries(
    names.map((name) => {
      const file = files.find((each) => each.startsWith(`${name}-`) && each.endsWith(".tgz"));
      if (file === undefined) throw new Mistake(`--packages: there is no ${name}-….tgz in ${folder}.`);
      return [name, `file:${join(folder, file)}`];
    }),
  );
}

/** @param {string} file @param {(text: string) => string} change */
const rewrite = async (file, change) => writeFile(file, change(await readFile(file, "utf8")));

/** @param {string} folder @returns {Promise<string[]>} the paths of its files, from the folder */
async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/**
 * Objects are merged. Of a script that both have, both parts run, one after the other.
 *
 * @param {Manifest} base @param {Manifest} more @returns {Manifest}
 */
export function merge(base, more) {
  const merged = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const old = base[key];
    merged[key] = old === undefined ? value : typeof old === "string" ? `${old} && ${value}` : merge(old, value);
  }
  return merged;
}

/** Adds a newer Node, if this version is too old for the project. @param {Manifest} manifest @param {string} version @returns {Manifest} */
export function withNode(manifest, version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NODE.major || (major === NODE.major && minor >= NODE.minor)) return manifest;
  return merge(manifest, { devDependencies: { node: NEWER_NODE }, allowScripts: { node: true } });
}

/** @param {{ [name: string]: string }} table */
const sorted = (table) => Object.fromEntries(Object.entries(table).toSorted(([a], [b]) => (a < b ? -1 : 1)));
