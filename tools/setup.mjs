// Installs everything that Latchkey needs and that is missing, into this checkout. Requires only Node 20,
// Rust and git. The build compiles wasm-bindgen, beside the first crates.
//   node tools/setup.mjs [--browser] [--bundlers] [--engines]
//     --browser: also what `npm test` needs (Chromium, nginx, Caddy, HAProxy, rustfmt, clippy, a target for tests);
//     --bundlers: what tests/packaging needs; --engines: Firefox and WebKit with their drivers
import { pathToFileURL } from "node:url";
import { withLock } from "./lock.mjs";
import { runMain } from "./refusal.mjs";
import { installChromium } from "./setup/chromium.mjs";
import { installEngines } from "./setup/engines.mjs";
import { installBundlers, installPackages } from "./setup/npm.mjs";
import { installProxies } from "./setup/proxies.mjs";
import { checkRequirements } from "./setup/requirements.mjs";
import { installComponents, installTarget, installTestTarget } from "./setup/rust.mjs";
import { seconds } from "./steps.mjs";

/** @param {{ browser?: boolean, bundlers?: boolean, engines?: boolean }} [options] */
export async function setup({ browser = false, bundlers = false, engines = false } = {}) {
  const start = Date.now();
  await checkRequirements();
  // npm mostly waits for the network and the disk, cargo for the processor. Wait for both, so that a failure
  // of one does not interrupt the other.
  const results = await Promise.allSettled([
    (async () => {
      await installPackages();
      if (bundlers) await installBundlers();
    })(),
    (async () => {
      await installTarget();
      if (browser) {
        await installTestTarget();
        await installComponents();
      }
    })(),
    browser ? installChromium() : undefined,
  ]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  // Last, because only one apt-get can run at a time.
  if (browser) await installProxies();
  if (engines) await installEngines();
  console.log(`Set-up is complete (${seconds(start)}).`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const asked = (/** @type {string} */ option) => process.argv.includes(`--${option}`);
  await runMain(() =>
    withLock(() => setup({ browser: asked("browser"), bundlers: asked("bundlers"), engines: asked("engines") })),
  );
}
