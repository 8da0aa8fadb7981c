// The package for Angular's builds, by the export condition "es2020". They leave out what `new URL(…, import.meta.url)`
// names, without a warning, but put out what is imported with this attribute. Only they know the attribute.

import { createClient as create } from "./create-client.js";
import wasm from "./latchkey-auth/vault_bg.wasm" with { loader: "file" };
import worker from "./latchkey-auth/vault-worker.js" with { loader: "file" };
import type { AuthClient, ClientOptions } from "./types.js";

export * from "./index.js";

/** As in `index.ts`, with the addresses of the vault's files in an Angular build, relative to this module's. */
export const createClient = (options: ClientOptions): Promise<AuthClient> =>
  create({ workerUrl: new URL(worker, import.meta.url), wasmUrl: new URL(wasm, import.meta.url), ...options });
