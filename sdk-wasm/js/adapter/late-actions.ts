import type { AuthClient } from "../types.js";

/** What a client can be asked to do: all of its functions but those an adapter takes care of. */
export type LateActions = Omit<AuthClient, "status" | "session" | "tokenClock" | "lastError" | "subscribe" | "dispose">;

type Action = (...args: unknown[]) => Promise<unknown>;

/**
 * Functions that pass on to a client, by way of `later`: at once if there is one, else as soon as there is.
 *
 * @param mayBeForVault `false`: the client would not handle this call, so a wrapped `fetch` need not wait for it.
 */
export function lateActions(
  later: <T>(act: (client: AuthClient) => Promise<T>) => Promise<T>,
  mayBeForVault: (input: RequestInfo | URL) => boolean,
): LateActions {
  /** A function of each of these names, for the one that the owner has. Smaller than each written out. */
  const passOn = <Name extends string>(
    names: readonly Name[],
    owner: (client: AuthClient) => Record<Name, unknown>,
  ) => {
    const actions = {} as Record<Name, Action>;
    for (const name of names) {
      actions[name] = (...args) => later((client) => (owner(client) as Record<Name, Action>)[name](...args));
    }
    return actions;
  };
  const wrap: LateActions["wrap"] =
    (fetch = globalThis.fetch) =>
    async (input, init) =>
      mayBeForVault(input) ? later((client) => client.wrap(fetch)(input, init)) : fetch(input, init);
  const actions: Record<keyof LateActions, unknown> = {
    ...passOn(
      ["signUp", "signIn", "signOut", "reauthenticate", "changePassword", "deleteAccount", "ticket", "fetch"],
      (client) => client,
    ),
    wrap,
    sessions: passOn(["list", "revoke"], (client) => client.sessions),
  };
  return actions as LateActions;
}
