// Check 35: cross-origin responses can be read by exactly the listed origins, at the service and at the gate.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertChallenge, assertProblem } from "../../harness/contract.ts";
import { type Answer, ask } from "../../harness/http.ts";
import { get, post, signUp } from "../../harness/visitor.ts";
import { LISTED, type World } from "./world.ts";

const words = (list: string | undefined) =>
  (list ?? "")
    .toLowerCase()
    .split(",")
    .map((word) => word.trim());

const UNLISTED = [
  "null",
  "https://evil.example",
  "https://app.example.com.evil.example",
  "https://evil-app.example.com",
  "https://sub.app.example.com",
  "https://app.example.com:8443",
  "https://app.example.com:443",
  "http://app.example.com",
  "https://app.example.co",
  "https://APP.example.com",
  "https://app.example.com/",
  "https://app.example.com.",
  "https://app.example.com, https://evil.example",
  "https://appxexample.com",
  "http://localhost:59990",
  "http://localhost",
  "http://127.0.0.1:5999",
];

/** Those of them that are not origins as browsers write them. */
const MALFORMED = [
  "null",
  "https://app.example.com:443",
  "https://APP.example.com",
  "https://app.example.com/",
  "https://app.example.com.",
  "https://app.example.com, https://evil.example",
];

export function cors({ origin }: World): void {
  const preflight = (
    path: string,
    from: string,
    method = "POST",
    headers = "content-type,latchkey-client,authorization",
  ) =>
    ask(origin, path, {
      method: "OPTIONS",
      headers: {
        Origin: from,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
        "Sec-Fetch-Site": "same-site",
        "Sec-Fetch-Mode": "cors",
      },
    });
  const assertShared = (answer: Answer, from: string, what: string) => {
    assert.equal(
      answer.header("access-control-allow-origin"),
      from,
      `${what}: ${answer.status} ${JSON.stringify(answer.headers)}`,
    );
    assert.ok(words(answer.header("vary")).includes("origin"), `${what}: Vary: ${answer.header("vary")}`);
  };
  const assertNotShared = (answer: Answer, what: string) => {
    assert.equal(answer.header("access-control-allow-origin"), undefined, what);
    assert.equal(answer.header("access-control-allow-credentials"), undefined, what);
    assert.ok(
      words(answer.header("vary")).includes("origin"),
      `${what}: Vary: ${answer.header("vary")}, otherwise a cache mixes them up`,
    );
  };

  test("check_35 preflights of listed origins are answered, at the service and at the gate", async () => {
    for (const from of LISTED) {
      for (const [path, method] of [
        ["/auth/sign-in", "POST"],
        ["/auth/refresh", "POST"],
        ["/auth/sessions/x", "DELETE"],
        ["/api/me", "GET"],
        ["/echo/x", "POST"],
      ] as const) {
        const what = `${method} ${path} from ${from}`;
        const answer = await preflight(path, from, method);
        assert.ok(answer.status === 204 || answer.status === 200, `${what}: ${answer.status} ${answer.text}`);
        assertShared(answer, from, what);
        assert.ok(words(answer.header("access-control-allow-methods")).includes(method.toLowerCase()), what);
        assert.ok(words(answer.header("access-control-allow-headers")).includes("authorization"), what);
        if (path.startsWith("/auth/")) {
          assert.equal(
            answer.header("access-control-allow-credentials"),
            "true",
            `${what}: credentials must be allowed`,
          );
          for (const name of ["content-type", "latchkey-client"])
            assert.ok(words(answer.header("access-control-allow-headers")).includes(name), `${what}: ${name}`);
        }
        assert.ok(!answer.headers.some(([name, value]) => /^access-control-/i.test(name) && value.includes("*")), what);
      }
    }
  });

  test("check_35 suffix, prefix, port, scheme and null origins get no CORS headers", async () => {
    for (const from of UNLISTED) {
      for (const path of ["/auth/refresh", "/api/me"]) {
        const answer = await preflight(path, from, path === "/api/me" ? "GET" : "POST");
        assertNotShared(answer, `preflight of ${path} from ${from}`);
      }
      const refusal = await get(origin, "/api/me", { headers: { Origin: from, "Sec-Fetch-Site": "cross-site" } });
      assertProblem(refusal, "invalid_token", { what: from });
      assertNotShared(refusal, `GET /api/me from ${from}`);
      const forged = await post(origin, "/auth/refresh", undefined, {
        headers: { Origin: from, "Sec-Fetch-Site": "same-site" },
      });
      assertProblem(forged, "request_forgery", { what: from });
      // That its origin is not listed is the one response that a page may read, without credentials.
      const allowed = MALFORMED.includes(from) ? undefined : from;
      assert.equal(forged.header("access-control-allow-origin"), allowed, from);
      assert.equal(forged.header("access-control-allow-credentials"), undefined, from);
      assert.ok(words(forged.header("vary")).includes("origin"), from);
    }
  });

  test("check_35 a listed origin can read responses and errors of the service", async () => {
    const who = await signUp(origin);
    const from = LISTED[0];
    const headers = { Origin: from, "Sec-Fetch-Site": "same-site" };
    const answers: [string, Answer, number][] = [
      ["refresh", await post(origin, "/auth/refresh", undefined, { cookie: who.cookie, headers }), 200],
      ["refresh without a cookie", await post(origin, "/auth/refresh", undefined, { headers }), 204],
      [
        "refresh with an invalid cookie",
        await post(origin, "/auth/refresh", undefined, { cookie: "__Host-Http-latchkey=x", headers }),
        401,
      ],
      [
        "wrong password",
        await post(origin, "/auth/sign-in", { email: who.email, password: "not this one" }, { headers }),
        401,
      ],
      ["bad body", await post(origin, "/auth/sign-in", {}, { headers }), 400],
      ["sessions", await get(origin, "/auth/sessions", { token: who.token, headers }), 200],
      ["not found", await get(origin, "/auth/nothing", { headers }), 404],
    ];
    for (const [what, answer, status] of answers) {
      assert.equal(answer.status, status, `${what}: ${answer.text}`);
      assertShared(answer, from, what);
      assert.equal(answer.header("access-control-allow-credentials"), "true", what);
    }
  });

  test("check_35 the gate's own errors can be read by a listed origin, including the headers that a client needs", async () => {
    const from = LISTED[0];
    const answer = await get(origin, "/api/me", {
      token: "x",
      headers: { Origin: from, "Sec-Fetch-Site": "same-site" },
    });
    assertProblem(answer, "invalid_token");
    assertChallenge(answer, "invalid_token");
    assertShared(answer, from, "the gate's 401");
    const exposed = words(answer.header("access-control-expose-headers"));
    for (const name of ["www-authenticate", "retry-after", "server-timing"])
      assert.ok(exposed.includes(name), `${name} in ${exposed}`);
  });

  test("check_35 never a wildcard, for any origin", async () => {
    for (const from of [undefined, origin, LISTED[0], "https://evil.example"]) {
      for (const path of [
        "/healthz",
        "/.well-known/jwks.json",
        "/auth/sessions",
        "/auth/nothing",
        "/api/me",
        "/nothing",
      ]) {
        const answer = await get(origin, path, { headers: { Origin: from } });
        const credentials = answer.header("access-control-allow-credentials");
        const allowed = answer.header("access-control-allow-origin");
        if (credentials !== undefined) assert.notEqual(allowed, "*", `${path} from ${from}`);
        if (path.startsWith("/auth/") || path === "/api/me") assert.notEqual(allowed, "*", `${path} from ${from}`);
      }
    }
  });
}
