// The Rust tests: all of them native, and the core's also in WebAssembly, its target in production. Every
// line `test <name> ... <verdict>` is one test; those with `property` in their path are property tests, those
// with `(line 12)` come from documentation.
import { at } from "../paths.mjs";
import { tryRun } from "../run.mjs";
import { WASI_TARGET } from "../setup/rust.mjs";

const LINE = /^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)/gm;

/** @param {import("./tally.mjs").Tally} tally */
export async function rustTests(tally) {
  const { ok, stdout } = await tryRun("cargo", ["test", "--workspace", "--no-fail-fast"], { show: true });
  const before = tally.failed;
  countRust(stdout, tally);
  // Compilation failed, or a test process ended without a verdict.
  if (!ok && tally.failed === before) tally.add("rust unit", { failed: 1 });
}

/** @param {import("./tally.mjs").Tally} tally */
export async function wasmTests(tally) {
  const runner = [process.execPath, "--disable-warning=ExperimentalWarning", at("tools/test/wasi.mjs")];
  const args = [
    ...["test", "--package", "auth-core", "--lib", "--target", WASI_TARGET],
    ...["--config", `target.${WASI_TARGET}.runner=${JSON.stringify(runner)}`],
  ];
  const { ok, stdout } = await tryRun("cargo", args, { show: true });
  const before = tally.failed;
  countRust(stdout, tally, () => "wasm");
  // In WebAssembly, a failing test ends the process.
  if (!ok && tally.failed === before) tally.add("wasm", { failed: 1 });
}

/**
 * @param {string} stdout
 * @param {import("./tally.mjs").Tally} tally
 * @param {(name: string) => string} kind
 */
export function countRust(stdout, tally, kind = kindOf) {
  for (const [, name = "", verdict] of stdout.matchAll(LINE)) {
    tally.add(kind(name), {
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
