// In the page: each way to call an API with a token, behind one interface.
import { Auth0Client } from "@auth0/auth0-spa-js";
import { createClient } from "latchkey-auth";
import { InMemoryWebStorage, User, UserManager, WebStorageStateStore } from "oidc-client-ts";

/** Calls an API with the token on it. */
export type Call = (url: string, init?: RequestInit) => Promise<Response>;

export interface Candidate {
  call: Call;
  /** Milliseconds from the first call of the library to the moment at which it has a token. */
  ready: number;
  dispose(): void;
}

const origin = location.origin;

/** `fetch`, with a token that was at hand. */
async function bare(): Promise<Candidate> {
  const headers = { Authorization: `Bearer ey${"x".repeat(550)}` };
  return { call: (url, init) => fetch(url, { ...init, headers }), ready: 0, dispose() {} };
}

async function latchkey(vault: "worker" | "page"): Promise<Candidate> {
  const began = performance.now();
  const auth = await createClient({ service: origin, vault });
  while (auth.status === "loading")
    await new Promise<void>((changed) => {
      const stop = auth.subscribe(() => {
        stop();
        changed();
      });
    });
  if (auth.status !== "signed-in") throw new Error(`latchkey is ${auth.status}: ${auth.lastError}`);
  return { call: auth.fetch, ready: performance.now() - began, dispose: () => auth.dispose() };
}

/** Its fetcher, without DPoP; tokens in memory, renewed by refresh token. */
async function auth0(): Promise<Candidate> {
  const began = performance.now();
  const client = new Auth0Client({
    ...{ domain: origin, clientId: "bench", cacheLocation: "memory", useRefreshTokens: true, useDpop: false },
    authorizationParams: { scope: "openid offline_access" },
  });
  // The way to a token that needs no page to go to and come back from.
  await client.loginWithCustomTokenExchange({ subject_token: "x", subject_token_type: "urn:bench:token" });
  const fetcher = client.createFetcher();
  return {
    call: (url, init) => fetcher.fetchWithAuth(url, init),
    ready: performance.now() - began,
    dispose() {},
  };
}

/** As its documentation shows: get the user, renew if their token has expired, set the header. */
async function oidc(): Promise<Candidate> {
  const began = performance.now();
  const manager = new UserManager({
    ...{ authority: origin, client_id: "bench", redirect_uri: origin, automaticSilentRenew: false },
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    metadata: { issuer: `${origin}/`, token_endpoint: `${origin}/oauth/token` },
  });
  const profile = { iss: `${origin}/`, aud: "bench", sub: "user", iat: 0, exp: 4e9 };
  const expired = { expires_at: 1, refresh_token: "refresh", scope: "openid" };
  await manager.storeUser(new User({ access_token: "", token_type: "Bearer", profile, ...expired }));
  const current = async () => {
    const user = await manager.getUser();
    return user && !user.expired ? user : manager.signinSilent();
  };
  await current();
  return {
    call: async (url, init) => {
      const user = await current();
      return fetch(url, { ...init, headers: { Authorization: `Bearer ${user?.access_token}` } });
    },
    ready: performance.now() - began,
    dispose() {},
  };
}

export const CANDIDATES = {
  bare,
  worker: () => latchkey("worker"),
  page: () => latchkey("page"),
  auth0,
  oidc,
} satisfies Record<string, () => Promise<Candidate>>;

export type CandidateName = keyof typeof CANDIDATES;
