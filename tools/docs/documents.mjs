// The documents of the site: which files they are, and where each one is on the site.
import { relative } from "node:path";
import { filesUnder } from "../files.mjs";
import { at, root } from "../paths.mjs";

/** The document that orders all others; the site's navigation is made from it. */
export const INDEX = "docs/README.md";

/** Documents outside `docs/`, by their path from the root, and their addresses on the site. */
export const OUTSIDE = new Map([
  ["README.md", "overview"],
  ["ARCHITECTURE.md", "architecture"],
  ["SECURITY.md", "security"],
  ["edge-worker/OPERATIONS.md", "operations"],
  ["edge-worker/STORAGE.md", "storage"],
  ["create-app/README.md", "new-app"],
  ["edge-worker/package/README.md", "worker-package"],
  ["sdk-wasm/README.md", "package"],
  ["tests/CHECKS.md", "checks"],
]);

/**
 * @param {string} file A path from the root.
 * @returns {string | undefined} The document's address below `/docs/`, empty for the index; `undefined` if the file is
 *   not a document of the site.
 */
export function addressOf(file) {
  if (file === INDEX) return "";
  if (/^docs\/.*\.md$/.test(file)) return file.slice("docs/".length, -".md".length);
  return OUTSIDE.get(file);
}

/** @returns {Promise<string[]>} The documents of the site, as paths from the root. */
export async function siteDocuments() {
  const inDocs = (await filesUnder(at("docs"))).map((file) => relative(root, file));
  return [...OUTSIDE.keys(), ...inDocs].filter((file) => addressOf(file) !== undefined);
}

/** @param {string} from @param {string} to Addresses below `/docs/`. @returns {string} A relative URL. */
export function relativeUrl(from, to) {
  const up = "../".repeat(from.split("/").length - 1);
  return `${up}${to}` || "./";
}
