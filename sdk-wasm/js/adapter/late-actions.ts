import type { AuthClient } from "../types.js";

/** What a client can be asked to do: all of its functions but those an adapter takes care of. */
export type LateActions = Omit<AuthClient, "status" | "session" | "tokenClock" | "lastError" | "subscribe" | "dispose">;

/**
 * Functions that pass on to a client, by way of `later`: at once if there is one, else as soon as there is.
 *
 * @param mayBeForVault `false`: the client would not handle this call, so a wrapped `fetch` need not wait for it.
 */
export function lateActions(
  later: <T>(act: (client: AuthClient) => Promise<T>) => Promise<T>,
  mayBeForVault: (input: RequestInfo | URL) => boolean,
): LateActions {
  return {
    signUp: (credentials) => later((client) => client.signUp(credentials)),
    signIn: (credentials) => later((client) => client.signIn(credentials)),
    signOut: (options) => later((client) => client.signOut(options)),
    reauthenticate: (proof) => later((client) => client.reauthenticate(proof)),
    changePassword: (passwords) => later((client) => client.changePassword(passwords)),
    deleteAccount: (proof) => later((client) => client.deleteAccount(proof)),
    ticket: (url) => later((client) => client.ticket(url)),
    fetch: (input, init) => later((client) => client.fetch(input, init)),
    wrap:
      (fetch = globalThis.fetch) =>
      async (input, init) =>
        mayBeForVault(input) ? later((client) => client.wrap(fetch)(input, init)) : fetch(input, init),
    sessions: {
      list: () => later((client) => client.sessions.list()),
      revoke: (id) => later((client) => client.sessions.revoke(id)),
    },
  };
}
