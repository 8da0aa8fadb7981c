import { grouped } from "../groups/names.js";
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
  /** A function that calls the one of this name that the owner has. */
  const passOn =
    (name: string, owner: (client: AuthClient) => object = (client) => client) =>
    (...args: unknown[]) =>
      later(async (client) => (owner(client) as Record<string, Action>)[name]?.(...args));
  const wrap: LateActions["wrap"] =
    (fetch = globalThis.fetch) =>
    async (input, init) =>
      mayBeForVault(input) ? later((client) => client.wrap(fetch)(input, init)) : fetch(input, init);
  const actions: Record<keyof LateActions, unknown> = {
    ...grouped((group, name) =>
      passOn(name, (client) => {
        if (group === "account") return client;
        return group === "totp" ? client.secondFactor.totp : client[group];
      }),
    ),
    signUp: passOn("signUp"),
    signIn: passOn("signIn"),
    signOut: passOn("signOut"),
    fetch: passOn("fetch"),
    wrap,
  };
  return actions as LateActions;
}
