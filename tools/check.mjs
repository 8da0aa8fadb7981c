// Checks formatting, lints, types and the architecture's invariants.
//   node tools/check.mjs        reports problems; needs a build for the demo's types
//   node tools/check.mjs --fix  fixes what can be fixed automatically
import { pathToFileURL } from "node:url";
import { at, npmBin } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { run } from "./run.mjs";
import { step } from "./steps.mjs";

/** @typedef {{ passed: string[], failed: string[] }} Outcome Names. */

/** Runs all checks, even if some fail. @returns {Promise<Outcome>} */
export async function runChecks() {
  /** @type {Outcome} */
  const outcome = { passed: [], failed: [] };
  // Imported here, because npm packages are available only after set-up.
  const { allChecks } = await import("./check/list.mjs");
  for (const { name, usually, check } of await allChecks()) {
    try {
      await step(name, usually, check);
      outcome.passed.push(name);
    } catch (error) {
      console.log(error instanceof Refusal ? error.message : error);
      outcome.failed.push(name);
    }
  }
  return outcome;
}

async function fix() {
  await run("cargo", ["fmt", "--all"], { show: true });
  await run(npmBin("biome"), ["check", "--write", at()], { show: true });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => {
    if (process.argv.includes("--fix")) return fix();
    const { failed } = await runChecks();
    if (failed.length > 0) throw new Refusal(`Failed: ${failed.join(", ")}`);
  });
}
