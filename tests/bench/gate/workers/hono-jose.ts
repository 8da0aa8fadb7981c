// The usual way to do it, done well: keys are imported once per isolate, one handler without middleware, nothing parsed
// twice. It verifies what the gate verifies: signature, algorithm, typ, issuer, audience, expiry, the claims that are
// used.
import { Hono } from "hono";
import {
  type CryptoKey,
  errors,
  importJWK,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";

interface Env {
  UPSTREAM: { fetch(request: Request): Promise<Response> };
  ISSUER: string;
  AUDIENCE: string;
  JWKS: JSONWebKeySet;
}

interface Claims extends JWTPayload {
  sid: string;
  roles: string[];
  scope: string;
}

let keys: Map<string | undefined, CryptoKey> | undefined;
let options: JWTVerifyOptions | undefined;

const app = new Hono<{ Bindings: Env }>();

app.get("/api/*", async (c) => {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(c.req.header("Authorization") ?? "") ?? [];
  if (token === undefined) return refuse("Bearer");
  keys ??= await importKeys(c.env.JWKS);
  options ??= {
    issuer: c.env.ISSUER,
    audience: c.env.AUDIENCE,
    typ: "at+jwt",
    algorithms: ["ES256"],
    requiredClaims: ["sub", "exp", "iat", "jti", "client_id", "sid", "roles", "scope"],
  };
  let claims: Claims;
  try {
    ({ payload: claims } = await jwtVerify<Claims>(token, keyOf, options));
  } catch (error) {
    if (error instanceof errors.JOSEError) return refuse('Bearer error="invalid_token"');
    throw error;
  }
  const headers = new Headers(c.req.raw.headers);
  for (const name of [...headers.keys()]) if (/^latchkey[-_]/.test(name)) headers.delete(name);
  headers.delete("Authorization");
  headers.set("Latchkey-Issuer", claims.iss ?? "");
  headers.set("Latchkey-Subject", claims.sub ?? "");
  headers.set("Latchkey-Session", claims.sid);
  headers.set("Latchkey-Roles", claims.roles.join(" "));
  headers.set("Latchkey-Scope", claims.scope);
  headers.set("Latchkey-Token-Id", claims.jti ?? "");
  return c.env.UPSTREAM.fetch(new Request(c.req.raw, { headers, redirect: "manual" }));
});

function keyOf({ kid }: { kid?: string }): CryptoKey {
  const key = keys?.get(kid);
  if (!key) throw new errors.JWKSNoMatchingKey();
  return key;
}

async function importKeys({ keys }: JSONWebKeySet) {
  return new Map(
    await Promise.all(keys.map(async (jwk) => [jwk.kid, (await importJWK(jwk, "ES256")) as CryptoKey] as const)),
  );
}

const refuse = (challenge: string) => new Response(null, { status: 401, headers: { "WWW-Authenticate": challenge } });

export default app;
