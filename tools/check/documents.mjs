// The documents name files, such as the tests of a property. Each link and each path in them must lead to a
// tracked file.
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { run } from "../run.mjs";

/** A path of a source file in a code span, from the root or from a folder that the text is about. */
const PATH = /`([\w.-]+(?:\/[\w.-]+)+\.(?:rs|tsx?|mjs|toml|conf|md))`/g;
const LINK = /\]\(([^)\s]+)\)/g;
/** A command that installs a package whose name begins like ours, and the name. */
const INSTALL =
  /\b(?:npm (?:i|install|add|create|init)|npx|pnpm (?:add|create|dlx)|yarn (?:add|create)|bun add) (?:-\S+ )*(latchkey[\w-]*)/g;
/** The names of ours on the registry. The bare name belongs to another project. */
const PACKAGES = ["latchkey-auth", "latchkey-worker", "create-latchkey-auth"];
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
  const problems = names.flatMap((name) => problemsOf(name, texts, files));
  if (problems.length > 0) throw new Refusal(problems.join("\n"));
}

/**
 * @param {string} name The document.
 * @param {Documents} texts
 * @param {readonly string[]} files Every tracked file.
 * @returns {string[]} One line for each link or path that leads nowhere.
 */
export function problemsOf(name, texts, files) {
  const whole = texts.get(name) ?? "";
  const text = whole.replaceAll(CODE, "");
  const installed = [...whole.matchAll(INSTALL)].map(([, found = ""]) => found);
  const foreign = installed.filter((found) => !PACKAGES.includes(found));
  const exists = (/** @type {string} */ path) => files.some((file) => file === path || file.startsWith(`${path}/`));
  const links = [...text.matchAll(LINK)].map(([, target = ""]) => target).filter((target) => !/^\w+:/.test(target));
  const brokenLinks = links.filter((target) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? name : posix.join(posix.dirname(name), path);
    return !exists(file) || (anchor !== undefined && !anchorsOf(texts.get(file) ?? "").includes(anchor));
  });
  const paths = [...text.matchAll(PATH)].map(([, path = ""]) => path);
  const unknownPaths = paths.filter((path) => !files.some((file) => file === path || file.endsWith(`/${path}`)));
  return [
    ...foreign.map((found) => `${name}: found an install of ${found}, expected one of ${PACKAGES.join(", ")}`),
    ...brokenLinks.map((target) => `${name}: the link ${target} leads to no tracked file or heading`),
    ...unknownPaths.map((path) => `${name}: \`${path}\` is the path of no tracked file`),
  ];
}

/** @param {string} text @returns {string[]} The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text) {
  const headings = [...text.replaceAll(CODE, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
