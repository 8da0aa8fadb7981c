// The environment of wrangler: the Node from npm, no banner, no requests to other hosts, no files outside the
// project.
import { join } from "node:path";
import { at, runDir } from "./paths.mjs";

export const wranglerScript = at("node_modules", "wrangler", "bin", "wrangler.js");

/**
 * @param {string} [registry] The directory in which running Workers find each other; each stack needs its own.
 * @returns {NodeJS.ProcessEnv}
 */
export const wranglerEnv = (registry = join(runDir, "registry")) => ({
  ...process.env,
  WRANGLER_HIDE_BANNER: "true", // also disables the update check
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_LOG_PATH: join(runDir, "logs"),
  WRANGLER_REGISTRY_PATH: registry,
  CLOUDFLARE_CF_FETCH_ENABLED: "false", // use a static `cf` object instead of fetching one
  // Both would store the Worker's log on disk, next to its state.
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
});
