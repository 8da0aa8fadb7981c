// The npm packages of this project that are published: the workspaces that are not private.
import { readFile } from "node:fs/promises";
import { at } from "./paths.mjs";

/** @typedef {{ name: string, version: string, folder: string }} Package */

/** @returns {Promise<Package[]>} */
export async function publicPackages() {
  const { workspaces } = await manifestOf(".");
  const manifests = await Promise.all(
    workspaces.map(async (/** @type {string} */ folder) => ({ folder, ...(await manifestOf(folder)) })),
  );
  return manifests
    .filter((each) => each.private !== true)
    .map(({ name, version, folder }) => ({ name, version, folder }));
}

/** @param {string} folder */
const manifestOf = async (folder) => JSON.parse(await readFile(at(folder, "package.json"), "utf8"));
