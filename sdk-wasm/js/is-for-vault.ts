import type { ClientOptions } from "./types.js";

/** A promise of a client that says which calls its vault will handle, so that adapters know it before there is a client. */
export interface MarkedPromise {
  isForVault?(input: RequestInfo | URL): boolean;
}

/** Whether the origin of a call's URL is one of `apiOrigins`. Throws if the URL or one of the origins is not valid. */
export function isForVault(input: RequestInfo | URL, { service, apiOrigins = [service] }: ClientOptions): boolean {
  const { origin } = new URL(input instanceof Request ? input.url : input, globalThis.document?.baseURI);
  return apiOrigins.some((api) => new URL(api).origin === origin);
}
