// The built site of the documents: what the build has written into the demo.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, posix, relative } from "node:path";
import { test } from "node:test";
import { filesUnder } from "../files.mjs";
import { at } from "../paths.mjs";

const SITE = at("demo-app/dist/docs");
const names = (await filesUnder(SITE)).map((file) => relative(SITE, file));
const pages = new Map(
  await Promise.all(
    names
      .filter((name) => name.endsWith(".html"))
      .map(async (name) => /** @type {const} */ ([name, await readFile(join(SITE, name), "utf8")])),
  ),
);
/** @param {string} html @param {string} name @returns {string[]} The values of this attribute. */
const attributes = (html, name) =>
  [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, "g"))].map(([, value = ""]) => value);

test("the site has a page for each document and each module of the package", () => {
  const expected = [
    "index",
    "overview",
    "security",
    "gate",
    "api/client",
    "api/devtools",
    "api/react",
    "api/return-to",
    "api/vue",
    "api/svelte",
    "api/testing",
    "api/server",
    "api/latchkey-worker",
    "api/latchkey-worker-vite",
  ];
  for (const name of expected) assert.ok(pages.has(`${name}.html`), name);
});

test("every link and file that a page names exists, and so does every heading", () => {
  const broken = [];
  for (const [name, html] of pages) {
    for (const target of [...attributes(html, "href"), ...attributes(html, "src")]) {
      if (/^https?:/.test(target)) continue;
      const [path = "", id] = target.split("#");
      const joined = path === "" ? name : posix.join(posix.dirname(name), path);
      if (["..", "../favicon.svg"].includes(joined.replace(/\/$/, ""))) continue; // The demo's own.
      const file = joined === "./" || joined === "." ? "index.html" : joined;
      const found = [file, `${file}.html`].find((each) => names.includes(each));
      if (!found) broken.push(`${name}: ${target}`);
      else if (id && !attributes(pages.get(found) ?? "", "id").includes(id)) broken.push(`${name}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

test("no page has an inline script, style or handler, which the demo's policy would block", () => {
  for (const [name, html] of pages) {
    const tags = html.match(/<[a-z][^>]*>/g) ?? [];
    assert.deepEqual(
      tags.filter((tag) => / (style|on\w+)="/.test(tag) || /^<style/.test(tag)),
      [],
      name,
    );
    assert.deepEqual(
      tags.filter(
        (tag) => tag.startsWith("<script") && !/ src="[^"]+docs\.js"/.test(tag) && !/ src="docs\.js"/.test(tag),
      ),
      [],
      name,
    );
  }
});

test("every page has one title, headings that skip no level, and one link to itself in the navigation", () => {
  for (const [name, html] of pages) {
    const levels = [...html.slice(html.indexOf("<article>")).matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    assert.deepEqual(levels.filter((level) => level === 1).length, 1, name);
    const skipped = levels.filter((level, index) => index > 0 && level > (levels[index - 1] ?? 0) + 1);
    assert.deepEqual(skipped, [], name);
    if (name !== "index.html") assert.equal(html.match(/aria-current="page"/g)?.length, 1, name);
    const ids = attributes(html, "id");
    assert.equal(new Set(ids).size, ids.length, `${name}: ids are unique`);
  }
});

test("every header cell of a table has a text", () => {
  const empty = [...pages].filter(([, html]) => /<th[^>]*>\s*<\/th>/.test(html)).map(([name]) => name);
  assert.deepEqual(empty, []);
});

test("the search finds every heading at an address that exists", async () => {
  const index = JSON.parse(await readFile(join(SITE, "search.json"), "utf8"));
  assert.ok(index.length > 300, String(index.length));
  for (const { url } of index) {
    const [address, id] = url.split("#");
    assert.ok(attributes(pages.get(`${address || "index"}.html`) ?? "", "id").includes(id), url);
  }
});
