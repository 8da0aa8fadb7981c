// `latchkey-auth/server` on its own: requests of each form, hostile headers, secrets. With the headers of the real
// gate, and in each framework: tests/worker/api-examples.test.ts.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import {
  type GateOptions,
  type GateRequest,
  gateIdentity,
  initialSession,
  UntrustedRequestError,
} from "latchkey-auth/server";

const SECRET = "a secret that has 32 bytes or more";
const OTHER = "another secret of at least 32 bytes";
const HEADERS = {
  "latchkey-gate-secret": SECRET,
  "latchkey-issuer": "https://app.example.com",
  "latchkey-subject": "auth0%7C5%20%C3%A9",
  "latchkey-session": "s1",
  "latchkey-roles": "editor Billing%20Admin",
  "latchkey-scope": "notes:read notes:write",
  "latchkey-token-id": "t1",
  "latchkey-client-id": "https://client.example/id",
  "latchkey-email": "ada%25@example.com",
  "latchkey-email-verified": "true",
};
const IDENTITY = {
  issuer: "https://app.example.com",
  subject: "auth0|5 é",
  sessionId: "s1",
  tokenId: "t1",
  clientId: "https://client.example/id",
  roles: ["editor", "Billing Admin"],
  scopes: ["notes:read", "notes:write"],
  email: "ada%@example.com",
  emailVerified: true,
};
const NO_EMAIL = { email: null, emailVerified: false };
const anonymous = { "latchkey-gate-secret": SECRET };

const isUntrusted = (error: unknown) =>
  error instanceof UntrustedRequestError &&
  error.status === 403 &&
  error.statusCode === 403 &&
  error.code === "untrusted_request" &&
  // A log may contain the error.
  !JSON.stringify([error.message, error.stack, error]).includes("secret of at least");

test("requests of each form are read", () => {
  const fetched = new Request("https://app.example.com/api", { headers: HEADERS });
  const forms: GateRequest[] = [
    fetched,
    { headers: HEADERS },
    { headers: new Map(Object.entries(HEADERS)) as unknown as Headers },
    { req: { raw: fetched } },
  ];
  for (const request of forms) assert.deepEqual(gateIdentity(request, { secret: SECRET }), IDENTITY);
});

test("a caller without a credential is null, by every kind of trust", () => {
  assert.equal(gateIdentity({ headers: anonymous }, { secret: SECRET }), null);
  assert.equal(gateIdentity({ headers: {} }, { trust: "network" }), null);
  const empty = { ...anonymous, "latchkey-issuer": "", "latchkey-subject": "" };
  assert.equal(gateIdentity({ headers: empty }, { secret: SECRET }), null);
});

test("a credential without a session, an id, roles and scopes", () => {
  const few = {
    ...HEADERS,
    "latchkey-session": "",
    "latchkey-roles": "",
    "latchkey-scope": " ",
    "latchkey-token-id": "",
    "latchkey-client-id": undefined,
    "latchkey-email": undefined,
    "latchkey-email-verified": undefined,
  };
  const none = { sessionId: null, tokenId: null, clientId: null, roles: [], scopes: [] };
  const identity = { ...IDENTITY, ...none, ...NO_EMAIL };
  assert.deepEqual(gateIdentity({ headers: few }, { secret: SECRET }), identity);
});

for (const [what, presented] of [
  ["no secret", undefined],
  ["an empty one", ""],
  ["another one", OTHER],
  ["its beginning", SECRET.slice(0, -1)],
  ["more than it", `${SECRET} `],
  ["another letter case", SECRET.toUpperCase()],
  ["the secret twice, joined", `${SECRET}, ${SECRET}`],
  ["the secret twice, as a list", [SECRET, SECRET]],
  ["a megabyte", "x".repeat(1_000_000)],
] as const) {
  test(`a request with ${what} is rejected, whatever it claims`, () => {
    const headers = { ...HEADERS, "latchkey-gate-secret": presented };
    assert.throws(() => gateIdentity({ headers }, { secret: SECRET }), isUntrusted);
    assert.throws(() => gateIdentity({ headers }, { secret: [SECRET, "y".repeat(32)] }), isUntrusted);
  });
}

test("while a secret is being replaced, both values are accepted, and an absent one is ignored", () => {
  for (const secret of [
    [SECRET, OTHER],
    [OTHER, SECRET],
    [SECRET, undefined],
    ["", SECRET],
  ]) {
    assert.deepEqual(gateIdentity({ headers: HEADERS }, { secret }), IDENTITY);
  }
});

for (const [what, options, says] of [
  ["undefined", { secret: undefined }, /`secret` is undefined; expected .*secret_binding/],
  ["empty", { secret: "" }, /`secret` is empty/],
  ["an empty list", { secret: [] }, /a list without a value/],
  ["a list of absent values", { secret: [undefined, ""] }, /a list without a value/],
  ["null", { secret: null }, /of type object/],
  ["too short", { secret: "x".repeat(31) }, /has 31 bytes; expected at least 32/],
  ["too short beside a valid one", { secret: ["x".repeat(31), SECRET] }, /has 31 bytes/],
  ["no options", {}, /`secret` is undefined/],
  ["another kind of trust", { trust: true }, /`secret` is undefined/],
  ["an absent secret beside trust", { secret: null, trust: "network" }, /of type object/],
] as const) {
  test(`a mistake in the configuration never trusts a request: ${what}`, () => {
    for (const headers of [HEADERS, anonymous, {}]) {
      assert.throws(
        () => gateIdentity({ headers }, options as unknown as GateOptions),
        (error) => error instanceof TypeError && says.test(error.message),
      );
    }
  });
}

test("identity headers that the gate does not write are rejected", () => {
  for (const [name, value] of [
    ["latchkey-subject", ""],
    ["latchkey-issuer", ""],
    ["latchkey-subject", "%"],
    ["latchkey-roles", "a %C3%28"],
  ] as const) {
    const headers = { ...HEADERS, [name]: value };
    assert.throws(() => gateIdentity({ headers }, { secret: SECRET }), isUntrusted, `${name}: ${value}`);
  }
});

test("headers with the names of an object's members", () => {
  const headers = JSON.parse(JSON.stringify({ ...HEADERS, get: "x", __proto__: null, constructor: "x" }));
  assert.deepEqual(gateIdentity({ headers }, { secret: SECRET }), IDENTITY);
});

test("the initial session of a page: the user, or nothing", () => {
  const identity = gateIdentity({ headers: { ...HEADERS, "latchkey-client-id": undefined } }, { secret: SECRET });
  const user = { id: IDENTITY.subject, email: IDENTITY.email, emailVerified: true, roles: IDENTITY.roles };
  assert.deepEqual(initialSession(identity), { id: "s1", user });
  assert.equal(initialSession(null), null);
  assert.equal(initialSession({ ...IDENTITY, clientId: null, sessionId: null }), null);
  assert.equal(initialSession(IDENTITY), null, "an OAuth client has no session of the page");
  assert.throws(() => initialSession({ ...IDENTITY, clientId: null, ...NO_EMAIL }), /email_headers = true/);
});

test("a program that uses require gets the same", () => {
  const required = createRequire(import.meta.url)("latchkey-auth/server") as typeof import("latchkey-auth/server");
  assert.deepEqual(required.gateIdentity({ headers: HEADERS }, { secret: SECRET }), IDENTITY);
});

test("it needs nothing of its runtime but TextEncoder, and nothing of the vault", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve("latchkey-auth/server"))],
    ...{ bundle: true, minify: true, format: "iife", globalName: "server", platform: "neutral" },
    ...{ target: "es2022", write: false, metafile: true },
  });
  const [input, ...more] = Object.keys(metafile.inputs);
  assert.match(input ?? "", /dist\/server\/index\.js$/);
  assert.deepEqual(more, []);
  const code = outputFiles[0]?.text ?? "";
  const call = `${code}; JSON.stringify(server.gateIdentity({ headers }, { secret }))`;
  const json = runInNewContext(call, { TextEncoder, headers: HEADERS, secret: SECRET }) as string;
  assert.deepEqual(JSON.parse(json), IDENTITY);
});
