// Everything that CI runs: set-up, build, checks, Rust tests, then the tests of each folder of tests/.
//   node tools/test.mjs [kind…]  kinds: checks, rust, wasm, typescript, folders of tests/; default: all
// LATCHKEY_ENGINES=all also runs the folder engines in Firefox and WebKit.
// The last line states how many tests passed and failed, even if a step before it failed.
import { runChecks } from "./check.mjs";
import { withLock } from "./lock.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { setup } from "./setup.mjs";
import { seconds } from "./steps.mjs";
import { nodeKinds, nodeTests } from "./test/node.mjs";
import { rustTests, wasmTests } from "./test/rust.mjs";
import { Tally } from "./test/tally.mjs";

/** Kinds that need set-up, but no build. */
const WITHOUT_BUILD = ["checks", "rust", "wasm"];

const tally = new Tally();

/** One part of the run; an exception counts as one failure. @param {string} name @param {string} usually @param {() => Promise<unknown>} work */
async function phase(name, usually, work) {
  const start = Date.now();
  console.log(`\n== ${name} (${usually})`);
  try {
    await work();
    console.log(`== ${name}: ${seconds(start)}`);
    return true;
  } catch (error) {
    console.log(error instanceof Refusal ? error.message : error);
    console.log(`== ${name}: broke off after ${seconds(start)}`);
    tally.add(name, { failed: 1 });
    return false;
  }
}

await runMain(async () => {
  const files = await nodeKinds();
  const kinds = [...WITHOUT_BUILD, ...files.keys()];
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : kinds;
  const unknown = wanted.filter((kind) => !kinds.includes(kind));
  if (unknown.length > 0) throw new Refusal(`No tests called ${unknown.join(", ")}. There are: ${kinds.join(", ")}`);
  const allEngines = ![undefined, "", "chromium"].includes(process.env.LATCHKEY_ENGINES);
  const ready = await phase("set-up", "5 minutes the first time, then 1 s", () =>
    withLock(() =>
      setup({
        browser: true,
        bundlers: wanted.includes("packaging"),
        engines: allEngines && wanted.includes("engines"),
      }),
    ),
  );
  const built =
    ready &&
    (await phase("build", "3 minutes the first time, then 1 s", () =>
      withLock(async () => {
        // Imported here, because npm packages are available only after set-up.
        await (await import("./build.mjs")).build([], { tests: true });
      }),
    ));
  for (const kind of kinds.filter((each) => wanted.includes(each))) {
    const needed = WITHOUT_BUILD.includes(kind) ? ready : built;
    if (needed) await runKind(kind, files.get(kind) ?? []);
    else console.log(`\n== ${kind}: not run, because ${ready ? "the build" : "set-up"} failed`);
  }
  console.log(`\n${tally.lines().join("\n")}\n\n${tally.total()}`);
  if (tally.failed > 0) process.exitCode = 1;
});

/** @param {string} kind @param {string[]} files */
function runKind(kind, files) {
  if (kind === "checks") return phase("checks", "3 minutes the first time, then 20 s", countChecks);
  if (kind === "rust") return phase("rust", "4 minutes the first time, then 30 s", () => rustTests(tally));
  if (kind === "wasm") return phase("wasm", "1 minute the first time, then 30 s", () => wasmTests(tally));
  const usually = kind === "typescript" ? "2 s" : "2 to 5 minutes";
  return phase(kind, usually, () => nodeTests(kind, files, tally));
}

async function countChecks() {
  const { passed, failed } = await runChecks();
  tally.add("checks", { passed: passed.length, failed: failed.length });
}
