// The architecture's modules: no module imports itself through others, and the drawing in ARCHITECTURE.md is theirs.
import { readFile } from "node:fs/promises";
import { allGraphs, cyclesOf, withDrawing } from "../modules.mjs";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";

export async function moduleCycles() {
  const graphs = await allGraphs();
  const problems = [...graphs].flatMap(([crate, graph]) => problemsOf(crate, graph));
  const document = await readFile(at("ARCHITECTURE.md"), "utf8");
  if (withDrawing(document, graphs) !== document)
    problems.push("ARCHITECTURE.md: found another drawing of the modules, expected that of node tools/modules.mjs");
  if (problems.length > 0) throw new Refusal(problems.join("\n"));
}

/** @param {string} crate @param {import("../modules.mjs").Graph} graph @returns {string[]} One line for each cycle. */
export const problemsOf = (crate, graph) =>
  cyclesOf(graph).map((cycle) => `${crate}/src: these modules import each other in a circle: ${cycle.join(" ")}`);
