import { AuthError } from "./errors.js";
import { messageOf } from "./message-of.js";
import { openVault } from "./open-vault.js";
import type { Fail, Hearing, Opening, VaultSide } from "./vault-side.js";

const fail: Fail<AuthError> = (code, transient, status, reason, detail, retryAfter, cause) =>
  new AuthError(code, messageOf(code, detail), { transient, status, reason, retryAfter, cause });

/** A vault in the page itself. Loaded only by those who have asked for it. */
export async function openInPage(opening: Opening, hearing: Hearing<AuthError>): Promise<VaultSide> {
  const { vault, wake, dispose } = await openVault(opening, fail, hearing);
  return {
    ask: (what, body) => vault[what](body),
    signOut: (scope) => vault.signOut(scope),
    sessions: () => vault.sessions(),
    revoke: (session) => vault.revoke(encodeURIComponent(session)),
    fetch: (input, init) => vault.fetch(input, init),
    wake,
    dispose,
  };
}
