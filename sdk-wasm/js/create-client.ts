import { Client } from "./client.js";
import { AuthError } from "./errors.js";
import { loadVault } from "./load.js";
import { checkOptions } from "./options.js";
import type { AuthClient, ClientOptions } from "./types.js";

/**
 * Creates a client and has it look for a session.
 *
 * Resolves as soon as the vault is loaded and the options are checked; whether there is a session is known when
 * `status` is no longer `loading`. Calls made before that wait for it. Creating two clients, as React's StrictMode does,
 * does no harm: `dispose()` the one you don't need.
 *
 * Fails with `invalid_options`, which names what is wrong, or with `network` if the WebAssembly can't be loaded.
 */
export async function createClient(options: ClientOptions): Promise<AuthClient> {
  if (typeof document === "undefined") {
    throw new AuthError("invalid_options", { detail: "createClient needs a page; importing is all a server can do." });
  }
  const checked = checkOptions(options);
  return new Client(await loadVault(), checked);
}
