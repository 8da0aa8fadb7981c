// docs/server-rendering.md shows files of the apps that tests/packaging builds and runs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./blocks.ts";

const APPS = join(root, "tests", "packaging", "apps", "rendered");
/** The folders of the apps, by the headings of the document. */
const FOLDERS = { "Next.js": "next", SvelteKit: "sveltekit", Nuxt: "nuxt", "React Router": "react-router" };
/** The path of a file, on a line of its own, and its block. */
const FILE = /^`([^`]+)`:\n\n<!-- [^\n]+ -->\n```\w+\n(.*?)^```/gms;

const text = await readFile(join(root, "docs", "server-rendering.md"), "utf8");
const sections = text.split(/^## /m);

for (const [heading, folder] of Object.entries(FOLDERS)) {
  test(`the files of ${heading} are those of the tested app`, async () => {
    const section = sections.find((each) => each.startsWith(`${heading}\n`)) ?? "";
    const files = [...section.matchAll(FILE)];
    assert.ok(files.length >= 2, "the section shows files");
    assert.equal(files.length, section.split("```").length >> 1, "every block has its path");
    for (const [, path = "", code] of files) {
      assert.equal(code, await readFile(join(APPS, folder, path), "utf8"), `${folder}/${path}`);
    }
  });
}
