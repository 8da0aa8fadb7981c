// What runs in a tab of the fake browser: the package's page, with the vault in it (`vault: "page"`).
import { withHeaders } from "../added-headers.js";
import { openClient } from "../client.js";
import { AuthError } from "../errors.js";
import { initSync } from "../generated/vault.js";
import { isForVault, type MarkedPromise } from "../is-for-vault.js";
import type { VaultOptions } from "../options.js";
import { openInPage } from "../page-vault.js";
import { describe } from "../request.js";
import { dress } from "../response.js";
import type { AuthClient, ClientOptions } from "../types.js";
import { withProgress } from "./upload.js";

/** `createClient` with WebAssembly that has been compiled, so that it starts without a turn of the event loop. */
export function createClient(
  wasm: WebAssembly.Module,
  options: VaultOptions,
  headers: ClientOptions["headers"],
): Promise<AuthClient> {
  initSync({ module: wasm });
  const marks: MarkedPromise = { isForVault: (input) => isForVault(input, options) };
  const client = openClient(options, async (opening, hearing) => {
    const shared = { AuthError, describe, dress };
    const opened = await openInPage({ ...opening, cookieUncertain: false }, hearing, { wasm }, shared);
    return withProgress(headers ? withHeaders(opened, headers) : opened);
  });
  return Object.assign(client, marks);
}
