// Writes docs/errors.md from the error codes in auth-core. `npm run check` fails if the file is another.
//   node tools/error-reference.mjs
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { errorCodes } from "./build/codes.mjs";
import { at } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";

const FILE = "docs/errors.md";

export async function errorReference() {
  if ((await readFile(at(FILE), "utf8")) === (await errorCodes("reference"))) return;
  throw new Refusal(`${FILE} does not match the error codes in auth-core. Write it by: node tools/error-reference.mjs`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => writeFile(at(FILE), await errorCodes("reference")));
}
