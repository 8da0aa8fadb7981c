// The list of the most common passwords that the Worker rejects, made from the npm package `@zxcvbn-ts/language-common`
// (MIT): the 10,000 most common of those that are long enough to be chosen, in lower case, sorted. Each line begins with
// a letter that says how many characters the password has in common with the one before (`a`: none), and continues with
// the others. This halves the list, and makes it a quarter smaller where the Worker is compressed.
//
//   node tools/common-passwords.mjs     after that package's version has changed
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { at } from "./paths.mjs";
import { runMain } from "./refusal.mjs";

const COUNT = 10_000;
/** The minimum number of characters of a password (`auth-core/src/wire/password.rs`). */
const MIN_LENGTH = 8;

export const listFile = at("edge-worker", "src", "passwords", "common", "list.txt");

/** @returns {Promise<string>} The list: one password per line. */
export async function commonPasswords() {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  const inOrder = dictionary["passwords-common"].map((password) => password.toLowerCase());
  const possible = new Set(inOrder.filter((password) => [...password].length >= MIN_LENGTH));
  const most = [...possible].slice(0, COUNT).sort();
  return most.map((password, at) => `${withoutShared(most[at - 1] ?? "", password)}\n`).join("");
}

/** @param {string} before @param {string} password */
function withoutShared(before, password) {
  let shared = 0;
  while (shared < before.length && before[shared] === password[shared]) shared++;
  return String.fromCharCode("a".charCodeAt(0) + shared) + password.slice(shared);
}

/** @returns {Promise<boolean>} whether the file is the one generated from the package */
export const listIsCurrent = async () => (await readFile(listFile, "utf8")) === (await commonPasswords());

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => writeFile(listFile, await commonPasswords()));
}
