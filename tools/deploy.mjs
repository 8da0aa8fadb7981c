// Builds the Worker and deploys it with wrangler: `npm run deploy`, `npm run deploy -- --dry-run`.
import { withLock } from "./lock.mjs";
import { modernNode } from "./paths.mjs";
import { runMain } from "./refusal.mjs";
import { run } from "./run.mjs";
import { setup } from "./setup.mjs";

await runMain(async () => {
  await withLock(async () => {
    await setup();
    // Imported here, because npm packages are available only after set-up.
    await (await import("./build.mjs")).build(["worker"]);
  });
  const { wranglerEnv, wranglerScript } = await import("./wrangler.mjs");
  const deploy = ["deploy", "--config", "edge-worker/wrangler.toml", "--env", "production", ...process.argv.slice(2)];
  await run(modernNode(), [wranglerScript, ...deploy], { env: wranglerEnv(), show: true });
});
