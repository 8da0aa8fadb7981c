// A real identity provider on loopback (oidc-provider): discovery document, key set, access tokens as JWTs
// (RFC 9068) by client credentials and by authorization code, ID tokens. Its keys can be rotated while it
// runs, as a restart with other keys would.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Configuration, type JWK } from "oidc-provider";
import { newKey } from "../worker/issuers/keys.ts";
import { followRedirects } from "./follow-redirects.ts";

/** The last segment of an access token's resource names the algorithm of its signature. */
const RESOURCE = "https://their-api.example/";
const CALLBACK = "https://their-app.example/callback";
const MACHINE = { client_id: "machine", client_secret: randomBytes(24).toString("hex") };
const APP = { client_id: "app", client_secret: randomBytes(24).toString("hex") };

export interface IdentityProvider {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly jwksUrl: string;
  /** An access token of the machine client, by client credentials. */
  machineToken(alg: string): Promise<string>;
  /** The tokens of a user who signs in, by authorization code with PKCE. */
  userTokens(alg: string): Promise<{ access: string; id: string }>;
  /** Signs with new keys of the same algorithms from now on; the old ones stay in the set or are removed. */
  rotate(old: "published" | "removed"): Promise<void>;
  /** How often a path was requested. */
  count(path: "/.well-known/openid-configuration" | "/jwks"): number;
  /** Stops the server. */
  takeDown(): Promise<void>;
}

export interface ProviderOptions {
  algorithms: string[];
  /** Further claims of each access token, by its subject. */
  extraClaims: (subject: string) => Record<string, unknown>;
}

export async function startIdentityProvider({ algorithms, extraClaims }: ProviderOptions): Promise<IdentityProvider> {
  let generation = 0;
  const newKeys = async (): Promise<JWK[]> => {
    generation += 1;
    const keys = await Promise.all(algorithms.map((alg) => newKey(alg, `${alg}-${generation}`)));
    return keys.map((key) => key.privateJwk as JWK);
  };
  const counts = new Map<string, number>();
  let handle: http.RequestListener = (_, response) => void response.writeHead(503).end();
  const server = http.createServer((request, response) => {
    const path = new URL(request.url ?? "/", issuer).pathname;
    counts.set(path, (counts.get(path) ?? 0) + 1);
    handle(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let keys = await newKeys();
  const serve = () => {
    const provider = new Provider(issuer, configuration(keys, extraClaims));
    // Suppress warnings that only concern production.
    const callback = provider.callback();
    handle = (request, response) => {
      if (!request.url?.startsWith("/interaction/")) return void callback(request, response);
      // Every user signs in as Alice.
      provider.interactionFinished(request, response, { login: { accountId: "alice" } }).catch((error) => {
        response.writeHead(500).end(String(error));
      });
    };
  };
  serve();

  const tokenRequest = async (client: typeof MACHINE, parameters: Record<string, string>) => {
    const { client_id, client_secret } = client;
    const answer = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { Authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}` },
      body: new URLSearchParams(parameters),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text) as { access_token: string; id_token: string };
  };
  return {
    issuer,
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    jwksUrl: `${issuer}/jwks`,
    machineToken: async (alg) => {
      const parameters = { grant_type: "client_credentials", resource: RESOURCE + alg, scope: "read write" };
      return (await tokenRequest(MACHINE, parameters)).access_token;
    },
    userTokens: async (alg) => {
      const verifier = randomBytes(32).toString("base64url");
      const query = new URLSearchParams({
        client_id: APP.client_id,
        redirect_uri: CALLBACK,
        response_type: "code",
        scope: "openid read",
        resource: RESOURCE + alg,
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      });
      const { searchParams } = await followRedirects(`${issuer}/auth?${query}`, CALLBACK);
      const code = searchParams.get("code") ?? assert.fail(searchParams.toString());
      const parameters = { grant_type: "authorization_code", code, redirect_uri: CALLBACK, code_verifier: verifier };
      const { access_token, id_token } = await tokenRequest(APP, { ...parameters, resource: RESOURCE + alg });
      return { access: access_token, id: id_token };
    },
    rotate: async (old) => {
      keys = [...(await newKeys()), ...(old === "published" ? keys : [])];
      serve();
    },
    count: (path) => counts.get(path) ?? 0,
    takeDown: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function configuration(keys: JWK[], extraClaims: ProviderOptions["extraClaims"]): Configuration {
  const algorithms = [...new Set(keys.map(({ alg }) => alg as string))];
  return {
    jwks: { keys },
    cookies: { keys: ["only for this test"] },
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      ClientCredentials: 300,
      Grant: 300,
      IdToken: 300,
      Interaction: 60,
      Session: 300,
    },
    clients: [
      { ...MACHINE, grant_types: ["client_credentials"], redirect_uris: [], response_types: [] },
      // The ID token is signed like an access token, so that only its type and its audience distinguish them.
      { ...APP, redirect_uris: [CALLBACK], id_token_signed_response_alg: algorithms[0] as "RS256" },
    ],
    enabledJWA: { idTokenSigningAlgValues: algorithms as "RS256"[] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    extraTokenClaims: (_, token) => extraClaims("accountId" in token ? (token.accountId as string) : MACHINE.client_id),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    // Skip the consent page.
    loadExistingGrant: async (ctx) => {
      const { client, params, provider, session } = ctx.oidc;
      const grant = new provider.Grant({
        clientId: client?.clientId as string,
        accountId: session?.accountId as string,
      });
      grant.addOIDCScope("openid");
      grant.addResourceScope(String(params?.resource), "read");
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined as unknown as string,
        getResourceServerInfo: (_, resource) => ({
          scope: "read write",
          audience: "their-api",
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
          jwt: { sign: { alg: resource.slice(RESOURCE.length) as "RS256" } },
        }),
      },
    },
  };
}
