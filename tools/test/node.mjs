// The TypeScript tests: one kind per folder of tests/, run by the Node from npm, which strips the types itself. One file
// at a time: each starts a stack of its own, and two cores carry one of them.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { at, modernNode } from "../paths.mjs";
import { tryRun } from "../run.mjs";

/** @returns {Promise<string[]>} folders of tests/ that hold `*.test.ts` files */
export async function nodeKinds() {
  if (!existsSync(at("tests"))) return [];
  const files = await readdir(at("tests"), { recursive: true });
  const tests = files.filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"));
  return [...new Set(tests.map((file) => file.split("/")[0] ?? ""))].filter((kind) => kind !== "").sort();
}

/** @param {string} kind @param {import("./tally.mjs").Tally} tally */
export async function nodeTests(kind, tally) {
  const counts = at("target", "latchkey", `tests-${kind}.json`);
  await mkdir(at("target", "latchkey"), { recursive: true });
  await rm(counts, { force: true });
  const { ok } = await tryRun(
    modernNode(),
    [
      ...["--test", "--test-concurrency=1"],
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...[`--test-reporter=${at("tools/test/reporter.mjs")}`, `--test-reporter-destination=${counts}`],
      `tests/${kind}/**/*.test.ts`,
    ],
    { show: true },
  );
  const text = await readFile(counts, "utf8").catch(() => "");
  if (text === "") return tally.add(kind, { failed: 1 });
  const { passed, failed, cancelled, skipped, todo } = JSON.parse(text);
  const broken = failed + cancelled;
  tally.add(kind, { passed, failed: broken === 0 && !ok ? 1 : broken, skipped: skipped + todo });
}
