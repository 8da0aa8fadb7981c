// docs/oauth-requirements.md: every requirement names tests of its list or says why it is left out, every test of the
// list exists, and the counts are those of the rows.
import { readFile } from "node:fs/promises";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";

const FILE = "docs/oauth-requirements.md";
const LEFT_OUT = "left out: ";
const LEVELS = ["MUST", "SHOULD", "MAY"];
/** The sections that list no requirements. */
const OTHERS = ["Counts", "Attacks", "Tests"];
/** A reason in fewer characters is none. */
const SHORTEST_REASON = 20;

/** @typedef {{ document: string, level: string, shownBy: string }} Requirement */

export async function oauthRequirements() {
  const text = await readFile(at(...FILE.split("/")), "utf8");
  const problems = await requirementProblems(text, (file) => readFile(at(...file.split("/")), "utf8").catch(() => ""));
  if (problems.length > 0) throw new Refusal(problems.map((problem) => `${FILE}: ${problem}`).join("\n"));
}

/**
 * @param {string} text The document.
 * @param {(file: string) => Promise<string>} sourceOf A file's text, by its path from the root; empty if there is none.
 * @returns {Promise<string[]>} One line for each problem.
 */
export async function requirementProblems(text, sourceOf) {
  const sections = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => /** @type {const} */ ([section.split("\n")[0] ?? "", rowsOf(section)])),
  );
  const requirements = [...sections]
    .filter(([name]) => !OTHERS.includes(name))
    .flatMap(([document, rows]) => rows.map(([, level = "", , , shownBy = ""]) => ({ document, level, shownBy })));
  const attacks = (sections.get("Attacks") ?? []).map(([attack = "", shownBy = ""]) => ({ document: attack, shownBy }));
  const tests = (sections.get("Tests") ?? []).map(([name = "", file = "", title = ""]) => ({
    name,
    file: file.replaceAll("`", ""),
    title,
  }));
  const names = tests.map(({ name }) => name);
  const shown = [...requirements.filter((each) => !isLeftOut(each)), ...attacks].flatMap(({ document, shownBy }) =>
    shownBy.split(", ").map((name) => ({ document, name })),
  );
  const missing = await Promise.all(
    tests.map(async ({ name, file, title }) =>
      hasTest(file, await sourceOf(file), title) ? [] : `${name}: ${file} has no test "${title}"`,
    ),
  );
  return [
    ...requirements
      .filter(({ level }) => !LEVELS.includes(level))
      .map(({ document, level }) => `${document}: found the level "${level}", expected one of ${LEVELS.join(", ")}`),
    ...requirements
      .filter((each) => isLeftOut(each) && each.shownBy.length <= LEFT_OUT.length + SHORTEST_REASON)
      .map(({ document, shownBy }) => `${document}: "${shownBy}" is no reason`),
    ...shown
      .filter(({ name }) => !names.includes(name))
      .map(({ document, name }) => `${document}: the list of tests has no "${name}"`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is in the list twice`),
    ...names
      .filter((name) => !shown.some((each) => each.name === name))
      .map((name) => `${name} shows no requirement and no attack`),
    ...missing.flat(),
    ...countProblems(requirements, sections.get("Counts") ?? []),
  ];
}

/** @param {Requirement[]} requirements @param {string[][]} found The rows of the table of counts. */
function countProblems(requirements, found) {
  const counts = (/** @type {Requirement[]} */ of) =>
    LEVELS.flatMap((level) => {
      const some = of.filter((each) => each.level === level);
      return [some.filter((each) => !isLeftOut(each)).length, some.filter(isLeftOut).length];
    });
  const documents = [...new Set(requirements.map(({ document }) => document))];
  const expected = [
    ...documents.map((document) => [document, ...counts(requirements.filter((each) => each.document === document))]),
    ["**all**", ...counts(requirements)],
  ].map((row) => row.join(" | "));
  const actual = found.map((row) => row.join(" | "));
  return [
    ...expected.filter((row) => !actual.includes(row)).map((row) => `the counts lack the row "${row}"`),
    ...actual.filter((row) => !expected.includes(row)).map((row) => `the counts have the wrong row "${row}"`),
  ];
}

/** The cells of each table row of a section, without its head. @param {string} section */
const rowsOf = (section) =>
  section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
    .slice(2);

/** @param {Requirement} requirement */
const isLeftOut = ({ shownBy }) => shownBy.startsWith(LEFT_OUT);

/** @param {string} file @param {string} source @param {string} title */
const hasTest = (file, source, title) =>
  file.endsWith(".rs")
    ? source.includes(`fn ${title}(`)
    : ['"', "`", "'"].some((quote) => source.includes(`${quote}${title.replaceAll("\\", "\\\\")}${quote}`));
