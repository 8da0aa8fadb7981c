// Clients that act for themselves and clients with keys of their own: DPoP at the token endpoint, assertions, the grant
// `client_credentials`, introspection by the server of a resource, and the exchange of tokens, which only narrows.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { decodeJwt, exportJWK, generateKeyPair } from "jose";
import { operator } from "../harness/operator.ts";
import { refusedWithin } from "../harness/until.ts";
import { type Durable, ISSUER, listed, METHODS, startDurable } from "./durable/world.ts";
import { assertion, type Key, newKey, oddProof, proof, TOKEN, withProof } from "./oauth/keys.ts";
import {
  ADMIN,
  APP,
  accountOf,
  assertOAuthError,
  at,
  CALLBACK,
  CONFIG,
  granted,
  RESOURCE,
  redeem,
  renew,
  SECRET,
  send,
  signedIn,
  type Tokens,
  tokens,
  user,
} from "./oauth/world.ts";

const hash = createHash("sha256").update(SECRET).digest("hex");
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JOBS = { client_id: "jobs", client_secret: SECRET };
const [grants, scopes] = [["client_credentials"], ["notes:read", "notes:write"]];

let world: Durable;
const keys = {} as { one: Key; two: Key; stranger: Key };

before(async () => {
  [keys.one, keys.two, keys.stranger] = await Promise.all([newKey(), newKey("EdDSA"), newKey()]);
  const jwks = {
    keys: [
      { ...(await exportJWK(keys.one.publicKey)), kid: "one" },
      { ...(await exportJWK(keys.two.publicKey)), kid: "two" },
    ],
  };
  const secret_sha256 = [hash];
  const clients = {
    ...CONFIG.oauth.clients,
    jobs: { name: "Jobs", grants, scopes, secret_sha256 },
    signer: { name: "Signs", grants, scopes, keys: jwks },
    bound: { name: "Bound", grants, scopes, secret_sha256, dpop: true },
    native: { name: "Native", application: "native", redirect_uris: ["com.example.app:/callback"], scopes },
    exchanger: {
      ...{ name: "Exchanges", redirect_uris: [CALLBACK], scopes, secret_sha256 },
      grants: ["authorization_code", "refresh_token", "client_credentials", "token_exchange"],
    },
    server: { name: "The server of /mcp", grants: ["token_exchange"], scopes, secret_sha256 },
    "bound-server": { name: "The server of /bound", grants: ["token_exchange"], scopes, secret_sha256, dpop: true },
    introspector: { name: "The server of /vault", grants: [], keys: jwks },
  };
  const resource = (server: string) => ({ scopes: ["notes:read"], server });
  const resources = {
    "/mcp": resource("server"),
    "/bound": resource("bound-server"),
    "/vault": resource("introspector"),
  };
  const oauth = { ...CONFIG.oauth, resources, clients };
  const strictResource = { path: "/mcp", methods: METHODS, access: "token", upstream: "echo", scopes: ["notes:read"] };
  const routes = CONFIG.routes.map((route) =>
    route.path === "/mcp" ? { ...strictResource, revocation: "strict" } : route,
  );
  // Every resource has a route.
  const others = ["/bound", "/vault"].map((path) => ({ ...strictResource, path }));
  world = await startDurable({ config: { ...CONFIG, oauth, routes: [...routes, ...others] } });
});
after(() => world?.stop());

const own = (form: Record<string, string> = {}, client: Record<string, string> = JOBS, headers = {}) =>
  send(world, "/oauth/token", { grant_type: "client_credentials", ...client, ...form }, headers);
const status = async (path: string, token: string) => (await at(world, path, token)).status;

describe("a client's token for itself", () => {
  test("names the client and no user, permits its scopes, and has no refresh token", async () => {
    const answer = tokens(await own());
    assert.deepEqual(Object.keys(answer).sort(), ["access_token", "expires_in", "scope", "token_type"]);
    assert.deepEqual([answer.token_type, answer.scope], ["Bearer", "notes:read notes:write"]);
    const { iat = 0, exp = 0, jti, ...claims } = decodeJwt(answer.access_token);
    assert.deepEqual(claims, {
      ...{ iss: ISSUER, sub: "jobs", aud: `${ISSUER}/api`, client_id: "jobs", sid: "client.jobs" },
      ...{ epoch: 0, roles: [], scope: "notes:read notes:write" },
    });
    assert.ok(jti && exp - iat === answer.expires_in && answer.expires_in <= 300);
    for (const path of ["/read/x", "/strict/x"]) assert.equal(await status(path, answer.access_token), 200, path);
    // Roles are those of users; routes without scopes and the service's own paths are for users.
    for (const path of ["/editors/x", "/users/x", "/auth/sessions"])
      assert.equal(await status(path, answer.access_token), 403, path);
    assert.equal(await status("/mcp", answer.access_token), 401, "for another audience");
    for (const whole of [`${ISSUER}/api`, ISSUER, `${ISSUER}/`]) {
      const named = decodeJwt(tokens(await own({ resource: whole })).access_token);
      assert.deepEqual([named.aud, named.scope], [claims.aud, claims.scope], whole);
    }
    const forResource = tokens(await own({ resource: RESOURCE }));
    assert.deepEqual([forResource.scope, decodeJwt(forResource.access_token).aud], ["notes:read", RESOURCE]);
    assert.equal(await status("/mcp", forResource.access_token), 200);
    assert.equal(await status("/read/x", forResource.access_token), 401);
  });

  test("more than the client may have, another resource, another client and a wrong credential are errors", async () => {
    for (const [form, error] of [
      [{ scope: "notes:read admin" }, "invalid_scope"],
      [{ scope: "openid" }, "invalid_scope"],
      [{ scope: "offline_access notes:read" }, "invalid_scope"],
      [{ scope: "notes:write", resource: RESOURCE }, "invalid_scope"],
      [{ resource: "https://evil.example/mcp" }, "invalid_target"],
      [{ resource: `${ISSUER}/api/` }, "invalid_target"],
    ] as const)
      assertOAuthError(await own(form), error, 400, JSON.stringify(form));
    assertOAuthError(await own({}, APP), "unauthorized_client");
    assertOAuthError(await own({}, { ...JOBS, client_secret: "wrong" }), "invalid_client", 401);
    assertOAuthError(await own({}, { client_id: "signer", client_secret: SECRET }), "invalid_client", 401);
  });

  test("is revoked by the client alone, or with the client when an administrator changes or deletes it", async () => {
    const first = tokens(await own()).access_token;
    const second = tokens(await own()).access_token;
    assert.equal(await status("/read/x", first), 200);
    assert.equal((await send(world, "/oauth/revoke", { token: first, ...JOBS })).status, 200);
    const revoked = Date.now();
    assert.equal(await status("/strict/x", first), 401);
    await refusedWithin("/read/x", 2_500, revoked, () => at(world, "/read/x", first));
    assert.equal(await status("/strict/x", second), 200, "alone");

    // The calls that the admin API makes.
    const clients = (call: unknown) => world.object("CLIENTS", "clients", call);
    const metadata = {
      ...{ client_name: "Registered", grant_types: ["client_credentials"], scope: "notes:read" },
      token_endpoint_auth_method: "client_secret_basic",
    };
    const client = {
      id: "c.AQEBAQEBAQEBAQEBAQEBAQ",
      metadata,
      secrets: [hash],
      dynamic: false,
      epoch: 0,
      created_at: 1,
    };
    const made = await clients({ RegisterClient: { client, creation: null } });
    assert.ok(made.json().RegisterClient.Ok, made.text);
    const by = { client_id: client.id, client_secret: SECRET };
    const before = tokens(await own({}, by)).access_token;
    assert.equal(await status("/strict/x", before), 200);
    assert.equal(await status("/read/x", before), 200);
    await clients({ ChangeClient: { id: client.id, metadata, first_secret: hash } });
    const changed = Date.now();
    assert.equal(await status("/strict/x", before), 401);
    await refusedWithin("/read/x", 2_500, changed, () => at(world, "/read/x", before));
    assert.ok(
      (await listed(world)).some(
        ({ kind, id, least_epoch }) => kind === "epoch" && id === client.id && least_epoch === 1,
      ),
    );
    const next = tokens(await own({}, by)).access_token;
    for (const path of ["/strict/x", "/read/x"]) assert.equal(await status(path, next), 200, "the changed client");
    await clients({ DeleteClient: { id: client.id } });
    const deleted = Date.now();
    assert.equal(await status("/strict/x", next), 401);
    await refusedWithin("/read/x", 2_500, deleted, () => at(world, "/read/x", next));
    assertOAuthError(await own({}, by), "invalid_client", 401);
  });

  test("a deletion whose revocation cannot be delivered is not confirmed, and delivers it when it is repeated", async () => {
    const metadata = {
      client_name: "R",
      grant_types: ["client_credentials"],
      scope: "notes:read",
      token_endpoint_auth_method: "client_secret_basic",
    };
    const client = {
      id: "c.AgICAgICAgICAgICAgICAg",
      metadata,
      secrets: [hash],
      dynamic: false,
      epoch: 0,
      created_at: 1,
    };
    await world.object("CLIENTS", "clients", { RegisterClient: { client, creation: null } });
    const remove = () => world.object("CLIENTS", "clients", { DeleteClient: { id: client.id } });
    await world.fault({ on: "call REVOCATIONS", kind: "refused" });
    for (let i = 0; i < 2; i += 1) assert.ok((await remove()).status >= 500);
    await world.fault(null);
    const isListed = async () => (await listed(world)).some(({ id }) => id === `client.${client.id}`);
    assert.equal(await isListed(), false);
    assert.equal((await remove()).status, 200);
    assert.equal(await isListed(), true);
  });
});

describe("assertions (private_key_jwt)", () => {
  const by = async (...args: Parameters<typeof assertion>) => own({}, await assertion(...args));

  test("authenticate a client by either of its keys, once", async () => {
    for (const [key, header] of [
      [keys.one, {}],
      [keys.two, { kid: "two", alg: "EdDSA" }],
      [keys.two, { kid: "two", alg: "Ed25519" }],
      [keys.one, { typ: "client-authentication+jwt" }],
    ] as const)
      assert.equal(tokens(await by(key, "signer", {}, header)).token_type, "Bearer");
    const form = await assertion(keys.one, "signer");
    const answers = await Promise.all(Array.from({ length: 20 }, () => own({}, form)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, "of 20 at the same time");
    for (const answer of answers) if (answer.status !== 200) assertOAuthError(answer, "invalid_client", 401);
    await world.start();
    assertOAuthError(await own({}, form), "invalid_client", 401, "after a restart");
    assert.equal((await own({ client_id: "signer" }, await assertion(keys.one, "signer"))).status, 200);
  });

  test("of another key, client, service or time are rejected, and so is a second method beside them", async () => {
    const now = Math.floor(Date.now() / 1000);
    const wrong = await generateKeyPair("ES256");
    for (const [key, client, payload, header] of [
      [keys.stranger, "signer", {}, {}],
      [wrong, "signer", {}, {}],
      [keys.one, "signer", {}, { kid: "two" }],
      [keys.one, "signer", {}, { kid: "three" }],
      [keys.one, "signer", {}, { kid: undefined }],
      [keys.one, "signer", {}, { typ: "at+jwt" }],
      [keys.one, "signer", {}, { jwk: await exportJWK(keys.one.publicKey), kid: "three" }],
      [keys.one, "jobs", {}, {}],
      [keys.one, "unknown", {}, {}],
      [keys.one, "signer", { iss: "jobs" }, {}],
      [keys.one, "signer", { sub: "jobs" }, {}],
      [keys.one, "signer", { aud: TOKEN }, {}],
      [keys.one, "signer", { aud: [ISSUER, "https://evil.example"] }, {}],
      [keys.one, "signer", { aud: undefined }, {}],
      [keys.one, "signer", { exp: now - 61 }, {}],
      [keys.one, "signer", { exp: now + 700 }, {}],
      [keys.one, "signer", { exp: undefined }, {}],
      [keys.one, "signer", { jti: undefined }, {}],
      [keys.one, "signer", { iat: now + 120 }, {}],
    ] as const)
      assertOAuthError(
        await by(key, client, payload, header),
        "invalid_client",
        401,
        JSON.stringify({ payload, header }),
      );
    const form = await assertion(keys.one, "signer");
    assertOAuthError(await own({ ...form, client_secret: SECRET }, { client_id: "signer" }), "invalid_request");
    assertOAuthError(await own({ client_id: "jobs" }, form), "invalid_client", 401);
    const unsigned = `${btoa('{"alg":"none"}').replace(/=+$/, "")}.${form.client_assertion.split(".")[1]}.AA`;
    assertOAuthError(await own({}, { ...form, client_assertion: unsigned }), "invalid_client", 401);
    assert.equal((await own({}, form)).status, 200, "the genuine one was not spent");
  });

  test("a fault in any call rejects the request, and no assertion counts twice", async () => {
    for (const kind of ["refused", "lost"] as const)
      for (let at = 1; ; at += 1) {
        const form = await assertion(keys.one, "signer");
        await world.fault({ at, of: "call ", kind });
        const answer = await own({}, form);
        const calls = (await world.seen()).filter((step) => step.startsWith("call ")).length;
        await world.fault(null);
        if (calls < at) break;
        if (answer.status !== 200) assertOAuthError(answer, "temporarily_unavailable", 503, `${kind} ${at}`);
        const again = await own({}, form);
        if (answer.status === 200) assertOAuthError(again, "invalid_client", 401);
        else if (again.status !== 200) assertOAuthError(again, "invalid_client", 401);
        assertOAuthError(await own({}, form), "invalid_client", 401);
      }
  });
});

describe("DPoP at the token endpoint", () => {
  const BOUND = { client_id: "bound", client_secret: SECRET };
  const grant = { grant_type: "client_credentials" };

  test("a proof by each kind of key binds the token, to the thumbprint that jose computes", async () => {
    for (const algorithm of ["ES256", "EdDSA", "PS256", "RS256"] as const) {
      const key = await newKey(algorithm);
      for (const client of [JOBS, BOUND]) {
        const answer = tokens(await withProof(world, { ...grant, ...client }, await proof(key)), algorithm);
        assert.equal(answer.token_type, "DPoP");
        assert.deepEqual(decodeJwt(answer.access_token).cnf, { jkt: key.thumbprint });
        assert.equal(await status("/read/x", answer.access_token), 401, "not as Bearer");
      }
    }
    assertOAuthError(await own({}, BOUND), "invalid_dpop_proof", 400, "the client must send one");
  });

  test("a proof counts once, whichever client repeats it, and only for this endpoint, method and minute", async () => {
    const key = await newKey();
    const now = Math.floor(Date.now() / 1000);
    const good = await proof(key);
    const answers = await Promise.all(Array.from({ length: 20 }, () => withProof(world, { ...grant, ...JOBS }, good)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers) if (answer.status !== 200) assertOAuthError(answer, "invalid_dpop_proof");
    const { privateKey } = await generateKeyPair("ES256");
    const { d: _, ...jwk } = await exportJWK(key.privateKey);
    for (const [what, wrong] of [
      ["another method", await proof(key, TOKEN, "GET")],
      ["another endpoint", await proof(key, `${ISSUER}/oauth/par`)],
      ["another host", await proof(key, "https://evil.example/oauth/token")],
      ["old", await oddProof(key, { iat: now - 120 })],
      ["of the future", await oddProof(key, { iat: now + 120 })],
      ["no jti", await oddProof(key, { jti: undefined })],
      ["no iat", await oddProof(key, { iat: undefined })],
      ["no htm", await oddProof(key, { htm: undefined })],
      ["another type", await oddProof(key, {}, { typ: "JWT" })],
      ["no key", await oddProof(key, {}, { jwk: undefined })],
      ["a private key", await oddProof(key, {}, { jwk: await exportJWK(key.privateKey) })],
      ["another key", await oddProof({ ...key, privateKey }, {}, { jwk })],
      ["a point off its curve", await oddProof(key, {}, { jwk: { ...jwk, y: jwk.x } })],
      ["two proofs", `${await proof(key)}, ${await proof(key)}`],
      ["no proof", "x"],
      ["a client's assertion", (await assertion(keys.one, "signer")).client_assertion],
    ] as const)
      assertOAuthError(await withProof(world, { ...grant, ...JOBS }, wrong), "invalid_dpop_proof", 400, what);
    const parts = (await proof(key)).split(".");
    for (let i = 0; i < 3; i += 1) {
      const changed = parts.map((part, j) =>
        i === j ? `${part.slice(0, -2)}${part.endsWith("AA") ? "BB" : "AA"}` : part,
      );
      assertOAuthError(await withProof(world, { ...grant, ...JOBS }, changed.join(".")), "invalid_dpop_proof");
    }
  });

  test("a code that announced a key is redeemed by its proof only; the refresh tokens of public clients stay bound", async () => {
    const [key, other, who] = [await newKey(), await newKey(), await user(world)];
    const code = await granted(world, who, { client_id: "app", dpop_jkt: key.thumbprint });
    const form = { grant_type: "authorization_code", ...code, ...APP };
    assertOAuthError(await redeem(world, code, APP), "invalid_grant");
    assertOAuthError(await withProof(world, form, await proof(other)), "invalid_grant");
    const spent = await proof(key);
    const first = tokens(await withProof(world, form, spent));
    assert.equal(first.token_type, "DPoP");
    assert.deepEqual(decodeJwt(first.access_token).cnf, { jkt: key.thumbprint });
    const refresh = { grant_type: "refresh_token", refresh_token: first.refresh_token, ...APP };
    assertOAuthError(await renew(world, first.refresh_token, APP), "invalid_grant");
    assertOAuthError(await withProof(world, refresh, await proof(other)), "invalid_grant");
    assertOAuthError(
      await withProof(world, refresh, spent),
      "invalid_dpop_proof",
      400,
      "the proof was used for the code",
    );
    const second = tokens(await withProof(world, refresh, await proof(key)));
    assert.deepEqual(decodeJwt(second.access_token).cnf, { jkt: key.thumbprint });
  });

  test("a native client needs a proof by default; a proof at the pushed request announces its key", async () => {
    const [key, who] = [await newKey(), await user(world)];
    const redirect_uri = "com.example.app:/callback";
    const code = await granted(world, who, { client_id: "native", redirect_uri } as object);
    const form = { grant_type: "authorization_code", ...code, redirect_uri, client_id: "native" };
    assertOAuthError(await send(world, "/oauth/token", form), "invalid_dpop_proof");
    assert.equal(tokens(await withProof(world, form, await proof(key))).token_type, "DPoP");
    const request = {
      ...{ client_id: "native", redirect_uri, response_type: "code", scope: "notes:read" },
      ...{ code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" },
    };
    const par = (form: Record<string, string>, proof?: string) =>
      send(world, "/oauth/par", { ...request, ...form }, proof ? { DPoP: proof } : {});
    const url = `${ISSUER}/oauth/par`;
    assert.equal((await par({}, await proof(key, url))).status, 201);
    assert.equal((await par({ dpop_jkt: key.thumbprint }, await proof(key, url))).status, 201);
    assertOAuthError(await par({ dpop_jkt: keys.one.thumbprint }, await proof(key, url)), "invalid_dpop_proof");
    assertOAuthError(await par({}, await proof(key)), "invalid_dpop_proof");
  });
});

describe("introspection by the server of a resource", () => {
  const SERVER = { client_id: "server", client_secret: SECRET };
  const VAULT = `${ISSUER}/vault`;
  const introspect = (token: string, by: Record<string, string> = SERVER, headers = {}) =>
    send(world, "/oauth/introspect", { token, ...by }, headers);
  const received = async (terms: object = {}) =>
    signedIn(world, await user(world), { scope: "notes:read", resource: RESOURCE, ...terms }, APP);

  test("tells it all about the tokens for its resource, whichever client they were issued to", async () => {
    const who = await user(world);
    const grant = { scope: "notes:read email", resource: RESOURCE };
    const { access_token } = await signedIn(world, who, grant, APP);
    const { epoch: _, ...claims } = decodeJwt(access_token);
    const expected = { ...claims, active: true, token_type: "Bearer", username: who.email };
    const basic = { Authorization: `Basic ${btoa(`server:${SECRET}`)}` };
    for (const answer of [await introspect(access_token), await introspect(access_token, {}, basic)]) {
      assert.deepEqual(answer.json(), expected);
      assert.match(answer.header("cache-control") ?? "", /no-store/);
    }
    // Without the scope `email` the user has not granted the address.
    const without = (await introspect((await received()).access_token)).json();
    assert.deepEqual([without.active, without.scope, without.username], [true, "notes:read", undefined]);
    const machine = tokens(await own({ resource: RESOURCE })).access_token;
    const { sub, aud, client_id } = (await introspect(machine)).json();
    assert.deepEqual([sub, aud, client_id], ["jobs", RESOURCE, "jobs"], "a client's token for itself");
  });

  test("with private_key_jwt, and without any grant; an assertion counts once", async () => {
    const { access_token } = await received({ resource: VAULT });
    const form = await assertion(keys.one, "introspector");
    assert.equal((await introspect(access_token, form)).json().aud, VAULT);
    assertOAuthError(await introspect(access_token, form), "invalid_client", 401, "again");
    assertOAuthError(
      await introspect(access_token, await assertion(keys.stranger, "introspector")),
      "invalid_client",
      401,
    );
    const other = await introspect((await received()).access_token, await assertion(keys.one, "introspector"));
    assert.equal(other.text, '{"active":false}', "a token for another resource");
    const own = { grant_type: "client_credentials", ...(await assertion(keys.one, "introspector")) };
    assertOAuthError(await send(world, "/oauth/token", own), "unauthorized_client");
  });

  test("names the key of a token that is bound to one", async () => {
    const key = await newKey();
    const code = await granted(world, await user(world), { client_id: "app", scope: "notes:read", resource: RESOURCE });
    const form = { grant_type: "authorization_code", ...code, ...APP };
    const { access_token } = tokens(await withProof(world, form, await proof(key)));
    const { active, token_type, cnf } = (await introspect(access_token)).json();
    assert.deepEqual([active, token_type, cnf], [true, "DPoP", { jkt: key.thumbprint }]);
  });

  test("for every other token the response is only active: false", async () => {
    const who = await user(world);
    const forService = await signedIn(world, who, { scope: "openid notes:read" }, APP);
    const forVault = await received({ resource: VAULT });
    const revoked = await received();
    assert.equal((await introspect(revoked.access_token)).json().active, true);
    assert.equal((await send(world, "/oauth/revoke", { token: revoked.refresh_token, ...APP })).status, 200);
    const { access_token } = await received();
    for (const [what, token] of [
      ["a token for the service as a whole", forService.access_token],
      ["a token for another resource", forVault.access_token],
      ["a token of a user's session", who.token],
      ["an ID token", forService.id_token],
      ["a refresh token", (await received()).refresh_token],
      ["a revoked token", revoked.access_token],
      ["a changed token", access_token.replace(/.{4}$/, "AAAA")],
      ["no token", "x"],
    ] as const)
      assert.equal((await introspect(token)).text, '{"active":false}', what);
    for (const by of [JOBS, { client_id: "exchanger", client_secret: SECRET }])
      assert.equal((await introspect(access_token, by)).text, '{"active":false}', "another client");
    assertOAuthError(
      await introspect(access_token, APP),
      "invalid_client",
      401,
      "the public client that has the token",
    );
    assertOAuthError(await introspect(access_token, { ...SERVER, client_secret: "x" }), "invalid_client", 401);
    assertOAuthError(await introspect(access_token, { client_id: "server" }), "invalid_client", 401);
    assertOAuthError(await send(world, "/oauth/introspect", SERVER), "invalid_request", 400, "no token");
  });
});

describe("token exchange", () => {
  const BY = { client_id: "exchanger", client_secret: SECRET };
  const SERVER = { client_id: "server", client_secret: SECRET };
  const form = (subject_token: string, more: Record<string, string> = {}, by: Record<string, string> = BY) => ({
    ...{ grant_type: EXCHANGE, subject_token, subject_token_type: ACCESS_TOKEN },
    ...by,
    ...more,
  });
  const exchange = (...args: Parameters<typeof form>) => send(world, "/oauth/token", form(...args));
  const held = async (scope = "notes:read notes:write", more = {}) =>
    signedIn(world, await user(world), { scope, ...more }, BY);

  test("narrows: a part of the scopes, another resource, not longer; the same user, session and end", async () => {
    const who = await user(world);
    const first = await signedIn(world, who, { scope: "openid notes:read notes:write" }, BY);
    const answer = tokens(await exchange(first.access_token, { scope: "notes:read", resource: RESOURCE })) as Tokens & {
      issued_token_type: string;
    };
    assert.deepEqual(
      [answer.issued_token_type, answer.token_type, answer.scope, answer.refresh_token],
      [ACCESS_TOKEN, "Bearer", "notes:read", undefined],
    );
    const [before, after] = [decodeJwt(first.access_token), decodeJwt(answer.access_token)];
    assert.deepEqual([after.aud, after.scope, after.roles, after.act], [RESOURCE, "notes:read", [], undefined]);
    for (const name of ["sub", "sid", "epoch", "auth_time", "amr"]) assert.deepEqual(after[name], before[name], name);
    assert.ok((after.exp ?? 0) <= (before.exp ?? 0) && after.jti !== before.jti);
    assert.equal(await status("/mcp", answer.access_token), 200);
    assert.equal(await status("/read/x", answer.access_token), 401, "for another audience");
    const chained = tokens(await exchange(answer.access_token, { audience: `${ISSUER}/api` }));
    assert.equal(chained.scope, "notes:read");
    assertOAuthError(
      await exchange(chained.access_token, { scope: "notes:write" }),
      "invalid_scope",
      400,
      "in a chain",
    );
    const admins = operator(world.origin, ADMIN.secret);
    assert.equal((await admins.post(`/${accountOf(who)}/sign-out`)).status < 300, true);
    assert.equal(await status("/mcp", answer.access_token), 401, "it ends with the session");
    assertOAuthError(await exchange(first.access_token), "invalid_request", 400, "a revoked subject token");
  });

  test("the server of a resource exchanges the tokens that it receives, and no others", async () => {
    const who = await user(world);
    const received = await signedIn(world, who, { scope: "notes:read", resource: RESOURCE }, APP);
    const answer = tokens(await exchange(received.access_token, { audience: `${ISSUER}/api` }, SERVER));
    const claims = decodeJwt(answer.access_token);
    assert.deepEqual([claims.client_id, claims.aud, claims.sub], ["server", `${ISSUER}/api`, accountOf(who)]);
    assert.equal(await status("/strict/x", answer.access_token), 200);
    const other = await signedIn(world, who, { scope: "notes:read" }, APP);
    assertOAuthError(await exchange(other.access_token, {}, SERVER), "invalid_request");
    for (const whole of [ISSUER, `${ISSUER}/`, `${ISSUER}/api`]) {
      const named = tokens(await exchange(received.access_token, { resource: whole }, SERVER));
      assert.equal(decodeJwt(named.access_token).aud, `${ISSUER}/api`, whole);
    }
  });

  test("the server of a resource exchanges a bound token, whose key it cannot have, for one for another resource", async () => {
    const [who, ofClient, ofServer] = [await user(world), await newKey(), await newKey()];
    const bound = async (resource: string) => {
      const code = await granted(world, who, { client_id: "app", scope: "notes:read", resource });
      const redeemed = { grant_type: "authorization_code", ...code, ...APP };
      return tokens(await withProof(world, redeemed, await proof(ofClient))).access_token;
    };
    const received = await bound(RESOURCE);
    const downstream = { audience: `${ISSUER}/api` };
    const plain = tokens(await exchange(received, downstream, SERVER));
    const claims = decodeJwt(plain.access_token);
    assert.deepEqual(
      [plain.token_type, claims.cnf, claims.client_id, claims.aud, claims.sid],
      ["Bearer", undefined, "server", `${ISSUER}/api`, decodeJwt(received).sid],
    );
    assert.equal(await status("/strict/x", plain.access_token), 200);
    // With a proof of its own the new token is bound to its own key.
    const rebound = tokens(await withProof(world, form(received, downstream, SERVER), await proof(ofServer)));
    assert.equal(rebound.token_type, "DPoP");
    assert.deepEqual(decodeJwt(rebound.access_token).cnf, { jkt: ofServer.thumbprint });
    assert.equal(await status("/strict/x", rebound.access_token), 401, "not without a proof");
    assertOAuthError(
      await exchange(rebound.access_token, { scope: "notes:read" }, SERVER),
      "invalid_dpop_proof",
      400,
      "a bound token of its own",
    );
    // A token for its own resource would be the same without the binding.
    for (const target of [{}, { resource: RESOURCE }, { audience: RESOURCE }])
      assertOAuthError(await exchange(received, target as Record<string, string>, SERVER), "invalid_target");
    // A client that must bind its tokens needs a proof here too.
    const must = { client_id: "bound-server", client_secret: SECRET };
    const forBound = await bound(`${ISSUER}/bound`);
    assertOAuthError(await exchange(forBound, downstream, must), "invalid_dpop_proof");
    const proved = tokens(await withProof(world, form(forBound, downstream, must), await proof(ofServer)));
    assert.deepEqual(decodeJwt(proved.access_token).cnf, { jkt: ofServer.thumbprint });
    // A bound token that is for another resource, and a client that is no server.
    for (const by of [must, BY]) {
      const headers = await proof(ofServer);
      assertOAuthError(await withProof(world, form(received, downstream, by), headers), "invalid_request");
    }
    const admins = operator(world.origin, ADMIN.secret);
    assert.equal((await admins.post(`/${accountOf(who)}/sign-out`)).status < 300, true);
    assert.equal(await status("/strict/x", plain.access_token), 401, "it ends with the session");
  });

  test("attacks: wider scope, another client's token, ID tokens, sessions, refresh tokens, actors, other types", async () => {
    const narrow = await held("openid notes:read");
    const who = await user(world);
    const others = await signedIn(world, who, { scope: "notes:read notes:write" }, APP);
    for (const [what, token, more, error] of [
      ["a wider scope", narrow.access_token, { scope: "notes:read notes:write" }, "invalid_scope"],
      ["an unknown scope", narrow.access_token, { scope: "admin" }, "invalid_scope"],
      [
        "a scope that the resource has not",
        narrow.access_token,
        { scope: "notes:write", resource: RESOURCE },
        "invalid_scope",
      ],
      ["another service", narrow.access_token, { resource: "https://evil.example" }, "invalid_target"],
      ["two resources", narrow.access_token, { resource: RESOURCE, audience: `${ISSUER}/api` }, "invalid_target"],
      ["another client's token", others.access_token, {}, "invalid_request"],
      ["an ID token", narrow.id_token, {}, "invalid_request"],
      ["a refresh token", narrow.refresh_token, {}, "invalid_request"],
      ["a user's own token", who.token, {}, "invalid_request"],
      ["an API key", "lk_live_0000000000000000000000000000000000000000", {}, "invalid_request"],
      ["no token", "x", {}, "invalid_request"],
      [
        "an actor",
        narrow.access_token,
        { actor_token: narrow.access_token, actor_token_type: ACCESS_TOKEN },
        "invalid_request",
      ],
      [
        "an ID token by type",
        narrow.id_token,
        { subject_token_type: ACCESS_TOKEN.replace("access", "id") },
        "invalid_request",
      ],
      [
        "a refresh token by type",
        narrow.access_token,
        { requested_token_type: ACCESS_TOKEN.replace("access", "refresh") },
        "invalid_request",
      ],
    ] as const)
      assertOAuthError(await exchange(token, more as Record<string, string>), error, 400, what);
    assertOAuthError(await exchange(narrow.access_token, {}, JOBS), "unauthorized_client");
    assertOAuthError(await exchange(narrow.access_token, {}, { ...BY, client_secret: "x" }), "invalid_client", 401);
    const changed = narrow.access_token.replace(/.{4}$/, "AAAA");
    assertOAuthError(await exchange(changed), "invalid_request");
    assert.equal((await send(world, "/oauth/revoke", { token: narrow.access_token, ...BY })).status, 200);
    assertOAuthError(await exchange(narrow.access_token), "invalid_request", 400, "revoked alone");
  });

  test("a bound token is exchanged only with a proof of its key, for one that is bound to it", async () => {
    const [key, other, who] = [await newKey(), await newKey(), await user(world)];
    const code = await granted(world, who, { client_id: "exchanger", scope: "notes:read" });
    const first = tokens(
      await withProof(world, { grant_type: "authorization_code", ...code, ...BY }, await proof(key)),
    );
    assert.equal(first.token_type, "DPoP");
    assertOAuthError(await exchange(first.access_token), "invalid_dpop_proof");
    assertOAuthError(await withProof(world, form(first.access_token), await proof(other)), "invalid_dpop_proof");
    const used = await proof(key);
    const second = tokens(await withProof(world, form(first.access_token), used));
    assert.deepEqual(decodeJwt(second.access_token).cnf, { jkt: key.thumbprint });
    assertOAuthError(await withProof(world, form(first.access_token), used), "invalid_dpop_proof");
    const mine = tokens(await own({ scope: "notes:read" }, BY));
    const narrowed = tokens(await withProof(world, form(mine.access_token), await proof(key)));
    assert.equal(narrowed.token_type, "DPoP", "a client's own token, bound by the exchange");
  });
});
