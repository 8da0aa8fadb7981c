// Fuzzes one target with cargo-fuzz. Interesting inputs are stored in fuzz/corpus, failing ones in
// fuzz/artifacts; neither is committed.
//   npm run fuzz -- <target> [--minutes N]  targets: token, jwks, cookie, path; 5 minutes
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { at, rustBin, toolsDir } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { run } from "./run.mjs";
import { step } from "./steps.mjs";

const TARGETS = ["token", "jwks", "cookie", "path"];
const CARGO_FUZZ = "0.13.2";

/** libFuzzer needs unstable flags of rustc; this makes the stable rustc accept them. */
const ENV = { RUSTC_BOOTSTRAP: "1" };

await runMain(async () => {
  const [target = "", ...options] = process.argv.slice(2);
  const minutes = options[0] === "--minutes" ? Number(options[1]) : 5;
  const fits = TARGETS.includes(target) && minutes > 0 && (options.length === 0 || options.length === 2);
  if (!fits) throw new Refusal(`npm run fuzz -- <target> [--minutes N]\n  targets: ${TARGETS.join(", ")}`);
  if (!existsSync(rustBin("cargo-fuzz"))) {
    const args = ["install", "cargo-fuzz", "--version", `=${CARGO_FUZZ}`, "--root", toolsDir, "--no-track"];
    await step(`cargo-fuzz ${CARGO_FUZZ}`, "about 1 minute", () => run("cargo", args));
  }
  const corpus = at("fuzz", "corpus", target);
  await mkdir(corpus, { recursive: true });
  // Rust without `unsafe` has little for a sanitizer to find, and runs several times as fast without one.
  const fuzz = ["--fuzz-dir", at("fuzz"), "--sanitizer", "none"];
  await step(`fuzz target ${target}`, "2 minutes the first time", () =>
    run(rustBin("cargo-fuzz"), ["build", ...fuzz, target], { env: ENV }),
  );
  const limits = [`-max_total_time=${Math.round(minutes * 60)}`, "-max_len=9000", "-timeout=5", "-rss_limit_mb=1024"];
  const args = [
    ...["run", ...fuzz, target, corpus, at("fuzz", "seeds", target), "--"],
    ...limits,
    `-dict=${join(at("fuzz", "dictionaries"), `${target}.dict`)}`,
    "-print_final_stats=1",
  ];
  const child = spawn(rustBin("cargo-fuzz"), args, { cwd: at(), stdio: "inherit", env: { ...process.env, ...ENV } });
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
});
