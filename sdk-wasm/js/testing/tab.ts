// What runs in a tab of the fake browser: the package's page, with the vault in it (`vault: "page"`).
import { withHeaders } from "../added-headers.js";
import { type Open, openClient } from "../client.js";
import { AuthError } from "../errors.js";
import { initSync } from "../generated/vault.js";
import { isForVault, type MarkedPromise } from "../is-for-vault.js";
import type { VaultOptions } from "../options.js";
import { openInPage } from "../page-vault.js";
import { describe } from "../request.js";
import { dress } from "../response.js";
import { withStepUp } from "../step-up.js";
import type { AuthClient, ClientOptions } from "../types.js";
import { withProgress } from "./upload.js";

/** `createClient` with WebAssembly that has been compiled, so that it starts without a turn of the event loop. */
export function createClient(
  wasm: WebAssembly.Module,
  options: VaultOptions,
  { headers, onStepUp }: { [Name in "headers" | "onStepUp"]: ClientOptions[Name] | undefined },
): Promise<AuthClient> {
  initSync({ module: wasm });
  const marks: MarkedPromise = { isForVault: (input) => isForVault(input, options) };
  const open: Open = async (opening, hearing) => {
    const shared = { AuthError, describe, dress };
    const known = { ...opening, cookieUncertain: false, stepsUp: onStepUp !== undefined };
    const opened = await openInPage(known, hearing, { wasm }, shared);
    return withProgress(headers ? withHeaders(opened, headers) : opened);
  };
  const client = openClient(options, onStepUp ? withStepUp(open, onStepUp) : open);
  return Object.assign(client, marks);
}
