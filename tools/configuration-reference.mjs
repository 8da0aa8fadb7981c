// Writes the tables of keys into the documents, from worker-config. A test in worker-config/src/reference.rs fails if a
// document has another table.
//   node tools/configuration-reference.mjs
import { readFile, writeFile } from "node:fs/promises";
import { configReference } from "./build/config-check.mjs";
import { at } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";

const DOCUMENTS = ["docs/configuration.md", "docs/limits-and-passwords.md"];
const TABLE =
  /(<!-- keys of (\S+): written by tools\/configuration-reference\.mjs -->\n)[\s\S]*?(<!-- end of keys -->)/g;

await runMain(async () => {
  const { tables } = await configReference();
  const written = new Set();
  for (const document of DOCUMENTS) {
    const text = await readFile(at(document), "utf8");
    const changed = text.replaceAll(TABLE, (_, begin, path, end) => {
      const table = tables[path];
      if (table === undefined) throw new Refusal(`${document}: the configuration has no table ${path}`);
      written.add(path);
      return `${begin}\n${table}\n${end}`;
    });
    if (changed !== text) await writeFile(at(document), changed);
  }
  const missing = Object.keys(tables).filter((path) => !written.has(path));
  if (missing.length > 0) throw new Refusal(`No document has a place for the keys of ${missing.join(", ")}`);
});
