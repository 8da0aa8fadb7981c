// Builds the Worker as an older commit has it, for the test in which both take turns on one store. Once is enough: whatever
// is there is used by every `npm test` from then on.
//   node tools/old-worker.mjs [commit]     the last one whose storage had no versions, if none is named
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { at, npmBin, rustBin } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { run, tryRun } from "./run.mjs";
import { step } from "./steps.mjs";

/** The last commit whose objects say nothing of a version: storage, and messages, of version 1. */
const VERSION_1 = "9f69694e0";

/** Where the test looks for it. */
const OLD = at("target", "old-worker", "edge-worker");

async function build(commit = VERSION_1) {
  const known = await tryRun("git", ["cat-file", "-e", `${commit}^{commit}`]);
  if (!known.ok)
    throw new Refusal(`There is no commit ${commit} here. A shallow clone lacks it: git fetch --unshallow`);
  const checkout = at("target", "old-worker", "checkout");
  const away = () => tryRun("git", ["worktree", "remove", "--force", checkout]);
  await away();
  await run("git", ["worktree", "add", "--detach", "--force", checkout, commit]);
  try {
    await run(rustBin("worker-build"), ["--release"], {
      cwd: join(checkout, "edge-worker"),
      env: {
        // What the two versions have in common is compiled already.
        CARGO_TARGET_DIR: at("target"),
        WASM_BINDGEN_BIN: rustBin("wasm-bindgen"),
        WASM_OPT_BIN: npmBin("wasm-opt"),
        ESBUILD_BIN: npmBin("esbuild"),
      },
    });
    // Later commits have a door of their own in front of what is built.
    await cp(join(checkout, "edge-worker", "js", "entry.js"), join(checkout, "edge-worker", "build", "entry.js")).catch(
      () => {},
    );
    await rm(OLD, { recursive: true, force: true });
    await mkdir(OLD, { recursive: true });
    for (const part of ["build", "wrangler.toml"])
      await cp(join(checkout, "edge-worker", part), join(OLD, part), { recursive: true });
  } finally {
    await away();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await runMain(() => step("An older Worker", "2 minutes", () => build(process.argv[2])));
