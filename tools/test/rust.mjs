// The Rust tests, native. Every line `test <name> ... <verdict>` is one test; those with `property` in their path are
// property tests, those with `(line 12)` come from documentation.
import { tryRun } from "../run.mjs";

const LINE = /^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)/gm;

/** @param {import("./tally.mjs").Tally} tally */
export async function rustTests(tally) {
  const { ok, stdout } = await tryRun("cargo", ["test", "--workspace", "--no-fail-fast"], { show: true });
  const before = tally.failed;
  countRust(stdout, tally);
  // It didn't compile, or a test process died without a verdict.
  if (!ok && tally.failed === before) tally.add("rust unit", { failed: 1 });
}

/** @param {string} stdout @param {import("./tally.mjs").Tally} tally */
export function countRust(stdout, tally) {
  for (const [, name = "", verdict] of stdout.matchAll(LINE)) {
    tally.add(kindOf(name), {
      passed: Number(verdict === "ok"),
      failed: Number(verdict === "FAILED"),
      skipped: Number(verdict === "ignored"),
    });
  }
}

/** @param {string} name */
function kindOf(name) {
  if (/\(line \d+\)/.test(name)) return "rust doc";
  return name.includes("property") ? "rust property" : "rust unit";
}
