// Tokens of other issuers as they occur in practice: unusual claims, fractional dates, audiences in other
// claims, several entries of one issuer, tenants, roles in other shapes, long tokens, key sets with unusable
// keys. On the bare runtime.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, describe, test } from "node:test";
import { assertChallenge, assertProblem } from "../harness/contract.ts";
import { startEcho } from "../harness/echo.ts";
import type { Answer } from "../harness/http.ts";
import { ask } from "../harness/http.ts";
import { json, startListener } from "../harness/listener.ts";
import { until } from "../harness/until.ts";
import { type Gate, lines, startGate } from "./issuers/gate.ts";
import { issuerAt, unusableKeys } from "./issuers/hostile.ts";
import { AUDIENCE, assembled, claims, newKey, sign } from "./issuers/keys.ts";

const SECRET = randomBytes(24).toString("base64url");
const ISSUER = "https://odd.example";
const TENANTS = ["72f988bf-86f1-41af-91ab-2d7cd011db47", "contoso.example"] as const;

const upstream = await startEcho();
const listener = await startListener();
const [key, second, rsa] = await Promise.all([newKey("ES256", "k1"), newKey("ES256", "k2"), newKey("RS256", "k1")]);
const common = { audience: AUDIENCE, algorithms: ["ES256"], keys: [key.jwk] };
const named = (name: string, more: Record<string, unknown> = {}) => [
  name,
  { ...common, issuer: `${ISSUER}/${name}`, ...more },
];
const fetched = (name: string, more: Record<string, unknown> = {}) => [
  name,
  {
    audience: AUDIENCE,
    algorithms: ["ES256"],
    issuer: issuerAt(listener, name),
    jwks_url: `${listener.origin}/${name}`,
    ...more,
  },
];
const template = `${listener.origin}/issuer/{tenantid}/v2.0`;
const discovered = {
  audience: AUDIENCE,
  algorithms: ["ES256"],
  typ: "JWT",
  discovery_url: `${listener.origin}/common`,
};
const several = { algorithms: ["ES256"], keys: [key.jwk], issuer: `${ISSUER}/several` };

listener.on("/common", json({ issuer: template, jwks_uri: `${listener.origin}/common-keys` }));
listener.on("/common-keys", json({ keys: [key.jwk] }));
for (const { name, jwk } of unusableKeys(key)) listener.on(`/beside-${name}`, json({ keys: [jwk, key.jwk] }));
listener.on("/repeated", json({ keys: [key.jwk, key.jwk] }));
listener.on(
  "/nameless",
  json({
    keys: [
      { ...key.jwk, kid: undefined },
      { ...second.jwk, use: "enc" },
    ],
  }),
);
listener.on("/one-id", json({ keys: [key.jwk, rsa.jwk] }));

const gate = await startGate({
  upstream: upstream.origin,
  secrets: { SHARED_SECRET: SECRET },
  issuers: Object.fromEntries([
    named("odd"),
    named("recent", { max_age: 600 }),
    named("audiences", { audience: ["client-1", "client-2"] }),
    named("by-client", { audience: ["client-1", "client-2"], audience_claim: "client_id" }),
    named("keys-are-roles", { roles_claim: "urn:zitadel:iam:org:project:roles" }),
    named("escaped", { roles_claim: String.raw`resource_access.app\.acme\.com.roles` }),
    named("parts", { roles_claim: ["resource_access", "app.acme.com", "roles"] }),
    named("nowhere", { roles_claim: "realm.roles", scope_claim: "scp" }),
    named("long", { max_token_bytes: 16_384 }),
    named("services", { fallback_subject_claim: "common_name" }),
    ["several-a", { ...several, audience: "a" }],
    ["several-b", { ...several, audience: "b" }],
    ["several-client", { ...several, audience: "c", audience_claim: "client_id" }],
    ["several-rsa", { ...several, audience: "a", algorithms: ["RS256"], keys: [rsa.jwk] }],
    [
      "several-hmac",
      { ...several, audience: "a", algorithms: ["HS256"], keys: undefined, secret_binding: "SHARED_SECRET" },
    ],
    ["listed", { ...discovered, issuer: template, tenants: TENANTS.slice(0, 1) }],
    ...unusableKeys(key).map(({ name }) => fetched(`beside-${name}`, { algorithms: ["ES256", "ES384", "RS256"] })),
    fetched("repeated"),
    fetched("nameless"),
    fetched("one-id", { algorithms: ["ES256", "RS256"] }),
  ]),
  routes: [
    { path: "/several/*", issuers: ["several-a", "several-b", "several-client", "several-rsa", "several-hmac"] },
    { path: "/reader/*", issuers: ["odd"], roles: ["reader"] },
    { path: "/scoped/*", issuers: ["odd"], scopes: ["read"] },
    { path: "/fresh/*", issuers: ["odd"], max_auth_age: 600 },
    { path: "/mfa/*", issuers: ["odd"], acr: ["urn:example:mfa", "2"] },
  ],
});
after(() => Promise.all([gate.stop(), upstream.stop(), listener.stop()]));

const to = (name: string) => `${ISSUER}/${name}`;
const token = (name: string, over: Record<string, unknown> = {}) => sign(key, claims(to(name), over));
const saw = (answer: Answer) =>
  new Map<string, string>(answer.json().headers.map(([name, value]: [string, string]) => [name.toLowerCase(), value]));

async function assertTaken(route: string, token: string, what = route): Promise<Map<string, string>> {
  const answer = await gate.take(route, token);
  assert.equal(answer.status, 200, `${what}: ${answer.text}`);
  return saw(answer);
}

async function assertRefused(route: string, token: string, check: string, what = route): Promise<void> {
  const refusals = () =>
    lines(gate.logs()).filter((line) => line.event === "token_refused" && line.check === check).length;
  const before = refusals();
  const answer = await gate.take(route, token);
  assertProblem(answer, "invalid_token", { what });
  assertChallenge(answer, "invalid_token", what);
  await until(`the log names ${check}: ${what}`, () => refusals() > before);
}

/** Waits until the log of a gate that didn't start names a configuration error. */
const startError = (gate: Gate, expected: RegExp) =>
  until(`the log says ${expected}`, () => lines(gate.logs()).some((line) => expected.test(String(line.error))));

describe("claims that no rule reads", () => {
  test("no such claim rejects a token; characters that are not allowed in a header are percent-encoded", async () => {
    for (const [over, header, value] of [
      [{ roles: ["Billing Admin", "reader"] }, "latchkey-roles", "Billing%20Admin reader"],
      [{ roles: ["Straße", "50%", "a\r\nb"] }, "latchkey-roles", "Stra%C3%9Fe 50%25 a%0D%0Ab"],
      [{ sub: "Ada Lovelace" }, "latchkey-subject", "Ada%20Lovelace"],
      [{ sub: "auth0|5f7c8ec7c33c6c004bbafe82" }, "latchkey-subject", "auth0|5f7c8ec7c33c6c004bbafe82"],
      [{ sub: "zoë\nLatchkey-Roles: admin" }, "latchkey-subject", "zo%C3%AB%0ALatchkey-Roles:%20admin"],
      [{ sid: "a b" }, "latchkey-session", "a%20b"],
      [{ jti: "ü" }, "latchkey-token-id", "%C3%BC"],
      [{ scope: ["read all", "write"] }, "latchkey-scope", "read%20all write"],
      [{ roles: null }, "latchkey-roles", ""],
      [{ roles: 7 }, "latchkey-roles", ""],
      [{ roles: ["reader", 7] }, "latchkey-roles", ""],
      [{ scope: { read: true } }, "latchkey-scope", ""],
      [{ sid: "" }, "latchkey-session", ""],
      [{ sid: 7 }, "latchkey-session", ""],
      [{ jti: [] }, "latchkey-token-id", ""],
      [{ epoch: "x" }, "latchkey-subject", "theirs"],
      [{ epoch: -1 }, "latchkey-subject", "theirs"],
      [{ auth_time: "yesterday" }, "latchkey-subject", "theirs"],
      [{ auth_time: null }, "latchkey-subject", "theirs"],
      [{ acr: 7 }, "latchkey-subject", "theirs"],
    ] as const) {
      const seen = await assertTaken("odd", await token("odd", over), JSON.stringify(over));
      assert.equal(seen.get(header) ?? "", value, JSON.stringify(over));
      // What an upstream does with the value.
      const claim = Object.values(over)[0];
      const decoded = (seen.get(header) ?? "").split(" ").map(decodeURIComponent);
      if (Array.isArray(claim) && value !== "") assert.deepEqual(decoded, claim);
      if (typeof claim === "string" && value !== "" && value !== "theirs") assert.deepEqual(decoded, [claim]);
    }
  });

  test("a claim that is left out is logged by its name", async () => {
    for (const claim of ["roles", "scope", "sid", "jti", "epoch", "auth_time", "acr"])
      await gate.logged("claim_left_out", { issuer: "odd", claim });
    assert.equal(gate.logs().includes("yesterday"), false, "the log shows no claim's value");
  });

  test("claims that a route requires are read strictly", async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const [route, over, code] of [
      ["reader", { roles: ["reader"] }, 200],
      ["reader", { roles: ["reader", 7] }, "insufficient_scope"],
      ["reader", { roles: { reader: false } }, "insufficient_scope"],
      ["reader", { roles: ["a reader"] }, "insufficient_scope"],
      ["reader", { roles: null }, "insufficient_scope"],
      ["scoped", { scope: "read" }, 200],
      ["scoped", { scope: { read: true } }, "insufficient_scope"],
      ["scoped", { scope: ["read all"] }, "insufficient_scope"],
      ["fresh", { auth_time: now - 10 }, 200],
      ["fresh", { auth_time: now - 10.5 }, 200],
      ["fresh", { auth_time: `${now}` }, "step_up_required"],
      ["fresh", { auth_time: null }, "step_up_required"],
      ["mfa", { acr: "urn:example:mfa" }, 200],
      ["mfa", { acr: "2" }, 200],
      ["mfa", { acr: 2 }, "step_up_required"],
      ["mfa", { acr: "1" }, "step_up_required"],
      ["mfa", { acr: "aal2" }, "step_up_required"],
      ["mfa", {}, "step_up_required"],
    ] as const) {
      const answer = await gate.take(route, await token("odd", over));
      if (code === 200) assert.equal(answer.status, 200, JSON.stringify(over));
      else assertProblem(answer, code, { what: JSON.stringify(over) });
      assert.equal(code === 200 || "methods" in answer.json(), code === 200, "its user can't authenticate here");
    }
  });

  test("every caller has a subject", async () => {
    for (const sub of ["", null, 7, ["theirs"], undefined])
      await assertRefused("odd", await token("odd", { sub }), "claims", `sub ${JSON.stringify(sub)}`);
    const seen = await assertTaken("services", await token("services", { sub: "", common_name: "cf.access" }));
    assert.equal(seen.get("latchkey-subject"), "cf.access");
    const user = await assertTaken("services", await token("services", { sub: "u", common_name: "cf.access" }));
    assert.equal(user.get("latchkey-subject"), "u");
    await assertRefused("services", await token("services", { sub: "" }), "claims");
  });
});

describe("dates", () => {
  test("fractions are accepted and compared to the millisecond", async () => {
    const now = () => Date.now() / 1000;
    const status = async (route: string, over: Record<string, unknown>) =>
      (await gate.take(route, await token(route, over))).status;
    assert.equal(await status("odd", { iat: now(), nbf: now(), exp: now() + 60.25 }), 200, "issued this very moment");
    assert.equal(await status("odd", { iat: Math.floor(now()) - 10.5, exp: 1e10 }), 200);
    assert.equal(await status("odd", { exp: now() - 0.001 }), 401, "expired a millisecond ago");
    assert.equal(await status("odd", { nbf: now() + 30.5 }), 401);
    assert.equal(await status("odd", { iat: now() + 30.5 }), 401);
    assert.equal(await status("recent", { iat: now() - 590.5 }), 200);
    assert.equal(await status("recent", { iat: now() - 600.5 }), 401);
    for (const exp of [-1.5, "1e10", null]) await assertRefused("odd", await token("odd", { exp }), "claims");
  });

  test("a cached token is not accepted past a fraction", async () => {
    const exp = Date.now() / 1000 + 5.5;
    const short = await token("odd", { exp });
    await assertTaken("odd", short);
    const taken = await until("it expires", async () => {
      const asked = Date.now() / 1000;
      const { status } = await gate.take("odd", short);
      if (asked >= exp) assert.equal(status, 401, `${asked - exp} s after it expired`);
      return status === 401;
    });
    assert.ok(taken);
    assert.ok(Date.now() / 1000 >= exp, "not earlier");
  });
});

describe("audiences", () => {
  test("one of several, in aud or in another claim", async () => {
    for (const aud of ["client-1", "client-2", ["x", "client-2"]])
      await assertTaken("audiences", await token("audiences", { aud }));
    for (const aud of ["client-3", ["client-3"], undefined, "", null])
      await assertRefused("audiences", await token("audiences", { aud }), "aud");
    for (const client_id of ["client-1", "client-2"])
      await assertTaken("by-client", await token("by-client", { aud: undefined, client_id }));
    await assertTaken("by-client", await token("by-client", { aud: "x", client_id: "client-1" }), "aud is not read");
    for (const client_id of ["client-3", ["client-1"], "", null, undefined])
      await assertRefused("by-client", await token("by-client", { aud: "client-1", client_id }), "aud");
  });
});

describe("several entries of one issuer", () => {
  const iss = `${ISSUER}/several`;
  const by = (over: Record<string, unknown>) => sign(key, claims(iss, over));
  const hmac = (over: Record<string, unknown>) =>
    assembled({ alg: "HS256", typ: "at+jwt", kid: "k1" }, claims(iss, over), (input) =>
      createHmac("sha256", SECRET).update(input).digest(),
    );

  test("a token belongs to the entry that matches its audience and algorithm, on every route", async () => {
    for (const [entry, made] of [
      ["several-a", await by({ aud: "a" })],
      ["several-b", await by({ aud: ["b", "x"] })],
      ["several-client", await by({ aud: undefined, client_id: "c" })],
      ["several-rsa", await sign(rsa, claims(iss, { aud: "a" }))],
      ["several-hmac", hmac({ aud: "a" })],
    ] as const) {
      for (const other of ["several-a", "several-b", "several-client", "several-rsa", "several-hmac"])
        if (other !== entry) await assertRefused(other, made, "iss", `${entry} at ${other}`);
      await assertTaken(entry, made);
      await assertTaken("several", made);
    }
  });

  test("a token that matches no entry, or more than one, is rejected", async () => {
    await assertRefused("several", await by({ aud: "x" }), "aud");
    await assertRefused("several", hmac({ aud: "b" }), "aud");
    for (const route of ["several", "several-a", "several-b"])
      await assertRefused(route, await by({ aud: ["a", "b"] }), "ambiguous");
    await assertRefused("several", await by({ aud: "a", client_id: "c" }), "ambiguous");
  });

  test("entries that only their order could distinguish are rejected at start", async () => {
    const refused = await startGate({
      upstream: upstream.origin,
      issuers: { y: { ...several, audience: "b" }, x: { ...several, audience: ["a", "b"] } },
    });
    try {
      assertProblem(await ask(refused.origin, "/healthz"), "unavailable");
      await startError(refused, /^issuers\.y\.issuer: .*issuers\.x, which has the same issuer/);
    } finally {
      await refused.stop();
    }
  });
});

describe("tenants", () => {
  const tenantToken = (tenant: string, over: Record<string, unknown> = {}) =>
    sign(key, claims(template.replace("{tenantid}", tenant), { tid: tenant, ...over }), { typ: "JWT" });

  test("a listed tenant's tokens pass when iss and tid name it", async () => {
    const [first, other] = TENANTS;
    const seen = await assertTaken("listed", await tenantToken(first));
    assert.equal(seen.get("latchkey-issuer"), template.replace("{tenantid}", first));
    await assertRefused("listed", await tenantToken(other), "iss", "another tenant");
    await assertRefused("listed", await tenantToken(first, { tid: other }), "iss", "another tid");
    await assertRefused("listed", await tenantToken(first, { tid: undefined }), "iss", "no tid");
    await assertRefused("listed", await tenantToken("{tenantid}"), "iss", "the template itself");
    await assertRefused("listed", await tenantToken(`${first}/x`), "iss", "another path");
  });

  test("any tenant only if the configuration says so; without the key tenants the configuration is invalid", async () => {
    const start = (over: Record<string, unknown>) =>
      startGate({ upstream: upstream.origin, issuers: { any: { ...discovered, issuer: template, ...over } } });
    const any = await start({ tenants: "any" });
    try {
      for (const tenant of TENANTS)
        assert.equal((await any.take("any", await tenantToken(tenant))).status, 200, tenant);
      assertProblem(await any.take("any", await tenantToken("a/b")), "invalid_token");
    } finally {
      await any.stop();
    }
    const silent = await start({});
    try {
      assertProblem(await ask(silent.origin, "/healthz"), "unavailable");
      await startError(silent, /^issuers\.any\.tenants: found nothing, expected a list/);
    } finally {
      await silent.stop();
    }
  });
});

describe("roles", () => {
  test("the keys of an object, and paths through names with dots", async () => {
    const zitadel = { "urn:zitadel:iam:org:project:roles": { admin: { 123: "example.com" }, reader: { 123: "x" } } };
    const seen = await assertTaken("keys-are-roles", await token("keys-are-roles", zitadel));
    assert.equal(seen.get("latchkey-roles"), "admin reader");
    const keycloak = { resource_access: { "app.acme.com": { roles: ["editor"] }, app: { roles: ["wrong"] } } };
    for (const name of ["escaped", "parts"]) {
      const seen = await assertTaken(name, await token(name, keycloak));
      assert.equal(seen.get("latchkey-roles"), "editor", name);
    }
  });

  test("a path that finds nothing is logged once", async () => {
    for (let i = 0; i < 3; i++) await assertTaken("nowhere", await token("nowhere", { scp: "read" }));
    await gate.logged("claim_not_found", { key: "issuers.nowhere.roles_claim" });
    const found = lines(gate.logs()).filter((line) => line.event === "claim_not_found");
    assert.deepEqual(
      found.map((line) => line.key).filter((key) => String(key).startsWith("issuers.nowhere.")),
      ["issuers.nowhere.roles_claim"],
    );
  });
});

describe("long tokens", () => {
  const groups = (n: number) => Array.from({ length: n }, () => crypto.randomUUID());

  test("up to 16 KiB if the issuer's entry says so, otherwise 8 KiB; the log states the size", async () => {
    const entra = await token("long", { groups: groups(200) });
    assert.ok(entra.length > 10_000 && entra.length < 12_288, String(entra.length));
    await assertTaken("long", entra);
    const refused = await token("odd", { groups: groups(200) });
    await assertRefused("odd", refused, "too_large");
    await gate.logged("token_refused", { check: "too_large", token: `[token, ${refused.length} bytes]` });
    await assertRefused("long", await token("long", { groups: groups(320) }), "too_large");
  });
});

describe("key sets", () => {
  for (const { name, reason, jwk } of unusableKeys(key)) {
    test(`check_13 ${name} beside a good key: left out, and the log states the reason`, async () => {
      const issuer = `beside-${name}`;
      await assertTaken(issuer, await sign(key, claims(issuerAt(listener, issuer))));
      const kid = (jwk as { kid?: unknown } | null)?.kid;
      await gate.logged("issuer_key_left_out", {
        ...{ issuer, index: 0, reason },
        kid: typeof kid === "string" ? kid : null,
      });
    });
  }

  test("check_13 a repeated key counts once, and two keys with one id are distinguished by algorithm", async () => {
    await assertTaken("repeated", await sign(key, claims(issuerAt(listener, "repeated"))));
    for (const signer of [key, rsa])
      await assertTaken("one-id", await sign(signer, claims(issuerAt(listener, "one-id"))));
  });

  test("check_12 the only key of a set without a kid verifies tokens without a kid", async () => {
    const { kid: _, ...nameless } = key;
    const issuer = issuerAt(listener, "nameless");
    await assertTaken("nameless", await sign(nameless, claims(issuer)));
    await assertRefused("nameless", await sign(key, claims(issuer)), "unknown_key", "a token with a kid");
    const { kid: __, ...stranger } = second;
    await assertRefused("nameless", await sign(stranger, claims(issuer)), "signature", "another key");
  });
});
