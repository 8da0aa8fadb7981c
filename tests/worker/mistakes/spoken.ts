// What is printed for each mistake in the set-up, and what the response says: on localhost the same, in production
// nothing that the caller does not know.
import assert from "node:assert/strict";
import { assertProblem, assertTokenResponse, type Code } from "../../harness/contract.ts";
import { ask, type HeaderList } from "../../harness/http.ts";
import { until } from "../../harness/until.ts";
import { newEmail, PASSWORD, post } from "../../harness/visitor.ts";
import { type Durable, ISSUER } from "../durable/world.ts";

export const PRODUCTION = "https://app.latchkey.test";
const JSON_TYPE: [string, string] = ["Content-Type", "application/json"];
const EVIL = "https://other.example";

/** The configuration in which all of them can be made. */
export const mistaken = (issuer: string) => {
  const to = { methods: ["GET"], access: "token", revocation: "none", upstream: "echo" };
  return {
    issuer,
    audience: `${issuer}/api`,
    admin_credentials: [],
    service_credentials: [],
    ...(issuer === PRODUCTION ? { allowed_origins: ["https://www.latchkey.test"] } : {}),
    issuers: {
      partner: {
        ...{ issuer: "https://partner.example", audience: "a", algorithms: ["ES256"] },
        jwks_url: "https://partner.example/keys",
      },
    },
    upstreams: { lost: { service: "NOT_BOUND" }, down: { url: "http://127.0.0.1:1" }, echo: { service: "ECHO" } },
    routes: [
      { ...to, path: "/admins/*", roles: ["admin", "owner"] },
      { ...to, path: "/scoped/*", issuers: ["own", "partner"], scopes: ["notes:write"] },
      { ...to, path: "/5s/*", revocation: "5s" },
      { ...to, path: "/lost/*", access: "public", upstream: "lost" },
      { ...to, path: "/down/*", access: "public", upstream: "down" },
    ],
  };
};

/** What the Worker does not get. */
export const UNBOUND = ["REVOCATIONS"];

interface Mistake {
  readonly what: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: HeaderList;
  readonly body?: string;
  /** Whether the request has the user's token. */
  readonly token?: boolean;
  readonly code: Code;
  /** With `invalid_request`. */
  readonly field?: string | null;
  /** The text that is printed, once; `null`: none, or, if `local` is a pattern, what it says, on localhost. */
  readonly line: string | null;
  /** What the response says on localhost. Default: the printed text. */
  readonly local?: string | RegExp;
  /** Whether the response says it in production, too: it is about the caller's request. */
  readonly isPublic?: boolean;
}

const mistakes = (issuer: string): Mistake[] => {
  const listed = issuer === PRODUCTION ? `["${PRODUCTION}","https://www.latchkey.test"]` : `["${ISSUER}"]`;
  const client: [string, string] = ["Latchkey-Client", "test/1"];
  const unlisted = `allowed_origins: found a page of the origin "${EVIL}", expected one of ${listed}; to let it call the service, add "${EVIL}" to allowed_origins`;
  const from = (origin: string, site: string): HeaderList => [
    ["Origin", origin],
    ["Sec-Fetch-Site", site],
  ];
  return [
    {
      what: "a page of an origin that is not listed",
      ...{ method: "POST", path: "/auth/refresh", headers: from(EVIL, "cross-site") },
      code: "request_forgery",
      line: unlisted,
    },
    {
      what: "a page of another site",
      ...{ method: "POST", path: "/auth/refresh", headers: [...from(issuer, "cross-site"), client] },
      code: "request_forgery",
      line: `the header Sec-Fetch-Site: found "cross-site" (Origin: "${issuer}"), expected "same-origin", or "same-site" and a listed origin; serve the page on the site of ${issuer}: browsers send its cookie from no other, and localhost and 127.0.0.1 are two sites`,
    },
    {
      what: "a program without Latchkey-Client",
      ...{ method: "POST", path: "/auth/refresh" },
      code: "request_forgery",
      line: 'the header Latchkey-Client: found nothing, expected <name>/<version>; a program sends its own, such as "Latchkey-Client: curl/8"',
    },
    {
      what: "a listed page of another site without Latchkey-Client",
      ...{ method: "POST", path: "/auth/sign-in", headers: from(issuer, "none") },
      code: "request_forgery",
      line: `the header Sec-Fetch-Site: found "none" (Origin: "${issuer}"), expected "same-origin", or "same-site" and a listed origin; serve the page on the site of ${issuer}: browsers send its cookie from no other, and localhost and 127.0.0.1 are two sites`,
    },
    {
      what: "the question of the SDK, by a listed page",
      ...{ method: "POST", path: "/auth/refresh", headers: from(issuer, "same-site") },
      code: "request_forgery",
      line: null,
    },
    {
      what: "a call of a listed page without Latchkey-Client",
      method: "POST",
      path: "/auth/sign-up",
      headers: [...from(issuer, "same-site"), ["Content-Type", "application/json"], ["Latchkey-Client", "page"]],
      code: "request_forgery",
      line: 'the header Latchkey-Client: found "page", expected <name>/<version>; a program sends its own, such as "Latchkey-Client: curl/8"',
    },
    {
      what: "a parameter that is not valid",
      ...{ method: "POST", path: "/auth/refresh", headers: [...from(issuer, "same-origin"), client, JSON_TYPE] },
      body: '{"scope":"SECRET"}',
      code: "invalid_request",
      field: "scope",
      line: issuer === PRODUCTION ? null : "POST /auth/refresh, scope: There is no field scope.",
      local: "There is no field scope.",
      isPublic: true,
    },
    {
      what: "a password that is not valid",
      ...{ method: "POST", path: "/auth/sign-up", headers: [...from(issuer, "same-origin"), client, JSON_TYPE] },
      body: '{"email":"ada@example.com","password":"SECRET"}',
      code: "invalid_request",
      field: "password",
      line: issuer === PRODUCTION ? null : "POST /auth/sign-up, password: The password must have 8 to 128 characters.",
      local: "The password must have 8 to 128 characters.",
      isPublic: true,
    },
    {
      what: "a body that is no object",
      ...{ method: "POST", path: "/auth/sign-up", headers: [...from(issuer, "same-origin"), client, JSON_TYPE] },
      body: '["SECRET"]',
      code: "invalid_request",
      line: issuer === PRODUCTION ? null : "POST /auth/sign-up: The body is not a JSON object.",
      local: "The body is not a JSON object.",
      isPublic: true,
    },
    {
      what: "the binding of a Durable Object is missing",
      ...{ path: "/5s/x", token: true },
      code: "unavailable",
      line: 'the Durable Object REVOCATIONS, which the Worker does not have; expected [[durable_objects.bindings]] name = "REVOCATIONS", class_name = "Revocations", and Revocations in the list of a [[migrations]] new_sqlite_classes = ["Revocations"]',
    },
    {
      what: "the service binding of an upstream is missing",
      path: "/lost/x",
      code: "unavailable",
      line: 'upstreams.lost.service: found "NOT_BOUND", which the Worker does not have; expected [[services]] binding = "NOT_BOUND", service = "<the Worker\'s name>"',
    },
    {
      what: "a missing role",
      ...{ path: "/admins/x", token: true },
      code: "insufficient_scope",
      line: 'the caller\'s roles: found [], expected also ["admin","owner"], which the route requires; set the user\'s roles by PUT /admin/users/{id}/roles, or in the system of the token\'s issuer',
    },
    {
      what: "a missing scope",
      ...{ path: "/scoped/x", token: true },
      code: "insufficient_scope",
      line: "the caller's scopes: found [], expected also [\"notes:write\"], which the route requires; create an API key that has them, let the OAuth client request them, or have the token's issuer grant them; the service's own users have those of api_keys.scopes and oauth.scopes",
    },
    {
      what: "the admin API without a credential in the configuration",
      path: "/admin/users",
      code: "not_found",
      line: "admin_credentials: found none, expected the SHA-256 of the secret with which programs call /admin",
    },
    {
      what: "the script of a service worker",
      ...{ path: "/lost/sw.js", headers: [["Service-Worker", "script"]] },
      code: "request_forgery",
      line: "routes: found a request for the script of a service worker, expected none on this route; if your app has one, set service_worker = true on the route of its script",
    },
    {
      what: "an upstream that gives no answer",
      path: "/down/x",
      code: "bad_gateway",
      line: null,
      local: /^upstreams\.down \(url = "http:\/\/127\.0\.0\.1:1"\) gave no answer: .+ Is the server running there\?$/,
    },
    {
      what: "a path without a route",
      path: "/nothing",
      code: "not_found",
      line: null,
      local: "No route of the configuration matches this path: add one to routes.",
    },
  ];
};

/** The mistakes in the log: on localhost a text each, after the name of the event; in production a line of JSON each. */
const logged = (logs: string, isLocal: boolean): string[] =>
  logs.split("\n").flatMap((line) => {
    if (isLocal)
      return (/^(?:invalid_request|request_forgery|insufficient_scope|not_found|unavailable|upstream_failed): (.+)$/
        .exec(line)
        ?.slice(1) ?? []) as string[];
    const json = /^\{.*"event":.*\}$/.exec(line)?.[0];
    return json === undefined ? [] : (JSON.parse(json).mistake ?? []);
  });

/** In a world with the configuration {@link mistaken} and without {@link UNBOUND}. */
export async function spoken(world: Durable, issuer: string): Promise<void> {
  const { origin } = world;
  const isLocal = issuer !== PRODUCTION;
  const account = { email: newEmail(), password: PASSWORD };
  const signedUp = await post(origin, "/auth/sign-up", account, { headers: { Origin: issuer } });
  const { access_token: token } = assertTokenResponse(signedUp, 201, 300);
  const since = world.logs().length;
  const lines = () => logged(world.logs().slice(since), isLocal);
  for (const mistake of mistakes(issuer)) {
    const { what, path, method = "GET", headers = [], token: hasToken, code, line, local } = mistake;
    const sent = mistake.body === undefined ? {} : { body: mistake.body };
    const bearer: HeaderList = hasToken ? [["Authorization", `Bearer ${token}`]] : [];
    for (let times = 0; times < 2; times += 1) {
      const answer = await ask(origin, path, { method, headers: [...headers, ...bearer], ...sent });
      assertProblem(answer, code, { what, ...(code === "invalid_request" ? { field: mistake.field ?? null } : {}) });
      const { detail } = answer.json();
      if (isLocal && local instanceof RegExp) assert.match(detail, local, what);
      else assert.equal(detail, isLocal || mistake.isPublic ? (local ?? line ?? undefined) : undefined, what);
    }
    if (isLocal && local instanceof RegExp) await until(what, () => lines().some((text) => local.test(text)));
    if (line === null) continue;
    await until(`${what}: ${line}`, () => lines().includes(line));
  }
  assert.deepEqual(lines(), [...new Set(lines())], "each line is printed once");
  const known = new Set(mistakes(issuer).flatMap(({ line }) => line ?? []));
  const others = lines().filter((line) => !known.has(line) && !line.startsWith("upstreams.down "));
  assert.deepEqual(others, [], "nothing else is printed");
  assert.doesNotMatch(world.logs().slice(since), /SECRET/, "no value of a body is printed");
}

/** A page of an origin that is not listed can read that and the public documents, and nothing else. */
export async function unlisted(world: Durable): Promise<void> {
  const shared = async (path: string, headers: HeaderList, method = "POST") => {
    const answer = await ask(world.origin, path, { method, headers });
    const names = ["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"];
    return [answer.status, ...names.map((name) => answer.header(name))];
  };
  const from = (origin: string): HeaderList => [
    ["Origin", origin],
    ["Sec-Fetch-Site", "cross-site"],
    ["Latchkey-Client", "test/1"],
  ];
  assert.deepEqual(await shared("/auth/refresh", from(EVIL)), [403, EVIL, undefined]);
  const asked: HeaderList = [...from(EVIL), ["Access-Control-Request-Method", "POST"]];
  assert.deepEqual(await shared("/auth/refresh", asked, "OPTIONS"), [403, undefined, undefined]);
  for (const origin of ["null", "https://other.example/", "https://OTHER.example", "other.example"])
    assert.deepEqual(await shared("/auth/refresh", from(origin)), [403, undefined, undefined], origin);
  for (const path of ["/healthz", "/auth/sessions", "/admins/x", "/nothing"]) {
    const [, allowed, credentials] = await shared(path, from(EVIL), "GET");
    assert.deepEqual([allowed, credentials], [undefined, undefined], path);
  }
  // Public documents are for clients of every origin.
  for (const name of ["jwks.json", "oauth-authorization-server", "oauth-protected-resource"])
    assert.deepEqual(await shared(`/.well-known/${name}`, from(EVIL), "GET"), [200, "*", undefined], name);
}

/** Which origins may call a service whose configuration lists none. */
export async function byDefault(world: Durable): Promise<void> {
  for (const [origin, allowed] of [
    ["http://localhost:5173", true],
    ["http://127.0.0.1:5173", true],
    ["http://[::1]:5173", true],
    ["http://localhost.evil.example:5173", false],
    ["https://app.example.com", false],
  ] as const) {
    const preflight: HeaderList = [
      ["Origin", origin],
      ["Access-Control-Request-Method", "POST"],
      ["Access-Control-Request-Headers", "content-type,latchkey-client"],
    ];
    const answer = await ask(world.origin, "/auth/sign-up", { method: "OPTIONS", headers: preflight });
    assert.equal(answer.status, allowed ? 204 : 403, origin);
    assert.equal(answer.header("access-control-allow-credentials"), allowed ? "true" : undefined, origin);
    const body = { email: newEmail(), password: PASSWORD };
    const headers = { Origin: origin, "Sec-Fetch-Site": "same-site" };
    const signedUp = await post(world.origin, "/auth/sign-up", body, { headers });
    assert.equal(signedUp.status, allowed ? 201 : 403, origin);
    if (allowed) assert.equal(signedUp.header("access-control-allow-origin"), origin);
  }
}
