// Envoy and Traefik: not the programs, but the requests that they send according to their documentation, with the
// configuration files that deployers copy. From a client's request each function makes the question that the proxy
// asks, and states what the proxy does with the response.
//
// Envoy: "External Authorization", HttpService and AuthorizationRequest of the v3 API. Traefik: "ForwardAuth".
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { type Answer, type Ask, ask, type HeaderList } from "../../harness/http.ts";
import { ISSUER, type Person, person, type World } from "../bare/world.ts";
import { fileOf } from "./world.ts";

interface ClientRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: HeaderList;
  body?: string;
}

interface Documented {
  name: string;
  question(request: ClientRequest): [path: string, ask: Ask];
  /** Whether the proxy forwards the request. */
  approves(status: number): boolean;
}

const NAMES = ["Issuer", "Subject", "Session", "Roles", "Scope", "Client-Id", "Token-Id", "Email", "Email-Verified"];
const IDENTITY = NAMES.map((name) => `Latchkey-${name}`);

/** What follows a key of a YAML file until the next key of its depth or less. */
function below(file: string, key: string): string {
  const match = new RegExp(`^( *)(?:- )?${key}:(.*(?:\\n\\1 +.*)*)`, "m").exec(file);
  assert.ok(match, `${key} in the file`);
  return match[2] ?? "";
}

const envoyFile = await fileOf("envoy.yaml");
const traefikFile = await fileOf("traefik.yaml");

/** The client's headers that Envoy's question has: Authorization, and those that `allowed_headers` names. */
function allowedByEnvoy(name: string): boolean {
  const patterns = [...below(envoyFile, "allowed_headers").matchAll(/(exact|prefix): ([a-z-]+)/g)];
  return (
    name === "authorization" ||
    patterns.some(([, kind, text = ""]) => (kind === "exact" ? name === text : name.startsWith(text)))
  );
}

/** The method is kept, and the path is appended to `path_prefix`. Any status other than 200 is a rejection. */
const envoy = (withBody: boolean): Documented => ({
  name: withBody ? "Envoy with with_request_body" : "Envoy",
  question({ method, target, headers, body = "" }) {
    const prefix = /^\/\S*[^/\s]$/m.exec(below(envoyFile, "path_prefix").trim())?.[0];
    assert.equal(prefix, "/auth/verify");
    const copied = headers.filter(([name]) => allowedByEnvoy(name.toLowerCase()));
    const added: HeaderList = [
      ["Host", "app.example.com"],
      ["x-forwarded-for", "203.0.113.7"],
      ["x-forwarded-proto", "https"],
      ["x-envoy-internal", "true"],
      ["x-envoy-expected-rq-timeout-ms", "5000"],
      ...((withBody ? [["x-envoy-auth-partial-body", "false"]] : []) as HeaderList),
      ["content-length", String(withBody ? body.length : 0)],
    ];
    return [`${prefix}${target}`, { method, headers: [...added, ...copied], ...(withBody && body ? { body } : {}) }];
  },
  approves: (status) => status === 200,
});

/** It states method and URI; `trustForwardHeader: false` removes the client's `X-Forwarded-*`. 2xx is an approval. */
const traefik = (preserveRequestMethod: boolean, forwardBody: boolean): Documented => ({
  name: `Traefik${preserveRequestMethod ? " with preserveRequestMethod" : ""}${forwardBody ? " and forwardBody" : ""}`,
  question({ method, target, headers, body }) {
    assert.equal(below(traefikFile, "trustForwardHeader").trim(), "false");
    const listed = [...below(traefikFile, "authRequestHeaders").matchAll(/- ([A-Za-z-]+)/g)];
    const names = listed.map(([, name = ""]) => name.toLowerCase());
    assert.ok(names.includes("authorization") && names.includes("cookie"));
    const copied = headers
      .filter(([name]) => names.includes(name.toLowerCase()))
      .filter(([name]) => !name.toLowerCase().startsWith("x-forwarded-"));
    const added: HeaderList = [
      ["Host", "auth.example.com"],
      ["X-Forwarded-For", "203.0.113.7"],
      ["X-Forwarded-Method", method],
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-Port", "443"],
      ["X-Forwarded-Host", "app.example.com"],
      ["X-Forwarded-Uri", target],
    ];
    const asked = preserveRequestMethod ? method : "GET";
    const path = new URL(below(traefikFile, "address").trim()).pathname;
    return [path, { method: asked, headers: [...added, ...copied], ...(forwardBody && body ? { body } : {}) }];
  },
  approves: (status) => status >= 200 && status < 300,
});

const PROXIES = [envoy(false), envoy(true), traefik(false, false), traefik(true, false), traefik(true, true)];

export function documented(world: () => World): void {
  describe("forward-auth by documentation", { concurrency: 1 }, () => {
    let who: Person;
    before(async () => {
      who = await person(world().origin);
    });

    for (const proxy of PROXIES) {
      const send = (request: ClientRequest) => {
        const [path, asked] = proxy.question(request);
        return ask(world().origin, path, asked);
      };
      const assertApproved = (answer: Answer, what: string) => {
        assert.ok(proxy.approves(answer.status), `${what}: ${answer.status} ${answer.text}`);
        assert.equal(answer.text, "");
        assert.equal(answer.header("latchkey-subject"), who.id, what);
        assert.equal(answer.header("latchkey-issuer"), ISSUER, what);
        assert.equal(answer.header("latchkey-session"), who.session, what);
      };
      const assertRejected = (answer: Answer, status: 401 | 403, what: string, method: string) => {
        assert.ok(!proxy.approves(answer.status), what);
        assert.equal(answer.status, status, `${what}: ${answer.text}`);
        if (method !== "HEAD") assertProblem(answer, status === 401 ? "invalid_token" : "insufficient_scope", { what });
        for (const name of IDENTITY) assert.equal(answer.header(name), undefined, `${what}: ${name}`);
      };

      test(`check_19 ${proxy.name}: the policy of the original method and path decides`, async () => {
        const token: HeaderList = [["Authorization", `Bearer ${who.token}`]];
        const cookie: HeaderList = [["Cookie", who.cookie]];
        const ours: HeaderList = [...cookie, ["Sec-Fetch-Site", "same-origin"]];
        const theirs: HeaderList = [...cookie, ["Origin", "https://evil.example"], ["Sec-Fetch-Site", "cross-site"]];
        const socket: HeaderList = [
          ["Connection", "Upgrade"],
          ["Upgrade", "websocket"],
          ["Sec-WebSocket-Version", "13"],
          ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
        ];
        for (const [method, target, headers, expected] of [
          ["GET", "/anything?x=1&y=%2F", token, 200],
          ["GET", "/anything", cookie, 200],
          ["HEAD", "/anything", token, 200],
          ["HEAD", "/anything", cookie, 200],
          ["GET", "/", cookie, 200],
          ["POST", "/anything", token, 200],
          ["POST", "/anything", ours, 200],
          ["POST", "/anything", cookie, 401],
          ["DELETE", "/anything", theirs, 401],
          ["PROPFIND", "/anything", token, 200],
          ["PROPFIND", "/anything", cookie, 401],
          ["OPTIONS", "/anything", token, 200],
          // A preflight has no credentials.
          [
            "OPTIONS",
            "/anything",
            [
              ["Origin", ISSUER],
              ["Access-Control-Request-Method", "GET"],
            ],
            401,
          ],
          ["GET", "/anything", [], 401],
          ["GET", "/anything", [...cookie, ["Authorization", "Bearer a.b.c"]], 401],
          ["GET", "/anything", [...token, ...token], 401],
          ["GET", "/api/x", token, 200],
          ["GET", "/api/x", cookie, 401],
          ["DELETE", "/api/x", token, 403],
          ["GET", "/page/x", cookie, 200],
          ["GET", "/page/x", token, 401],
          ["POST", "/page/x", ours, 200],
          ["POST", "/page/x", cookie, 401],
          ["POST", "/read/x", token, 403],
          ["GET", "/admin/x", token, 403],
          ["GET", "/admin/x", cookie, 403],
          ["GET", "/admin/x", [], 401],
          ["GET", "/anything", [...cookie, ...socket], 401],
          ["GET", "/anything", [...cookie, ...socket, ["Origin", ISSUER]], 200],
          ["GET", "/anything", [...token, ["Service-Worker", "script"]], 403],
          ["GET", "/api/x?_method=POST", token, 200],
          ["GET", "/read/x?_method=POST", token, 403],
          ["GET", "//admin/x", token, 403],
          ["GET", "/x/../admin/x", token, 403],
          ["GET", "/x/../../healthz", [], 403],
          ["GET", "/%61dmin/x", token, 403],
          ["GET", "/admin%2fx", token, 403],
          ["GET", "/ADMIN/x", token, 403],
        ] as [string, string, HeaderList, 200 | 401 | 403][]) {
          const what = `${proxy.name}: ${method} ${target} ${JSON.stringify(headers)}`;
          const body = ["POST", "DELETE", "PROPFIND"].includes(method) ? "content" : undefined;
          const answer = await send({ method, target, headers, ...(body ? { body } : {}) });
          if (expected === 200) assertApproved(answer, what);
          else assertRejected(answer, expected, what, method);
        }
      });

      test(`check_19 ${proxy.name}: nothing that a client sends stands for another request`, async () => {
        const statements = [
          "X-Original-URI",
          "X-Original-URL",
          "X-Forwarded-Uri",
          "X-Forwarded-Prefix",
          "X-Rewrite-URL",
        ];
        const methods = ["X-Original-Method", "X-Forwarded-Method", "X-HTTP-Method-Override"];
        const spoofed: HeaderList = [
          ...statements.map((name): [string, string] => [name, "/anything"]),
          ...methods.map((name): [string, string] => [name, "GET"]),
        ];
        for (const each of [...spoofed.map((one) => [one, one]), spoofed])
          for (const [method, target, headers, expected] of [
            ["GET", "/admin/x", [["Authorization", `Bearer ${who.token}`]], 403],
            ["GET", "/api/x", [["Cookie", who.cookie]], 401],
            ["DELETE", "/anything", [["Cookie", who.cookie]], 401],
            ["GET", "/anything", [["Authorization", `Bearer ${who.token}`]], 200],
          ] as [string, string, HeaderList, 200 | 401 | 403][]) {
            const what = `${proxy.name}: ${method} ${target} ${JSON.stringify(each)}`;
            const answer = await send({ method, target, headers: [...each, ...headers] as HeaderList });
            if (expected === 200) assertApproved(answer, what);
            else assertRejected(answer, expected, what, method);
          }
      });
    }

    test("check_19 Envoy's approval has every identity header, so that none of the client's remains", async () => {
      const [path, asked] = envoy(false).question({ method: "GET", target: "/x", headers: [["Cookie", who.cookie]] });
      const answer = await ask(world().origin, path, asked);
      assert.equal(answer.status, 200);
      assert.deepEqual(
        IDENTITY.map((name) => answer.header(name)),
        [ISSUER, who.id, who.session, "", "", "", "", who.email, "false"],
      );
      for (const name of IDENTITY) assert.ok(below(envoyFile, "allowed_upstream_headers").includes(name.toLowerCase()));
      const copied = below(traefikFile, "authResponseHeaders").matchAll(/- ([A-Za-z-]+)/g);
      assert.deepEqual(
        [...copied].map(([, name]) => name),
        IDENTITY,
      );
    });

    test("without a statement, /auth/verify is a GET; contradictory statements are rejected", async () => {
      const { origin } = world();
      const headers = { Authorization: `Bearer ${who.token}` };
      for (const method of ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
        const answer = await ask(origin, "/auth/verify", { method, headers });
        assert.deepEqual([answer.status, answer.header("allow")], [405, "GET"], method);
      }
      for (const [path, more] of [
        ["/auth/verify", { "X-Forwarded-Uri": "/anything", "X-Original-URI": "/api/x" }],
        ["/auth/verify", { "X-Forwarded-Uri": "/anything?x, /api/x", "X-Forwarded-Method": "GET" }],
        ["/auth/verify", { "X-Forwarded-Uri": "/api/x", "X-Forwarded-Method": "GET", "X-Original-Method": "POST" }],
        ["/auth/verify", { "X-Original-URL": "https://h?/anything" }],
        ["/auth/verify/anything", { "X-Forwarded-Uri": "/api/x" }],
        ["/auth/verify/api/x", { "X-Forwarded-Uri": "/anything" }],
        ["/auth/verify/api/x", { "X-Forwarded-Method": "POST" }],
        ["/auth/verify//anything", {}],
      ] as [string, Record<string, string>][]) {
        const answer = await ask(origin, path, { headers: { ...headers, ...more } });
        assertProblem(answer, "insufficient_scope", { what: `${path} ${JSON.stringify(more)}` });
      }
      // ingress-nginx of Kubernetes states a whole URL.
      const ingress = { "X-Original-URL": "https://app.example.com/api/x?y", "X-Original-Method": "GET" };
      assert.equal((await ask(origin, "/auth/verify", { headers: { ...headers, ...ingress } })).status, 204);
    });
  });
}
