// Builds everything that runs. A step whose inputs have not changed is skipped.
//   node tools/build.mjs [step…]  without one, all steps but those that only the tests need
//   steps: codes, vault, package, worker, worker-plugin, config-check, worker-package, demo, docs; verdicts, library-worker
import { pathToFileURL } from "node:url";
import { codes } from "./build/codes.mjs";
import { configCheck } from "./build/config-check.mjs";
import { demo } from "./build/demo.mjs";
import { docs } from "./build/docs.mjs";
import { inspect } from "./build/fingerprint.mjs";
import { libraryWorker } from "./build/library-worker.mjs";
import { npmPackage } from "./build/package.mjs";
import { reportSizes } from "./build/sizes.mjs";
import { vault } from "./build/vault.mjs";
import { verdicts } from "./build/verdicts.mjs";
import { worker } from "./build/worker.mjs";
import { workerPackage, workerPlugin } from "./build/worker-package.mjs";
import { withLock } from "./lock.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { tryRun } from "./run.mjs";
import { seconds, step } from "./steps.mjs";

/**
 * @typedef {import("./build/fingerprint.mjs").Traced & { title: string, usually: string, work: () => Promise<unknown>
 * }} BuildStep
 */

/** Steps of one row are independent; each row needs the one before. The single-threaded ends of the two optimised
 *  builds then overlap. @type {BuildStep[][]} */
const ROWS = [[codes, vault, worker, configCheck], [npmPackage, workerPlugin, workerPackage], [demo], [docs]];

/** Steps that only the packages need, and nothing that `npm start` serves. @type {BuildStep[]} */
const FOR_PACKAGES = [configCheck, workerPackage];

/** Steps that only the tests need. @type {BuildStep[][]} */
const FOR_TESTS = [[verdicts, libraryWorker]];

/**
 * @param {string[]} [only] Names of the steps; if empty, all. @param {{ tests?: boolean, packages?: boolean }}
 * [options] `tests`: also the steps that only the tests need; `packages`: those
 *   that only the packages need (true).
 */
export async function build(only = [], { tests = false, packages = true } = {}) {
  const start = Date.now();
  const rows = tests || only.length > 0 ? [...ROWS, ...FOR_TESTS] : ROWS;
  const unknown = only.filter((name) => !rows.flat().some((each) => each.name === name));
  if (unknown.length > 0) throw new Refusal(`No such build step: ${unknown.join(", ")}`);
  const settings = [await compilerVersion()];
  for (const row of rows) {
    const wanted = row.filter((each) =>
      only.length === 0 ? packages || !FOR_PACKAGES.includes(each) : only.includes(each.name),
    );
    const results = await Promise.allSettled(wanted.map((each) => bring({ ...each, settings })));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }
  if (only.length === 0) await reportSizes();
  console.log(`Build is complete (${seconds(start)}).`);
}

/** @param {string[]} names @returns {Promise<string[]>} The steps among them whose output is missing or outdated. */
export async function staleSteps(names) {
  const steps = [...ROWS, ...FOR_TESTS].flat().filter(({ name }) => names.includes(name));
  const settings = [await compilerVersion()];
  const states = await Promise.all(steps.map(async (each) => ({ ...each, ...(await inspect({ ...each, settings })) })));
  return states.filter(({ fresh }) => !fresh).map(({ name }) => name);
}

const compilerVersion = async () => (await tryRun("rustc", ["--version"])).stdout;

/** @param {BuildStep} each */
async function bring(each) {
  const { fresh, remember } = await inspect(each);
  if (fresh) return;
  await step(each.title, each.usually, each.work);
  await remember();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(() => withLock(() => build(process.argv.slice(2))));
}
