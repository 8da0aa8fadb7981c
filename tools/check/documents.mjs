// The documents name files, such as the tests of a property. Each link and each path in them must lead to a tracked
// file, each link between documents of the site to another document of the site, and each command and import to a
// package of ours.
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { addressOf, INDEX } from "../docs/documents.mjs";
import { anchorsOf, targetsOf } from "../docs/markdown.mjs";
import { outlineOf } from "../docs/outline.mjs";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { run } from "../run.mjs";
import { foreignPackages, PACKAGES } from "./package-names.mjs";

/** A path of a source file in a code span, from the root or from a folder that the text is about. */
const PATH = /`([\w.-]+(?:\/[\w.-]+)+\.(?:rs|tsx?|mjs|toml|conf|md))`/g;
const CODE = /^ *```.*?^ *```/gms;

/** @typedef {ReadonlyMap<string, string>} Documents The text of each Markdown file, by its path from the root. */

export async function documents() {
  const files = (await run("git", ["ls-files", "-z"])).stdout.split("\0").filter((file) => file !== "");
  const names = files.filter((file) => file.endsWith(".md"));
  const texts = new Map(
    await Promise.all(
      names.map(async (name) => /** @type {const} */ ([name, await readFile(at(...name.split("/")), "utf8")])),
    ),
  );
  const problems = [...names.flatMap((name) => problemsOf(name, texts, files)), ...unlisted(texts)];
  if (problems.length > 0) throw new Refusal(problems.join("\n"));
}

/**
 * @param {string} name The document.
 * @param {Documents} texts
 * @param {readonly string[]} files Every tracked file.
 * @returns {string[]} One line for each link or path that leads nowhere, and each package that isn't ours.
 */
export function problemsOf(name, texts, files) {
  const text = texts.get(name) ?? "";
  const exists = (/** @type {string} */ path) => files.some((file) => file === path || file.startsWith(`${path}/`));
  const links = targetsOf(text).filter((target) => !/^\w+:/.test(target));
  const brokenLinks = links.filter((target) => {
    const { file, anchor } = resolve(name, target);
    return !exists(file) || (anchor !== undefined && !anchorsOf(texts.get(file) ?? "").includes(anchor));
  });
  const offSite = links.filter((target) => {
    const { file } = resolve(name, target);
    return exists(file) && isOnSite(name) && !isOnSite(file);
  });
  const paths = [...text.replaceAll(CODE, "").matchAll(PATH)].map(([, path = ""]) => path);
  const unknownPaths = paths.filter((path) => !files.some((file) => file === path || file.endsWith(`/${path}`)));
  return [
    ...foreignPackages(text).map(
      (found) => `${name}: found the package ${found}, expected one of ${PACKAGES.join(", ")}`,
    ),
    ...brokenLinks.map((target) => `${name}: the link ${target} leads to no tracked file or heading`),
    ...offSite.map((target) => `${name}: the link ${target} leads to a file that is not on the site of the documents`),
    ...unknownPaths.map((path) => `${name}: \`${path}\` is the path of no tracked file`),
  ];
}

/** @param {Documents} texts @returns {string[]} One line for each document of the site that its index does not list. */
export function unlisted(texts) {
  const listed = outlineOf(texts.get(INDEX) ?? "").flatMap(({ entries }) => entries.map(({ address }) => address));
  return [...texts.keys()]
    .filter((file) => file !== INDEX && addressOf(file) !== undefined && !listed.includes(addressOf(file) ?? ""))
    .map((file) => `${INDEX}: does not list ${file}`);
}

/** @param {string} name The document. @param {string} target Of a link in it. */
function resolve(name, target) {
  const [path = "", anchor] = target.split("#");
  return { file: path === "" ? name : posix.join(posix.dirname(name), decodeURI(path)), anchor };
}

/** Pictures are copied to the site with the documents. @param {string} file */
const isOnSite = (file) => addressOf(file) !== undefined || file.startsWith("docs/pictures/");
