// The documentation as a site of static files: Markdown in, HTML, one stylesheet, one script and the search's index
// out.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { at } from "../paths.mjs";
import { apiReference } from "./api.mjs";
import { addressOf, INDEX, siteDocuments } from "./documents.mjs";
import { newHighlighter } from "./highlight.mjs";
import { layout } from "./layout.mjs";
import { outlineOf } from "./outline.mjs";
import { newPageMaker } from "./pages.mjs";

const PICTURES = "docs/pictures";

/** Pictures are where they are in `docs/`. @param {string} file */
const addressOfFile = (file) => (file.startsWith(`${PICTURES}/`) ? file.slice("docs/".length) : addressOf(file));

/** @param {string} to The directory of the site, which is replaced. */
export async function buildSite(to) {
  const files = await siteDocuments();
  const texts = await Promise.all(files.map((file) => readFile(at(file), "utf8")));
  const written = files.map((file, index) => ({ file, text: texts[index] ?? "" }));
  const reference = await apiReference();
  const documents = [...written, ...reference];
  const titles = new Map(documents.map(({ file, text }) => [file, /^# (.*)$/m.exec(text)?.[1] ?? file]));
  const pages = documents.map(newPageMaker(await newHighlighter(), addressOfFile, titles));
  const outline = outlineOf(written.find(({ file }) => file === INDEX)?.text ?? "");
  const api = reference.map(({ file, text }) => ({
    address: addressOf(file) ?? "",
    title: text.slice(2, text.indexOf("\n")),
  }));
  outline.push({ title: "API reference", entries: api });

  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  for (const page of pages) await write(to, `${page.address || "index"}.html`, layout(page, outline));
  const styles = await Promise.all(
    ["demo-app/src/styles/tokens.css", "tools/docs/theme/docs.css"].map((file) => readFile(at(file), "utf8")),
  );
  await write(to, "docs.css", styles.join("\n"));
  await write(to, "docs.js", await readFile(at("tools/docs/theme/docs.js"), "utf8"));
  await write(to, "search.json", JSON.stringify(pages.flatMap(entriesOf)));
  await cp(at(PICTURES), join(to, "pictures"), { recursive: true }).catch(() => {});
}

/** @param {import("./pages.mjs").Page} page What the search finds: the sections, with their addresses. */
function entriesOf({ address, title, sections }) {
  return sections.map(({ heading, id, text }) => ({
    page: title,
    heading,
    url: `${address}#${id}`,
    text: text.trim(),
  }));
}

/** @param {string} to @param {string} file @param {string} text */
async function write(to, file, text) {
  await mkdir(dirname(join(to, file)), { recursive: true });
  await writeFile(join(to, file), text);
}
