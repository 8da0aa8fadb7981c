// What runs in a tab of the fake browser: the package's page, with the vault in it (`vault: "page"`).
import { openClient } from "../client.js";
import { AuthError } from "../errors.js";
import { initSync } from "../generated/vault.js";
import { isForVault, type MarkedPromise } from "../is-for-vault.js";
import { openInPage } from "../page-vault.js";
import type { VaultOptions } from "../protocol.js";
import type { AuthClient } from "../types.js";

/** `createClient` with WebAssembly that has been compiled, so that it starts without a turn of the event loop. */
export function createClient(wasm: WebAssembly.Module, options: VaultOptions): Promise<AuthClient> {
  initSync({ module: wasm });
  const marks: MarkedPromise = { isForVault: (input) => isForVault(input, options) };
  const client = openClient(options, (opening, hearing) => openInPage(opening, hearing, { wasm }, AuthError));
  return Object.assign(client, marks);
}
