// The access token as an independent implementation sees it, and similar but invalid tokens.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign as signDer } from "node:crypto";
import { test } from "node:test";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from "jose";
import { assertChallenge, assertHygiene, assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { call, get, ownPage, post, signUp } from "../../harness/visitor.ts";
import { AUDIENCE, type World } from "./world.ts";

const CLAIMS = [
  ...["iss", "sub", "aud", "client_id", "iat", "exp", "auth_time", "acr", "amr", "jti", "sid", "epoch", "roles"],
  "scope",
];
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const UNAUTHORIZED = ["/api/me", "/echo/x", "/auth/sessions", "/auth/verify"];

const b64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export function token({ origin, stack }: World): void {
  const jwks = async (): Promise<{ keys: JWK[] }> => (await get(origin, "/.well-known/jwks.json")).json();

  test("the JWKS has public P-256 keys only, each under its RFC 7638 thumbprint", async () => {
    const answer = await get(origin, "/.well-known/jwks.json");
    assert.equal(answer.status, 200);
    assert.match(answer.header("content-type") ?? "", /^application\/(jwk-set\+)?json(;|$)/);
    assertHygiene(answer);
    const { keys, ...rest } = answer.json();
    assert.deepEqual(rest, {});
    assert.ok(keys.length >= 1);
    for (const key of keys) {
      assert.deepEqual(
        PRIVATE.filter((name) => name in key),
        [],
        "private members",
      );
      assert.deepEqual(
        { kty: key.kty, crv: key.crv, use: key.use, alg: key.alg },
        { kty: "EC", crv: "P-256", use: "sig", alg: "ES256" },
      );
      assert.equal(key.kid, await calculateJwkThumbprint(key, "sha256"));
    }
  });

  test("RFC 8414 metadata names this issuer and the location of its keys", async () => {
    const answer = await get(origin, "/.well-known/oauth-authorization-server");
    assert.equal(answer.status, 200);
    assert.match(answer.header("content-type") ?? "", /^application\/json(;|$)/);
    const metadata = answer.json();
    assert.equal(metadata.issuer, origin);
    assert.equal(metadata.jwks_uri, `${origin}/.well-known/jwks.json`);
    assert.ok(Array.isArray(metadata.response_types_supported), "REQUIRED by RFC 8414, section 2");
    for (const [name, value] of Object.entries(metadata)) {
      if (/_(endpoint|uri)$/.test(name)) assert.ok(String(value).startsWith(`${origin}/`), `${name} is ours`);
    }
  });

  test("check_43 the token's header and claims are exactly those of the contract, and jose verifies it", async () => {
    const { token, body } = await signUp(origin);
    assert.equal(token.split(".").length, 3);
    const header = decodeProtectedHeader(token);
    assert.deepEqual(Object.keys(header).sort(), ["alg", "kid", "typ"]);
    assert.equal(header.alg, "ES256");
    assert.equal(header.typ, "at+jwt");
    const set = await jwks();
    assert.ok(
      set.keys.some(({ kid }) => kid === header.kid),
      "its key is in the JWKS",
    );

    const { payload } = await jwtVerify(token, createLocalJWKSet(set), {
      issuer: origin,
      audience: AUDIENCE,
      typ: "at+jwt",
      algorithms: ["ES256"],
    });
    assert.deepEqual(Object.keys(payload).sort(), [...CLAIMS].sort());
    assert.equal(payload.iss, origin);
    assert.equal(payload.aud, AUDIENCE);
    assert.equal(payload.sub, body.session.user.id);
    assert.equal(payload.sid, body.session.id);
    assert.equal(payload.client_id, "latchkey");
    assert.deepEqual(payload.roles, []);
    assert.deepEqual([payload.acr, payload.amr, body.session.methods], ["aal1", ["pwd"], ["pwd"]]);
    assert.equal(typeof payload.scope, "string");
    assert.ok(Number.isInteger(payload.epoch) && Number.isInteger(payload.iat) && Number.isInteger(payload.exp));
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), body.expires_in, "expires_in matches exp");
    assert.ok(Math.abs((payload.iat ?? 0) - Date.now() / 1000) < 60, "issued now");
    assert.ok(typeof payload.jti === "string" && payload.jti.length >= 16);
  });

  test("check_43 every token has a jti of its own", async () => {
    const who = await signUp(origin);
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(origin, "/auth/refresh", undefined, who)));
    const ids = [who.token, ...answers.map((answer) => answer.json().access_token as string)].map(
      (t) => decodeJwt(t).jti,
    );
    assert.equal(new Set(ids).size, ids.length);
  });

  test("check_18 the Bearer scheme is accepted in any case, and nothing else carries a token", async () => {
    const { token } = await signUp(origin);
    const status = async (path: string, headers: [string, string][]) => (await ask(origin, path, { headers })).status;
    for (const scheme of ["Bearer", "bearer", "BEARER"])
      assert.equal(await status("/api/me", [["Authorization", `${scheme} ${token}`]]), 200, scheme);
    const refused: [string, string, [string, string][]][] = [
      ["query", `/api/me?access_token=${token}`, []],
      ["another scheme", "/api/me", [["Authorization", `Token ${token}`]]],
      ["no scheme", "/api/me", [["Authorization", token]]],
      ["two spaces", "/api/me", [["Authorization", `Bearer  ${token}`]]],
      ["a tab", "/api/me", [["Authorization", `Bearer\t${token}`]]],
      ["something after it", "/api/me", [["Authorization", `Bearer ${token} x`]]],
      ["a comma after it", "/api/me", [["Authorization", `Bearer ${token},`]]],
      [
        "two headers",
        "/api/me",
        [
          ["Authorization", `Bearer ${token}`],
          ["Authorization", `Bearer ${token}`],
        ],
      ],
      [
        "two headers, one bad",
        "/api/me",
        [
          ["Authorization", "Bearer x"],
          ["authorization", `Bearer ${token}`],
        ],
      ],
      ["empty", "/api/me", [["Authorization", "Bearer "]]],
      [
        "another header",
        "/api/me",
        [
          ["X-Authorization", `Bearer ${token}`],
          ["Proxy-Authorization", `Bearer ${token}`],
        ],
      ],
    ];
    for (const [what, path, headers] of refused) assert.equal(await status(path, headers), 401, what);
  });

  test("check_22 without a token: 401, a challenge without an error code", async () => {
    for (const path of UNAUTHORIZED) {
      const answer = await get(origin, path);
      assertProblem(answer, "invalid_token", { what: path });
      assertChallenge(answer, null, path);
    }
  });

  test("check_08_check_10_check_12_check_22 a table of forgeries: each gets 401 invalid_token with the same response", async () => {
    const { token } = await signUp(origin);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const { kid } = decodeProtectedHeader(token) as { kid: string };
    const claims = decodeJwt(token);
    const ours = (await jwks()).keys.find((key) => key.kid === kid) as JWK;
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const foreign = (head: object, changes: object = {}) =>
      new SignJWT({ ...claims, ...changes })
        .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid, ...head })
        .sign(privateKey);
    const ourPem = await exportSPKI((await importJWK(ours, "ES256", { extractable: true })) as CryptoKey);
    const hmac = (secret: string | Buffer) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid }).sign(Buffer.from(secret));
    const rsa = await generateKeyPair("RS256");
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const der = signDer("sha256", Buffer.from(`${header}.${payload}`), ec.privateKey).toString("base64url");
    const publicJwk = ec.publicKey.export({ format: "jwk" }) as JWK;
    const changed = (changes: object) => `${header}.${b64({ ...claims, ...changes })}.${signature}`;
    const head = (changes: object) =>
      `${b64({ alg: "ES256", typ: "at+jwt", kid, ...changes })}.${payload}.${signature}`;
    const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

    const table: [string, string][] = [
      ["another key under our kid", await foreign({})],
      ["another key under its own kid", await foreign({ kid: await calculateJwkThumbprint(await jwkOf(publicKey)) })],
      [
        "another key, embedded as jwk",
        await new SignJWT({ ...claims })
          .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid, jwk: publicJwk as never })
          .sign(ec.privateKey),
      ],
      ["another key by jku", await foreign({ jku: "http://127.0.0.1:1/jwks.json" })],
      ["alg none", `${b64({ alg: "none", typ: "at+jwt", kid })}.${payload}.`],
      ["alg None with our signature", head({ alg: "None" })],
      ["alg in lower case", head({ alg: "es256" })],
      ["no alg", head({ alg: undefined })],
      ["HS256 with the public key as PEM", await hmac(ourPem)],
      ["HS256 with the public key as JWK", await hmac(JSON.stringify(ours))],
      ["HS256 with the x coordinate", await hmac(Buffer.from(ours.x ?? "", "base64url"))],
      ["HS256 with the kid", await hmac(kid.padEnd(32, "_"))],
      [
        "RS256 with a key of that type",
        await new SignJWT({ ...claims }).setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid }).sign(rsa.privateKey),
      ],
      ["ES384 with our signature", head({ alg: "ES384" })],
      ["typ JWT with our signature", head({ typ: "JWT" })],
      ["crit", head({ crit: ["exp"] })],
      ["b64", head({ b64: false, crit: ["b64"] })],
      ["another user", changed({ sub: "someone-else" })],
      ["more roles", changed({ roles: ["admin"] })],
      ["later expiry", changed({ exp: (claims.exp ?? 0) + 9999 })],
      ["another issuer", changed({ iss: "https://evil.example" })],
      ["another audience", changed({ aud: "https://other.example" })],
      ["zero signature", `${header}.${payload}.${b64("\0".repeat(64))}`],
      ["empty signature", `${header}.${payload}.`],
      ["short signature", `${header}.${payload}.${signature.slice(0, 40)}`],
      ["DER signature", `${header}.${payload}.${der}`],
      ["padded", `${token}==`],
      [
        "standard base64",
        token
          .replaceAll("-", "+")
          .replaceAll("_", "/")
          .concat(/[-_]/.test(token) ? "" : "+"),
      ],
      ["a bit of the header", flip(header, 5) + token.slice(header.length)],
      ["a bit of the payload", `${header}.${flip(payload, 20)}.${signature}`],
      ["a bit of the signature", `${header}.${payload}.${flip(signature, 20)}`],
      ["two parts", `${header}.${payload}`],
      ["four parts", `${token}.${signature}`],
      ["five parts", `${header}...${payload}.${signature}`],
      ["JSON serialization", b64({ protected: header, payload, signature })],
      ["a million dots", ".".repeat(8000)],
      ["over 8 KiB", `${header}.${b64({ ...claims, pad: "x".repeat(9000) })}.${signature}`],
      ["not base64", "%%%.???.***"],
      ["a header that isn't JSON", `${b64("hello")}.${payload}.${signature}`],
      ["a header that is a list", `${b64([])}.${payload}.${signature}`],
      ["deep nesting", `${b64(`{"a":${"[".repeat(1000)}${"]".repeat(1000)}}`)}.${payload}.${signature}`],
      ["a payload that is a string", `${header}.${b64('"hello"')}.${signature}`],
      [
        "a duplicate name in the header",
        `${b64(`{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"${kid}"}`)}.${payload}.${signature}`,
      ],
    ];
    const kids: [string, unknown][] = [
      ["missing", undefined],
      ["empty", ""],
      ["5 kB", "k".repeat(5000)],
      ["a number", 7],
      ["null", null],
      ["a list", [kid]],
      ["in another case", kid.toUpperCase() === kid ? kid.toLowerCase() : kid.toUpperCase()],
      ["with a space", `${kid} `],
      ["path-like", "../../../../dev/null"],
      ["URL-like", "http://127.0.0.1:1/jwks.json"],
      ["SQL-like", "' OR '1'='1' --"],
      ["with NUL", `${kid}\0`],
      ["__proto__", "__proto__"],
      ["constructor", "constructor"],
    ];
    for (const [what, value] of kids) {
      table.push([`kid ${what}, our signature`, head({ kid: value })]);
      table.push([
        `kid ${what}, another key`,
        await rawForeign({ alg: "ES256", typ: "at+jwt", kid: value }, payload, ec.privateKey),
      ]);
    }

    const paths = ["/api/me", "/auth/sessions", "/auth/verify"];
    const words = new Map(paths.map((path) => [path, new Set<string>()]));
    for (const [what, forged] of table) {
      assert.notEqual(forged, token, what);
      for (const path of paths) {
        const answer = await get(origin, path, { token: forged });
        assertProblem(answer, "invalid_token", { what: `${what} at ${path}` });
        assertChallenge(answer, "invalid_token", `${what} at ${path}`);
        words.get(path)?.add(answer.text + answer.header("www-authenticate"));
      }
    }
    for (const [path, texts] of words)
      assert.deepEqual([...texts].length, 1, `${path}: a client never learns which check failed: ${[...texts]}`);
    assert.equal((await get(origin, "/api/me", { token })).status, 200, "the valid token is still accepted");
    assert.equal((await call(origin, "GET", "/healthz")).status, 200);
    assert.ok(!stack.logs().includes(signature), "no log line shows a token's signature");
  });

  test("a 10 kB kid, NUL and non-ASCII bytes in the header: rejected, and the Worker keeps working", async () => {
    const big = `${b64({ alg: "ES256", typ: "at+jwt", kid: "k".repeat(10_000) })}.e30.${"A".repeat(86)}`;
    for (const value of [`Bearer ${big}`, "Bearer \u00ff\u00fe.\u00e9.\u00e8", "Bearer ..", "Bearer ."]) {
      const answer = await ask(origin, "/api/me", { headers: { ...ownPage(origin), Authorization: value } });
      assertProblem(answer, "invalid_token", { what: value.slice(0, 30) });
    }
    assert.equal((await get(origin, "/healthz")).status, 200);
  });
}

async function jwkOf(key: CryptoKey): Promise<JWK> {
  return (await crypto.subtle.exportKey("jwk", key)) as JWK;
}

async function rawForeign(header: object, payload: string, key: Parameters<typeof signDer>[2]): Promise<string> {
  const input = `${b64(header)}.${payload}`;
  const signature = signDer("sha256", Buffer.from(input), { key: key as never, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}
