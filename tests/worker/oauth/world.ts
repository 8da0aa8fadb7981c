// An authorization server for tests: clients of each kind, a user, and codes that the user has granted. The pages that
// ask the user are tested elsewhere: here the account issues the codes directly.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { type Answer, ask } from "../../harness/http.ts";
import { newCredential } from "../../harness/operator.ts";
import { type Durable, fromOurPage, ISSUER, METHODS, type Person, person, refresh } from "../durable/world.ts";

export const SECRET = "a-secret-of-the-web-client-with-many-bits";
export const CALLBACK = "https://client.example/callback";
export const RESOURCE = `${ISSUER}/mcp`;
export const [ADMIN, SERVICE] = [newCredential(), newCredential()];

const sha256 = (text: string) => createHash("sha256").update(text).digest();
const route = (path: string, more: Record<string, unknown> = {}) => ({
  ...{ path, methods: METHODS, access: "token", upstream: "echo", revocation: "1s" },
  ...more,
});

/** The configuration. Refresh tokens rotate after `replay_window` seconds. */
export const CONFIG = {
  replay_window: 60,
  sessions_per_account: 5,
  admin_credentials: [ADMIN.hash],
  service_credentials: [SERVICE.hash],
  email_headers: true,
  oauth: {
    scopes: {
      "notes:read": { description: "Read your notes" },
      "notes:write": { description: "Change your notes", roles: ["editor"] },
    },
    resources: { "/mcp": { scopes: ["notes:read", "notes:write"] } },
    clients: Object.fromEntries(
      ["web", "web2"].map((id) => [
        id,
        {
          ...{ name: `The client ${id}`, redirect_uris: [CALLBACK], scopes: ["notes:read", "notes:write"] },
          secret_sha256: [sha256(SECRET).toString("hex")],
        },
      ]),
    ),
  },
  routes: [
    route("/read/*", { scopes: ["notes:read"] }),
    route("/strict/*", { scopes: ["notes:read"], revocation: "strict" }),
    route("/editors/*", { scopes: ["notes:write"], roles: ["editor"] }),
    route("/mcp", { scopes: ["notes:read"] }),
    route("/users/*"),
    route("/page/*", { access: "session", revocation: "none" }),
  ],
};
Object.assign(CONFIG.oauth.clients, {
  app: {
    ...{ name: "A public client", redirect_uris: [CALLBACK], scopes: ["notes:read", "notes:write"] },
    grants: ["authorization_code", "refresh_token"],
  },
  once: {
    ...{ name: "A client without refresh tokens", redirect_uris: [CALLBACK], scopes: ["notes:read"] },
    grants: ["authorization_code"],
  },
});

/** How a client authenticates itself in a request. */
export type ClientParameters = Record<string, string>;
export const WEB = { client_id: "web", client_secret: SECRET };
export const WEB2 = { client_id: "web2", client_secret: SECRET };
export const APP = { client_id: "app" };

/** What the user grants. */
export interface Terms {
  client_id?: string;
  scope?: string;
  resource?: string;
  nonce?: string;
  dpop_jkt?: string;
  lifetime?: number;
}

/** A code, and what the client must present with it. */
export interface Code {
  code: string;
  redirect_uri: string;
  code_verifier: string;
}

const ASKER = { actor: "user", credential: null, request_id: "", source: {} };

/** The keys that a call to an account needs. */
export async function keysOf(world: Durable): Promise<{ id: string; bytes: string }[]> {
  const { Ring } = (await world.object("KEYRING", "keyring", { Ring: { known: null } })).json();
  return Ring.refresh.map(({ id, material }: { id: string; material: string }) => ({ id, bytes: material }));
}

/** The value of a person's cookie, which names the account. */
const value = (one: Person) => one.cookie.replace(/^[^=]*=/, "");
export const accountOf = (one: Person) => value(one).split(".")[1] ?? "";

/** The user grants access, without the pages. */
export async function granted(
  world: Durable,
  who: Person,
  terms: Terms = {},
  keys?: { id: string; bytes: string }[],
): Promise<Code> {
  const { lifetime = 60, scope = "openid notes:read", ...more } = terms;
  const code_verifier = randomBytes(32).toString("base64url");
  const code = `${accountOf(who)}.${randomBytes(32).toString("base64url")}`;
  const call = {
    IssueCode: {
      presented: { cookie: value(who), keys: keys ?? (await keysOf(world)), removed: [] },
      terms: {
        ...{ client_id: "web", redirect_uri: CALLBACK, scope, resource: null, nonce: null, dpop_jkt: null },
        code_challenge: sha256(code_verifier).toString("base64url"),
        ...more,
      },
      ...{ hash: sha256(code).toString("hex"), lifetime, once: null, asker: ASKER },
    },
  };
  const answer = await world.object("ACCOUNT", accountOf(who), call);
  assert.deepEqual(answer.json(), { IssueCode: { Ok: "Issued" } }, answer.text);
  return { code, redirect_uri: CALLBACK, code_verifier };
}

/** A form, as a client sends it: without anything that a browser adds. */
export const send = (world: Durable, path: string, form: Record<string, string>, headers = {}): Promise<Answer> =>
  ask(world.origin, path, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(form).toString(),
  });

/** Redeems a code. */
export const redeem = (world: Durable, code: Partial<Code>, client: ClientParameters = WEB, more = {}) =>
  send(world, "/oauth/token", { grant_type: "authorization_code", ...code, ...client, ...more });

/** Presents a refresh token. */
export const renew = (world: Durable, refresh_token: string, client: ClientParameters = WEB, more = {}) =>
  send(world, "/oauth/token", { grant_type: "refresh_token", refresh_token, ...client, ...more });

export interface Tokens {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
  refresh_token: string;
  id_token: string;
}

/** The tokens in a response. */
export function tokens(answer: Answer, what = ""): Tokens {
  assert.equal(answer.status, 200, `${what} ${answer.text}`);
  assert.match(answer.header("cache-control") ?? "", /no-store/);
  return answer.json();
}

/** A new grant of the user's, redeemed. */
export const signedIn = async (world: Durable, who: Person, terms: Terms = {}, client: ClientParameters = WEB) =>
  tokens(await redeem(world, await granted(world, who, { client_id: client.client_id ?? "", ...terms }), client));

/** The response is this error, in the form of OAuth. */
export function assertOAuthError(answer: Answer, error: string, status = 400, what = ""): void {
  assert.equal(answer.status, status, `${what} ${answer.text}`);
  assert.equal(answer.json().error, error, `${what} ${answer.text}`);
  assert.match(answer.json().error_description, /^[ !#-[\]-~]+$/);
  assert.match(answer.header("cache-control") ?? "", /no-store/);
  assert.equal(answer.setCookies.length, 0);
}

/** What a request to the gate with this token is answered. */
export const at = (world: Durable, path: string, token: string, scheme = "Bearer") =>
  ask(world.origin, path, { headers: { Authorization: `${scheme} ${token}` } });

/** A new user with a session, and a request for another access token of it. */
export const user = (world: Durable) => person(world.origin);
export const renewed = (world: Durable, who: Person) => refresh(world.origin, who.cookie);
export { fromOurPage, ISSUER };
