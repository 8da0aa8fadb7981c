import { initOf } from "./call-init.js";
import type { AuthError } from "./errors.js";
import type { VaultFiles } from "./files.js";
import { messageOf } from "./message-of.js";
import { openVault } from "./open-vault.js";
import type { describe } from "./request.js";
import type { dress } from "./response.js";
import type { Fail, Hearing, Opening, VaultSide } from "./vault-side.js";

/** Parts of the page's first file. They are given, because bundlers would put what two files import into a third one. */
export interface Shared {
  AuthError: typeof AuthError;
  describe: typeof describe;
  dress: typeof dress;
}

/** A vault in the page itself. Loaded only in page mode. */
export async function openInPage(
  opening: Opening,
  hearing: Hearing<AuthError>,
  { wasm }: Pick<VaultFiles, "wasm"> | { wasm: WebAssembly.Module },
  { AuthError, describe, dress }: Shared,
): Promise<VaultSide> {
  const fail: Fail<AuthError> = ({ code, ...details }, cause) =>
    new AuthError(code, messageOf(code, details.detail), { ...details, cause });
  const { vault, wake, dispose } = await openVault(opening, fail, hearing, wasm);
  return {
    ask: (what, body, segment) => vault.ask(what, body, segment) as Promise<never>,
    signOut: (scope) => vault.signOut(scope),
    async fetch(input, init) {
      const { onUploadProgress } = init ?? {};
      if (!onUploadProgress) return vault.fetch(input, init);
      const { call, signal, body } = describe(input, init);
      if (body) call.body = await body;
      const report = (loaded: number, total: number) => onUploadProgress({ loaded, total });
      const response: Response = await vault.fetch(call.url, initOf(call, signal), call.progress ? report : undefined);
      const { url, redirected, type } = response;
      return dress(response, { url, redirected, type });
    },
    wake,
    dispose,
  };
}
