// The Rust tests, native. Every line `test <name> ... <verdict>` is one test; those with `property` in their path are
// property tests, those with `(line 12)` come from documentation.
import { tryRun } from "../run.mjs";

const LINE = /^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)/gm;

/** @param {import("./tally.mjs").Tally} tally */
export async function rustTests(tally) {
  const { ok, output } = await tryRun("cargo", ["test", "--workspace", "--no-fail-fast"], { show: true });
  let failed = 0;
  for (const [, name = "", verdict] of output.matchAll(LINE)) {
    const kind = /\(line \d+\)/.test(name) ? "rust doc" : name.includes("property") ? "rust property" : "rust unit";
    tally.add(kind, {
      passed: Number(verdict === "ok"),
      failed: Number(verdict === "FAILED"),
      skipped: Number(verdict === "ignored"),
    });
    failed += Number(verdict === "FAILED");
  }
  // It didn't compile, or a test process died without a verdict.
  if (!ok && failed === 0) tally.add("rust unit", { failed: 1 });
}
