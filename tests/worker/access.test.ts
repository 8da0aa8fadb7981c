// Access to routes: revocation within a route's bound, the session's cookie at the gate, tokens of other
// issuers, and an upstream that takes too long.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { after, describe, test } from "node:test";
import { assertChallenge, assertProblem } from "../harness/contract.ts";
import { startEcho } from "../harness/echo.ts";
import type { Answer } from "../harness/http.ts";
import { ask } from "../harness/http.ts";
import { startIssuer } from "../harness/issuer.ts";
import { startStack } from "../harness/stack.ts";
import { refusedWithin } from "../harness/until.ts";
import { get, post, signIn, signUp } from "../harness/visitor.ts";

const SERVICE_SECRET = "a secret that only this test knows";
const echo = await startEcho();
const issuer = await startIssuer(["RS256", "PS256", "ES256", "ES384", "EdDSA"]);
const route = { methods: ["GET", "POST"], upstream: "echo" };
const stack = await startStack({
  config: {
    server_timing: true,
    sign_up: "open",
    service_credentials: [createHash("sha256").update(SERVICE_SECRET).digest("hex")],
    strip_headers: ["x-tenant"],
    upstreams: { echo: { url: echo.origin }, slow: { url: echo.origin, timeout: 5 } },
    issuers: {
      other: {
        issuer: issuer.issuer,
        audience: "their-api",
        algorithms: ["RS256", "PS256", "ES256", "ES384", "EdDSA"],
        jwks_url: issuer.jwksUrl,
        typ: ["at+jwt", "JWT"],
        roles_claim: "realm.roles",
      },
    },
    routes: [
      { path: "/none/*", access: "token", revocation: "none", ...route },
      { path: "/1s/*", access: "token", revocation: "1s", ...route },
      { path: "/5s/*", access: "token", revocation: "5s", ...route },
      { path: "/strict/*", access: "token", revocation: "strict", ...route },
      { path: "/page/*", access: "session", ...route },
      { path: "/both/*", access: "token-or-session", ...route },
      { path: "/other/*", access: "token", issuers: ["other"], ...route },
      { path: "/any/*", access: "token", issuers: ["own", "other"], roles: ["reader"], ...route },
      { path: "/slow/*", access: "public", ...route, upstream: "slow" },
      { path: "/keeping/*", access: "public", keep_headers: ["x-webauth-user"], service_worker: true, ...route },
    ],
  },
});
after(() => Promise.all([stack.stop(), echo.stop(), issuer.stop()]));
const { origin } = stack;

const upstreamSaw = (answer: Answer) =>
  new Map<string, string>(answer.json().headers.map(([name, value]: [string, string]) => [name.toLowerCase(), value]));

describe("revocation", { concurrency: true }, () => {
  /** Sends requests until the token is rejected; those sent later than the bound must be. */
  const refusedAfter = (path: string, bound: number, token: string, since: number) =>
    refusedWithin(path, bound, since, () => get(origin, path, { token }));

  for (const [path, bound] of [
    ["/strict/x", 0],
    ["/1s/x", 1000],
    ["/5s/x", 5000],
  ] as const) {
    test(`check_21 a signed-out session is rejected at ${path} within its bound`, async (t) => {
      const who = await signUp(origin);
      assert.equal((await get(origin, path, { token: who.token })).status, 200);
      assert.equal((await post(origin, "/auth/sign-out", {}, { cookie: who.cookie })).status, 204);
      const answered = Date.now();
      const took = await refusedAfter(path, bound, who.token, answered);
      t.diagnostic(`${path}: refused ${took} ms after the response to the sign-out`);
    });
  }

  test(`check_21 a route with revocation "none" accepts the token until it expires`, async () => {
    const who = await signUp(origin);
    await post(origin, "/auth/sign-out", {}, { cookie: who.cookie });
    await refusedAfter("/strict/x", 0, who.token, Date.now());
    assert.equal((await get(origin, "/none/x", { token: who.token })).status, 200);
  });

  test("check_21 a service with a credential revokes one token and no other", async () => {
    const who = await signUp(origin);
    const other = await signIn(origin, who);
    const revoke = (headers: Record<string, string>, token = who.token) =>
      ask(origin, "/auth/revoke", {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
        body: `token=${token}`,
      });
    const basic = `Basic ${Buffer.from(`service:${SERVICE_SECRET}`).toString("base64")}`;
    assertProblem(await revoke({}), "invalid_token");
    assertProblem(await revoke({ Authorization: "Bearer wrong" }), "invalid_token");
    assertProblem(await revoke({ Authorization: basic, Origin: origin }), "request_forgery");
    assertProblem(await revoke({ Authorization: basic, Cookie: who.cookie }), "request_forgery");
    assertProblem(await revoke({ Authorization: basic, "Content-Type": "application/json" }), "unsupported_media_type");
    assert.equal((await get(origin, "/strict/x", { token: who.token })).status, 200, "none of these revokes it");
    assert.equal((await revoke({ Authorization: basic }, "no.token.atall")).status, 200);
    assert.equal((await revoke({ Authorization: basic })).status, 200);
    assert.equal((await get(origin, "/strict/x", { token: who.token })).status, 401);
    await refusedAfter("/1s/x", 1000, who.token, Date.now());
    assert.equal((await get(origin, "/strict/x", { token: other.token })).status, 200);
  });

  test("check_21 a password change ends every token issued before it", async () => {
    const who = await signUp(origin);
    const changed = await post(
      origin,
      "/auth/password",
      { current_password: who.password, new_password: "another good password" },
      { token: who.token, cookie: who.cookie },
    );
    assert.equal(changed.status, 200, changed.text);
    assert.equal((await get(origin, "/strict/x", { token: who.token })).status, 401);
    await refusedAfter("/1s/x", 1000, who.token, Date.now());
    assert.equal((await get(origin, "/1s/x", { token: changed.json().access_token })).status, 200);
  });
});

describe("the session's cookie at the gate", { concurrency: true }, () => {
  test("check_19 a session route accepts the cookie and tells the upstream who the user is", async () => {
    const who = await signUp(origin);
    const answer = await ask(origin, "/page/x", { headers: { Cookie: who.cookie } });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.header("cache-control"), "private, no-store");
    assert.deepEqual(answer.setCookies, []);
    const seen = upstreamSaw(answer);
    assert.equal(seen.get("latchkey-subject"), who.body.session.user.id);
    assert.equal(seen.get("latchkey-session"), who.body.session.id);
    assert.equal(seen.has("cookie"), false);
    await post(origin, "/auth/sign-out", {}, { cookie: who.cookie });
    assert.equal((await ask(origin, "/page/x", { headers: { Cookie: who.cookie } })).status, 401, "at once");
  });

  test("check_19 a cookie acts only for listed pages, and never in addition to a token", async () => {
    const who = await signUp(origin);
    const cookie = { Cookie: who.cookie };
    const rows: [string, string, Record<string, string>, number][] = [
      ["GET", "/page/x", cookie, 200],
      ["POST", "/page/x", cookie, 401],
      ["POST", "/page/x", { ...cookie, "Sec-Fetch-Site": "same-site" }, 401],
      ["POST", "/page/x", { ...cookie, "Sec-Fetch-Site": "cross-site" }, 401],
      ["POST", "/page/x", { ...cookie, "Sec-Fetch-Site": "same-origin" }, 200],
      ["POST", "/page/x", { ...cookie, Origin: origin }, 200],
      ["POST", "/page/x", { ...cookie, Origin: "https://evil.example" }, 401],
      ["POST", "/page/x", { ...cookie, "Sec-Fetch-Site": "same-origin", Origin: "https://evil.example" }, 401],
      ["GET", "/page/x", { Authorization: `Bearer ${who.token}` }, 401],
      ["GET", "/both/x", cookie, 200],
      ["GET", "/both/x", { Authorization: `Bearer ${who.token}` }, 200],
      ["GET", "/both/x", { ...cookie, Authorization: "Bearer a.b.c" }, 401],
      ["GET", "/both/x", { ...cookie, Authorization: "Basic eDp5" }, 401],
      ["GET", "/5s/x", cookie, 401],
      ["GET", "/page/x", {}, 401],
    ];
    for (const [method, path, headers, status] of rows) {
      const answer = await ask(origin, path, { method, headers });
      assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(headers)}: ${answer.text}`);
    }
  });

  test("a navigation from another site is redirected to itself, once, and only for pages", async () => {
    const navigation = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
    const again = await ask(origin, "/page/x", { headers: navigation });
    assert.equal(again.status, 200);
    assert.match(again.header("content-type") ?? "", /^text\/html/);
    assert.match(again.text, /http-equiv=refresh content=0/);
    assert.match(again.header("content-security-policy") ?? "", /default-src 'none'/);
    assert.equal(again.header("cache-control"), "private, no-store");
    const second = await ask(origin, "/page/x", { headers: { ...navigation, "Sec-Fetch-Site": "same-origin" } });
    assertChallenge(second, null);
    assert.equal(
      (await ask(origin, "/page/x", { headers: { ...navigation, "Sec-Fetch-Dest": "iframe" } })).status,
      401,
    );
    assert.equal((await ask(origin, "/page/x", { method: "POST", headers: navigation })).status, 401);
  });
});

describe("another issuer", { concurrency: 1 }, () => {
  test("its tokens pass with every algorithm of its keys, and only on routes that name it", async () => {
    for (const alg of ["RS256", "PS256", "ES256", "ES384", "EdDSA"]) {
      const token = await issuer.token(alg, { sub: "theirs", realm: { roles: ["reader"] }, scope: "a b" });
      const answer = await get(origin, "/other/x", { token });
      assert.equal(answer.status, 200, `${alg}: ${answer.text}`);
      const seen = upstreamSaw(answer);
      assert.equal(seen.get("latchkey-issuer"), issuer.issuer);
      assert.equal(seen.get("latchkey-subject"), "theirs");
      assert.equal(seen.get("latchkey-roles"), "reader");
      assert.equal(seen.get("latchkey-scope"), "a b");
      assert.equal((await get(origin, "/any/x", { token })).status, 200, alg);
      assert.equal((await get(origin, "/5s/x", { token })).status, 401, alg);
      assert.equal((await get(origin, "/auth/sessions", { token })).status, 401, alg);
    }
    const who = await signUp(origin);
    assert.equal((await get(origin, "/other/x", { token: who.token })).status, 401);
    assertProblem(await get(origin, "/any/x", { token: who.token }), "insufficient_scope");
  });

  test("check_08_check_10_check_11 its tokens are checked against its own policy", async () => {
    const now = Math.floor(Date.now() / 1000);
    const wrong: [string, Record<string, unknown>, Record<string, unknown>?][] = [
      ["aud", { aud: "another-api" }],
      ["iss", { iss: `${issuer.issuer}/` }],
      ["exp", { exp: now - 1 }],
      ["exp as text", { exp: String(now + 60) }],
      ["nbf", { nbf: now + 60 }],
      ["sub", { sub: "" }],
      ["typ", {}, { typ: "dpop+jwt" }],
      ["crit", {}, { crit: ["exp"], exp: 1 }],
      ["kid", {}, { kid: "unknown" }],
      ["alg of another key", {}, { kid: "ES256" }],
    ];
    assert.equal((await get(origin, "/other/x", { token: await issuer.token("RS256", { sub: "s" }) })).status, 200);
    for (const [what, claims, header] of wrong) {
      const token = await issuer.token("RS256", { sub: "s", ...claims }, header);
      assertChallenge(await get(origin, "/other/x", { token }), "invalid_token", what);
    }
  });

  test("check_14 unknown keys cause at most one fetch, and an unavailable set changes nothing", async () => {
    await get(origin, "/other/x", { token: await issuer.token("ES256", { sub: "s" }) });
    const before = issuer.fetches();
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, i) => issuer.token("ES256", { sub: "s" }, { kid: `made-up-${i}` })),
    );
    issuer.down(true);
    for (let i = 0; i < tokens.length; i += 20) {
      const answers = await Promise.all(tokens.slice(i, i + 20).map((token) => get(origin, "/other/x", { token })));
      for (const answer of answers) assert.equal(answer.status, 401, answer.text);
    }
    assert.ok(issuer.fetches() - before <= 1, `${issuer.fetches() - before} fetches`);
    assert.equal((await get(origin, "/other/x", { token: await issuer.token("ES256", { sub: "s" }) })).status, 200);
    issuer.down(false);
  });
});

test("an upstream that does not respond in time: gateway_timeout", async () => {
  echo.next(() => {});
  assertProblem(await get(origin, "/slow/x"), "gateway_timeout");
  assert.equal((await get(origin, "/slow/x")).status, 200, "the next request succeeds");
});

// `Connection` can't be tested here, because the platform removes the headers that it lists before the Worker
// sees the request.
test("check_19 headers that could mislead the upstream do not reach it", async () => {
  const names = [
    "X-Forwarded-User",
    "x_forwarded_user",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "Remote-User",
    "X-Tenant",
    "X-Auth-Request-Email",
    "X-WebAuth-User",
    "x_webauth_user",
    "X-Consumer-Username",
    "X-authentik-groups",
    "Cf-Access-Authenticated-User-Email",
    "X-Amzn-Oidc-Data",
    "X-Ms-Client-Principal-Name",
    "X-Goog-Authenticated-User-Email",
    "Tailscale-User-Login",
    "X-Vouch-User",
    "X-SSL-Client-S-DN",
    "X-Forwarded-Client-Cert",
    "X-Forwarded-Method",
    "X-Forwarded-Prefix",
    "X-Real-IP",
    "Forwarded",
  ];
  const headers = Object.fromEntries(names.map((name) => [name, "evil"]));
  const seen = upstreamSaw(await ask(origin, "/slow/x", { headers: { ...headers, "X-Kept": "1" } }));
  assert.equal(seen.get("x-kept"), "1");
  for (const name of names) assert.equal(seen.has(name.toLowerCase()), false, name);
});

test("check_19 a route keeps the headers it names, and no others", async () => {
  const headers = { "X-WebAuth-User": "ada", X_WebAuth_User: "eve", "X-Vouch-User": "eve", "Latchkey-Subject": "eve" };
  const seen = upstreamSaw(await ask(origin, "/keeping/x", { headers }));
  assert.equal(seen.get("x-webauth-user"), "ada");
  for (const name of ["x_webauth_user", "x-vouch-user", "latchkey-subject"]) assert.equal(seen.has(name), false, name);
});

test("check_19 the gate states its own address to the upstream, whatever the client claims", async () => {
  const claims = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    X_Forwarded_Host: "evil.example",
  };
  const seen = upstreamSaw(await ask(origin, "/slow/x", { headers: claims }));
  assert.equal(seen.get("x-forwarded-host"), new URL(origin).host);
  assert.equal(seen.get("x-forwarded-proto"), "http");
  // The platform takes `Host` from the URL and ignores a header of that name.
  assert.equal(seen.get("host"), new URL(echo.origin).host, "an upstream by URL gets its own name as Host");
  assert.equal(seen.has("x_forwarded_host"), false);
  const client = await ask(origin, "/slow/x", { headers: { "X-Forwarded-For": "203.0.113.9" } });
  assert.notEqual(upstreamSaw(client).get("x-forwarded-for"), "203.0.113.9");
});

test("check_35 an upstream's CORS headers are removed on protected routes, and stay on public ones", async () => {
  const { token } = await signUp(origin);
  const answering = (response: ServerResponse) =>
    response
      .writeHead(200, {
        "Access-Control-Allow-Origin": "https://evil.example",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "X-Secret",
        "X-Theirs": "1",
      })
      .end();
  for (const [path, kept] of [
    ["/none/x", false],
    ["/slow/x", true],
  ] as const) {
    echo.next((_request, response) => answering(response));
    const answer = await get(origin, path, { token, headers: { Origin: "https://evil.example" } });
    assert.equal(answer.header("x-theirs"), "1", path);
    const cors = answer.headers.filter(([name]) => /^access-control-/i.test(name));
    assert.equal(cors.length, kept ? 3 : 0, `${path}: ${JSON.stringify(cors)}`);
  }
});

test("a service worker's script is served only on routes that allow it", async () => {
  const { token } = await signUp(origin);
  const headers = { "Service-Worker": "script", Authorization: `Bearer ${token}` };
  for (const path of ["/slow/sw.js", "/none/sw.js"]) {
    assertProblem(await ask(origin, path, { headers }), "request_forgery", { what: path });
    const verdict = await ask(origin, "/auth/verify", {
      headers: { ...headers, "X-Forwarded-Method": "GET", "X-Forwarded-Uri": path },
    });
    assertProblem(verdict, "insufficient_scope", { what: path });
  }
  assert.equal((await ask(origin, "/keeping/sw.js", { headers })).status, 200);
});

test("RFC 9728 the gate states whose tokens it accepts, and the challenge states where", async () => {
  const answer = await ask(origin, "/none/x");
  const at = /resource_metadata="([^"]+)"/.exec(answer.header("www-authenticate") ?? "")?.[1];
  assert.equal(at, `${origin}/.well-known/oauth-protected-resource`);
  const metadata = (await ask(origin, "/.well-known/oauth-protected-resource")).json();
  assert.equal(metadata.resource, origin);
  assert.deepEqual(metadata.authorization_servers, [origin, issuer.issuer]);
  assert.deepEqual(metadata.bearer_methods_supported, ["header"]);
});

test("Server-Timing states whether the token was cached, and the ages of keys and revocations", async () => {
  const who = await signUp(origin);
  const first = await get(origin, "/5s/x", { token: who.token });
  assert.match(first.header("server-timing") ?? "", /^token;desc=miss, keys;dur=\d+, revocations;dur=\d+$/);
  const second = await get(origin, "/5s/x", { token: who.token });
  assert.match(second.header("server-timing") ?? "", /^token;desc=hit, keys;dur=\d+, revocations;dur=\d+$/);
});
