// The architecture's modules: no module imports itself through others, and the drawing in ARCHITECTURE.md is theirs.
import { readFile } from "node:fs/promises";
import { allGraphs, cyclesOf, withDrawing } from "../modules.mjs";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";

/**
 * Cycles that exist and are to be removed. The list only becomes shorter: a cycle that is not listed is an error, and
 * so is one that is listed and gone.
 *
 * @type {Record<string, string[]>} By crate, the modules of each cycle, sorted, as one text.
 */
const KNOWN = {
  "edge-worker": ["passwords::formats passwords::formats::aspnet passwords::formats::keycloak passwords::stored"],
};

export async function moduleCycles() {
  const graphs = await allGraphs();
  const problems = [...graphs].flatMap(([crate, graph]) => problemsOf(crate, graph, KNOWN[crate] ?? []));
  const document = await readFile(at("ARCHITECTURE.md"), "utf8");
  if (withDrawing(document, graphs) !== document)
    problems.push("ARCHITECTURE.md: found another drawing of the modules, expected that of node tools/modules.mjs");
  if (problems.length > 0) throw new Refusal(problems.join("\n"));
}

/**
 * @param {string} crate
 * @param {import("../modules.mjs").Graph} graph
 * @param {readonly string[]} known
 * @returns {string[]} One line for each cycle that is not known, and for each known one that is gone.
 */
export function problemsOf(crate, graph, known) {
  const found = cyclesOf(graph).map((cycle) => cycle.join(" "));
  return [
    ...found
      .filter((cycle) => !known.includes(cycle))
      .map((cycle) => `${crate}/src: these modules import each other in a circle: ${cycle}`),
    ...known
      .filter((cycle) => !found.includes(cycle))
      .map((cycle) => `${crate}/src: this circle is gone; remove it from tools/check/module-cycles.mjs: ${cycle}`),
  ];
}
