// Runs benchmarks. Set-up and build come first, so that the present sources are measured.
//   npm run bench -- <name> [options]  names: folders of tests/bench with a main.ts; --help lists options
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { withLock } from "./lock.mjs";
import { at, modernNode } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { setup } from "./setup.mjs";

await runMain(async () => {
  const [name = "", ...rest] = process.argv.slice(2);
  const names = (await readdir(at("tests/bench"))).filter((each) => existsSync(at("tests/bench", each, "main.ts")));
  if (!names.includes(name)) throw new Refusal(`npm run bench -- <name> [options]\n  names: ${names.join(", ")}`);
  const options = rest.filter((option) => option !== "--no-build");
  if (options.length === rest.length && !rest.includes("--help")) {
    await withLock(async () => {
      await setup();
      // Imported here, because npm packages are available only after set-up.
      await (await import("./build.mjs")).build();
    });
  }
  const child = spawn(modernNode(), [at("tests/bench", name, "main.ts"), ...options], { cwd: at(), stdio: "inherit" });
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
});
