import type { AuthRequestInit, ClientOptions } from "./types.js";
import type { VaultSide } from "./vault-side.js";

/** Headers that only the vault and the service set. `Headers` gives names in lower case. */
const OWNED = /^(authorization$|latchkey-)/;

type HeadersOption = NonNullable<ClientOptions["headers"]>;

/** A vault whose calls get the headers that the function returns. Loaded only if there is such a function. */
export function withHeaders(vault: VaultSide, headersOf: HeadersOption): VaultSide {
  return {
    ...vault,
    // It is asked at once: nothing waits between the call and the message to the vault.
    fetch: async (input, init) => vault.fetch(input, addHeaders(input, init, headersOf, document.baseURI)),
  };
}

/** The call's options, with the added headers. Throws a `TypeError` if `fetch` would, because of the URL or the headers. */
export function addHeaders(
  input: RequestInfo | URL,
  init: AuthRequestInit | undefined,
  headersOf: HeadersOption,
  base: string,
): AuthRequestInit {
  const request = input instanceof Request ? input : undefined;
  const headers = new Headers(init?.headers ?? request?.headers);
  const url = new URL(request ? request.url : (input as string | URL), base).href;
  const method = (init?.method ?? request?.method ?? "GET").toUpperCase();
  try {
    const added = headersOf({ url, method });
    if (added instanceof Promise) throw new TypeError("headers: expected the headers, not a promise of them.");
    const given = Symbol.iterator in added ? added : Object.entries(added).filter(([, value]) => value !== undefined);
    for (const [name, value] of new Headers(given as [string, string][])) {
      if (!OWNED.test(name) && !headers.has(name)) headers.set(name, value);
    }
  } catch (error) {
    // A fault of what only observes must not become one of the call.
    reportError(error);
  }
  // Inherits from what was given, whose members may be getters.
  return Object.create(init ?? null, { headers: { value: headers, enumerable: true } });
}
