// The TypeScript tests, run by the Node from npm, which strips the types itself. Tests next to the code are
// one kind; each folder of tests/ is another. Two files run at a time: each starts its own stack, and waits
// as much as it computes.
import { mkdir, readFile, rm } from "node:fs/promises";
import { relative } from "node:path";
import { filesUnder } from "../files.mjs";
import { at, modernNode, root } from "../paths.mjs";
import { tryRun } from "../run.mjs";

const BESIDE_THE_CODE = ["create-app/src", "demo-app", "edge-worker", "sdk-wasm", "tools"];

/** The longest of their kinds. They run first, so that others run beside them to their end. */
const LONGEST = ["tests/browser/vault.test.ts", "tests/worker/faults.test.ts"];

/** @returns {Promise<Map<string, string[]>>} the files of each kind, in the order in which the kinds run */
export async function nodeKinds() {
  /** @type {Map<string, string[]>} */
  const kinds = new Map([["typescript", []]]);
  for (const dir of [...BESIDE_THE_CODE, "tests"]) {
    for (const path of await filesUnder(at(dir))) {
      const file = relative(root, path);
      if (!/\.test\.(ts|mjs)$/.test(file)) continue;
      const kind = dir === "tests" ? /** @type {string} */ (file.split("/")[1]) : "typescript";
      kinds.set(kind, [...(kinds.get(kind) ?? []), file]);
    }
  }
  return kinds;
}

/** @param {string} kind @param {string[]} files @param {import("./tally.mjs").Tally} tally */
export async function nodeTests(kind, files, tally) {
  const counts = at("target", "latchkey", `tests-${kind}.json`);
  await mkdir(at("target", "latchkey"), { recursive: true });
  await rm(counts, { force: true });
  const { ok } = await tryRun(
    modernNode(),
    [
      ...["--test", "--test-concurrency=2"],
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...[`--test-reporter=${at("tools/test/reporter.mjs")}`, `--test-reporter-destination=${counts}`],
      ...files.toSorted((a, b) => Number(LONGEST.includes(b)) - Number(LONGEST.includes(a))),
    ],
    { show: true },
  );
  const text = await readFile(counts, "utf8").catch(() => "");
  if (text === "") return tally.add(kind, { failed: 1 });
  const { passed, failed, cancelled, skipped, todo } = JSON.parse(text);
  const broken = failed + cancelled;
  tally.add(kind, { passed, failed: broken === 0 && !ok ? 1 : broken, skipped: skipped + todo });
}
