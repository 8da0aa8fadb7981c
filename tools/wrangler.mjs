// How wrangler is called: with the Node from npm, quiet, calling nobody, writing nothing outside the project.
import { join } from "node:path";
import { at, runDir } from "./paths.mjs";

export const wranglerScript = at("node_modules", "wrangler", "bin", "wrangler.js");

/**
 * @param {string} [registry] Directory in which running Workers find each other; one per stack keeps them apart.
 * @returns {NodeJS.ProcessEnv}
 */
export const wranglerEnv = (registry = join(runDir, "registry")) => ({
  ...process.env,
  WRANGLER_HIDE_BANNER: "true", // and with it the update check
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_LOG_PATH: join(runDir, "logs"),
  WRANGLER_REGISTRY_PATH: registry,
  CLOUDFLARE_CF_FETCH_ENABLED: "false", // the `cf` object is made up, not fetched
  // Both would keep what the Worker logs on disk, beside its state.
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
});
