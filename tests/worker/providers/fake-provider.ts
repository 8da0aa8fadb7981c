// A provider of OpenID Connect on loopback that does what a test asks for. It is strict about what the service sends
// (PKCE, redirect URI, client authentication, one use of a code), and answers each step as a test requires.
import { createHash, randomBytes } from "node:crypto";
import type http from "node:http";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { type Handler, json, type Listener, startListener } from "../../harness/listener.ts";

export const CLIENT = { id: "latchkey at fake", secret: "a secret: with % and spaces" };

export interface User {
  sub: string;
  email?: string;
  email_verified?: unknown;
  [claim: string]: unknown;
}

/** The user's approval, as the provider remembers it. */
interface Grant {
  user: User;
  parameters: URLSearchParams;
  uses: number;
}

export type Step = "metadata" | "jwks" | "token" | "userinfo";

export interface FakeProvider {
  readonly issuer: string;
  readonly listener: Listener;
  /** Answers a step by this handler from now on; `undefined` restores the normal answer. */
  answer(step: Step, handler: Handler | undefined): void;
  /** Changes what the provider is, from now on. */
  readonly is: {
    /** Members that the discovery document has or, with `undefined`, has not. */
    metadata: Record<string, unknown>;
    /** Claims that ID tokens have or, with `undefined`, have not. */
    claims: Record<string, unknown>;
    /** The header of ID tokens. */
    header: Record<string, unknown>;
    /** Whether a code can be used several times. */
    lenient: boolean;
  };
  /** Resets `is` and the answers. */
  reset(): void;
  /** The user approves at the page. Returns the parameters with which the browser returns. */
  approve(page: string, user: User): URLSearchParams;
  /** The bodies of the requests to the token endpoint. */
  readonly exchanges: URLSearchParams[];
  /** Signs an ID token with this key of the provider's, or with another one. */
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>, key?: CryptoKey): Promise<string>;
  stop(): Promise<void>;
}

export async function startFakeProvider(): Promise<FakeProvider> {
  const listener = await startListener();
  const issuer = listener.origin;
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: "k1", use: "sig" };
  const grants = new Map<string, Grant>();
  const tokens = new Map<string, User>();
  const exchanges: URLSearchParams[] = [];
  const answers = new Map<Step, Handler>();
  const is: FakeProvider["is"] = { metadata: {}, claims: {}, header: {}, lenient: false };

  const sign: FakeProvider["sign"] = (claims, header = {}, key = privateKey) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1", ...header }).sign(key);

  const on = (step: Step, path: string, normal: Handler) =>
    listener.on(path, (request, response) => (answers.get(step) ?? normal)(request, response));
  on("metadata", "/.well-known/openid-configuration", (request, response) =>
    json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      ...is.metadata,
    })(request, response),
  );
  on("jwks", "/jwks", json({ keys: [jwk] }));
  on("userinfo", "/userinfo", (request, response) => {
    const user = tokens.get((request.headers.authorization ?? "").replace("Bearer ", ""));
    if (user) json(user)(request, response);
    else response.writeHead(401).end();
  });
  on("token", "/token", async (request, response) => {
    const body = new URLSearchParams(await text(request));
    exchanges.push(body);
    const grant = grants.get(body.get("code") ?? "");
    const wrong = grant ? refusal(grant, body, request.headers.authorization, is) : "invalid_grant";
    if (wrong || !grant) return void response.writeHead(400, JSON_TYPE).end(JSON.stringify({ error: wrong }));
    grant.uses += 1;
    const access = randomBytes(16).toString("hex");
    tokens.set(access, grant.user);
    const now = Math.floor(Date.now() / 1000);
    const nonce = grant.parameters.get("nonce");
    const claims = { iss: issuer, aud: CLIENT.id, iat: now, exp: now + 300, nonce, ...grant.user, ...is.claims };
    json({
      access_token: access,
      refresh_token: `refresh-${access}`,
      token_type: "Bearer",
      expires_in: 3600,
      scope: "openid email",
      id_token: await sign(claims, is.header),
    })(request, response);
  });

  return {
    issuer,
    listener,
    is,
    exchanges,
    sign,
    answer: (step, handler) => {
      if (handler) answers.set(step, handler);
      else answers.delete(step);
    },
    reset: () => {
      answers.clear();
      Object.assign(is, { metadata: {}, claims: {}, header: {}, lenient: false });
    },
    approve: (page, user) => {
      const parameters = new URL(page).searchParams;
      const code = randomBytes(12).toString("hex");
      grants.set(code, { user, parameters, uses: 0 });
      return new URLSearchParams({ code, state: parameters.get("state") ?? "" });
    },
    stop: () => listener.stop(),
  };
}

const JSON_TYPE = { "Content-Type": "application/json" };

/** Why a code is not exchanged, by the codes of RFC 6749 section 5.2. */
function refusal(grant: Grant, body: URLSearchParams, header: string | undefined, is: FakeProvider["is"]) {
  const verifier = createHash("sha256")
    .update(body.get("code_verifier") ?? "")
    .digest("base64url");
  const methods = is.metadata.token_endpoint_auth_methods_supported as string[] | undefined;
  const inBody = methods?.includes("client_secret_post") ?? false;
  const encode = (value: string) => new URLSearchParams({ "": value }).toString().slice(1);
  const basic = `Basic ${Buffer.from(`${encode(CLIENT.id)}:${encode(CLIENT.secret)}`).toString("base64")}`;
  const isClient = inBody
    ? body.get("client_id") === CLIENT.id && body.get("client_secret") === CLIENT.secret && header === undefined
    : header === basic && !body.has("client_secret");
  if (!isClient) return "invalid_client";
  const asked = grant.parameters;
  const fits =
    body.get("grant_type") === "authorization_code" &&
    body.get("redirect_uri") === asked.get("redirect_uri") &&
    asked.get("code_challenge_method") === "S256" &&
    asked.get("code_challenge") === verifier &&
    (grant.uses === 0 || is.lenient);
  return fits ? undefined : "invalid_grant";
}

export async function text(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
