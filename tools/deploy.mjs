// Builds the Worker, checks the configuration, and deploys with wrangler: `npm run deploy`, `npm run deploy --
// --dry-run`. Further arguments are wrangler's; `--config FILE` names another configuration than the repository's own.
import { parseArgs } from "node:util";
import { withLock } from "./lock.mjs";
import { at, modernNode } from "./paths.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { run, tryRun } from "./run.mjs";
import { setup } from "./setup.mjs";

const ENVIRONMENT = ["--env", "production"];

await runMain(async () => {
  await withLock(async () => {
    await setup();
    // Imported here, because npm packages are available only after set-up.
    await (await import("./build.mjs")).build(["worker", "worker-package"]);
  });
  const { wranglerEnv, wranglerScript } = await import("./wrangler.mjs");
  const args = process.argv.slice(2);
  const { values } = parseArgs({ args, strict: false, options: { config: { type: "string", short: "c" } } });
  const config = typeof values.config === "string" ? values.config : at("edge-worker", "wrangler.toml");
  const check = [at("edge-worker", "package", "bin", "latchkey-worker.mjs"), "check", "--config", config];
  const { ok } = await tryRun(modernNode(), [...check, ...ENVIRONMENT], { show: true });
  if (!ok) throw new Refusal("Nothing was deployed.");
  const named = typeof values.config === "string" ? [] : ["--config", config];
  await run(modernNode(), [wranglerScript, "deploy", ...named, ...ENVIRONMENT, ...args], {
    env: wranglerEnv(),
    show: true,
  });
});
