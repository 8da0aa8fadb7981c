import type { AuthError } from "./errors.js";
import type { VaultFiles } from "./files.js";
import { messageOf } from "./message-of.js";
import { asked, openVault } from "./open-vault.js";
import type { Fail, Hearing, Opening, VaultSide } from "./vault-side.js";

/**
 * A vault in the page itself. Loaded only by those who have asked for it; `errors` is given, so that bundlers find nothing
 * that this and the page's first file have in common, and make no third one of it.
 */
export async function openInPage(
  opening: Opening,
  hearing: Hearing<AuthError>,
  { wasm }: Pick<VaultFiles, "wasm"> | { wasm: WebAssembly.Module },
  errors: typeof AuthError,
): Promise<VaultSide> {
  const fail: Fail<AuthError> = ({ code, ...details }, cause) =>
    new errors(code, messageOf(code, details.detail), { ...details, cause });
  const { vault, wake, dispose } = await openVault(opening, fail, hearing, wasm);
  return {
    ask: (what, body) => asked(vault, what, body),
    signOut: (scope) => vault.signOut(scope),
    sessions: () => vault.sessions(),
    revoke: (session) => vault.revoke(encodeURIComponent(session)),
    ticket: (url) => vault.ticket(url),
    fetch: (input, init) => vault.fetch(input, init),
    wake,
    dispose,
  };
}
