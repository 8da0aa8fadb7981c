// docs/oauth-requirements.md: every test that it names exists, and its counts are those of its rows.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./blocks.ts";

const FILE = "docs/oauth-requirements.md";
const LEFT_OUT = "left out: ";

interface Requirement {
  document: string;
  level: string;
  shownBy: string;
}

const text = await readFile(join(root, FILE), "utf8");
/** The cells of each table row of a section, without its head. */
const rows = (section: string): string[][] =>
  section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
    .slice(2);
const sections = text.split(/^## /m).slice(1);
const section = (name: string) => sections.find((each) => each.startsWith(`${name}\n`)) ?? assert.fail(name);
const requirements: Requirement[] = sections
  .filter((each) => !/^(Counts|Attacks|Tests)\n/.test(each))
  .flatMap((each) =>
    rows(each).map(([, level = "", , , shownBy = ""]) => ({ document: each.split("\n")[0] ?? "", level, shownBy })),
  );
const tests = rows(section("Tests")).map(([name = "", file = "", title = ""]) => ({
  name,
  file: file.replaceAll("`", ""),
  title,
}));

test("every requirement and every attack names tests of the list, or says why it is left out", () => {
  const known = new Set(tests.map(({ name }) => name));
  assert.equal(known.size, tests.length, "no name twice");
  assert.ok(requirements.length > 150);
  const used = new Set<string>();
  const attacks = rows(section("Attacks"));
  assert.ok(attacks.length > 15);
  for (const [attack = "", shownBy = ""] of attacks)
    for (const name of shownBy.split(", ")) {
      assert.ok(known.has(name), `${attack}: the list of tests has no ${name}`);
      used.add(name);
    }
  for (const { document, level, shownBy } of requirements) {
    assert.match(level, /^(MUST|SHOULD|MAY)$/, document);
    if (shownBy.startsWith(LEFT_OUT)) {
      assert.ok(shownBy.length > LEFT_OUT.length + 20, `${document}: ${shownBy}`);
      continue;
    }
    for (const name of shownBy.split(", ")) {
      assert.ok(known.has(name), `${document}: the list of tests has no ${name}`);
      used.add(name);
    }
  }
  assert.deepEqual(
    [...known].filter((name) => !used.has(name)),
    [],
    "every test of the list shows a requirement or an attack",
  );
});

test("every test of the list exists", async () => {
  const missing: string[] = [];
  for (const { name, file, title } of tests) {
    const source = await readFile(join(root, file), "utf8").catch(() => "");
    const exists = file.endsWith(".rs")
      ? new RegExp(`fn ${title}\\(`).test(source)
      : ['"', "`", "'"].some((quote) => source.includes(`${quote}${title.replaceAll("\\", "\\\\")}${quote}`));
    if (!exists) missing.push(`${name}: ${file} has no test "${title}"`);
  }
  assert.deepEqual(missing, []);
});

test("the counts are those of the rows", () => {
  const documents = [...new Set(requirements.map(({ document }) => document))];
  const count = (of: Requirement[]) => {
    const isLeftOut = ({ shownBy }: Requirement) => shownBy.startsWith(LEFT_OUT);
    return ["MUST", "SHOULD", "MAY"].flatMap((level) => {
      const some = of.filter((each) => each.level === level);
      return [some.filter((each) => !isLeftOut(each)).length, some.filter(isLeftOut).length].map(String);
    });
  };
  const expected = documents.map((document) => [
    document,
    ...count(requirements.filter((each) => each.document === document)),
  ]);
  expected.push(["**all**", ...count(requirements)]);
  assert.deepEqual(rows(section("Counts")), expected);
});
