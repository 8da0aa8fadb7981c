// Builds the Worker and hands it to wrangler: `npm run deploy`, `npm run deploy -- --dry-run`.
import { withLock } from "./lock.mjs";
import { modernNode } from "./paths.mjs";
import { runMain } from "./refusal.mjs";
import { run } from "./run.mjs";
import { setup } from "./setup.mjs";

await runMain(async () => {
  await withLock(async () => {
    await setup();
    // What needs npm packages can be loaded only now.
    await (await import("./build.mjs")).build(["worker"]);
  });
  const { wranglerEnv, wranglerScript } = await import("./wrangler.mjs");
  const deploy = ["deploy", "--config", "edge-worker/wrangler.toml", "--env", "production", ...process.argv.slice(2)];
  await run(modernNode(), [wranglerScript, ...deploy], { env: wranglerEnv(), show: true });
});
