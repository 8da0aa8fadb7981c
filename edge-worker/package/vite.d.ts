import type { Plugin } from "vite";

/** Options of {@link latchkey}. */
export interface LatchkeyOptions {
  /** A command that serves your API, started and ended with the development server. Default: none. */
  api?: string;
}

/**
 * The development server of an app behind the gate: one origin for the page, the service and the API.
 *
 * ```ts
 * import { latchkey } from "latchkey-worker/vite";
 * import { defineConfig } from "vite";
 *
 * export default defineConfig({ plugins: [latchkey()] });
 * ```
 *
 * Vite serves the page, and passes on to `wrangler dev` what the Worker answers: the service's paths, and the routes of
 * `wrangler.toml` whose upstream is not the Worker's static assets. Secrets that are missing in `.dev.vars` get random
 * values. It does nothing in builds and in tests.
 */
export declare function latchkey(options?: LatchkeyOptions): Plugin;
