// The token endpoint: codes, refresh tokens, and what the tokens contain.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { ask } from "../../harness/http.ts";
import { operator } from "../../harness/operator.ts";
import { again, bearer, type Durable, listed } from "../durable/world.ts";
import {
  ADMIN,
  APP,
  accountOf,
  assertOAuthError,
  at,
  CALLBACK,
  type ClientParameters,
  CONFIG,
  type Code,
  fromOurPage,
  granted,
  ISSUER,
  RESOURCE,
  redeem,
  renew,
  renewed,
  SECRET,
  send,
  signedIn,
  tokens,
  user,
  WEB,
  WEB2,
} from "./world.ts";

const MINUTE = 60_000;

export function tokenEndpoint(world: () => Durable): void {
  const admin = () => operator(world().origin, ADMIN.secret);
  const jwks = async () => createLocalJWKSet((await ask(world().origin, "/.well-known/jwks.json")).json());

  test("a code gives an access token for the client, a refresh token and an ID token", async () => {
    const who = await user(world());
    const code = await granted(world(), who, { scope: "openid notes:read", nonce: "n-1" });
    const answer = tokens(await redeem(world(), code));
    const { access_token, refresh_token, id_token, ...rest } = answer;
    assert.deepEqual({ ...rest, expires_in: 0 }, { token_type: "Bearer", expires_in: 0, scope: "openid notes:read" });
    assert.ok(answer.expires_in >= 270 && answer.expires_in <= 300);
    assert.match(refresh_token, /^lkr_1\.[^.]+\.[^.]+\.1\.[\w-]{43}$/);
    assert.equal(decodeProtectedHeader(access_token).typ, "at+jwt");
    const access = decodeJwt(access_token);
    const own = decodeJwt(who.token);
    assert.deepEqual(
      { ...access, iat: 0, exp: 0, jti: "", sid: "" },
      {
        ...{ iss: ISSUER, sub: accountOf(who), aud: `${ISSUER}/api`, client_id: "web", scope: "openid notes:read" },
        ...{ iat: 0, exp: 0, jti: "", sid: "", epoch: 0, roles: [] },
        ...{ auth_time: own.auth_time, acr: "aal1", amr: ["pwd"] },
      },
      "no address and no role of the user's, because no scope names them",
    );
    assert.match(String(access.sid), /^grant\.[\w-]{22}$/);
    const checked = await jwtVerify(id_token, await jwks(), { issuer: ISSUER, audience: "web", algorithms: ["ES256"] });
    assert.notEqual(checked.protectedHeader.typ, "at+jwt");
    const at_hash = createHash("sha256").update(access_token).digest().subarray(0, 16).toString("base64url");
    assert.deepEqual(
      { ...checked.payload, iat: 0 },
      {
        ...{ iss: ISSUER, sub: accountOf(who), aud: "web", iat: 0, exp: access.exp, nonce: "n-1", at_hash },
        ...{ auth_time: own.auth_time, acr: "aal1", amr: ["pwd"], sid: access.sid },
      },
    );
    assert.equal((await at(world(), "/read/x", access_token)).status, 200);
    assert.equal((await at(world(), "/strict/x", access_token)).status, 200);
    assert.equal((await at(world(), "/users/x", access_token)).status, 403, "the route names no scope");
    assert.equal((await at(world(), "/read/x", id_token)).status, 401, "an ID token is no access token");
  });

  test("scopes decide what a token contains: roles that they name, the address, an ID token, the resource", async () => {
    const who = await user(world());
    await admin().put(`/${accountOf(who)}/roles`, { roles: ["editor", "admin"] });
    const fresh = await again(world().origin, who.email);
    const roles = async (scope: string) => decodeJwt((await signedIn(world(), fresh, { scope })).access_token).roles;
    assert.deepEqual(await roles("notes:read"), []);
    assert.deepEqual(await roles("notes:read notes:write"), ["editor"]);
    const mail = await signedIn(world(), fresh, { scope: "email notes:read" });
    assert.equal(decodeJwt(mail.access_token).email, who.email);
    assert.equal(mail.id_token, undefined, "without the scope openid");
    const forResource = await signedIn(world(), fresh, { scope: "notes:read", resource: RESOURCE });
    assert.equal(decodeJwt(forResource.access_token).aud, RESOURCE);
    assert.equal((await at(world(), "/mcp", forResource.access_token)).status, 200);
    assert.equal((await at(world(), "/read/x", forResource.access_token)).status, 401, "another audience");
    const editor = await signedIn(world(), fresh, { scope: "notes:write" });
    assert.equal((await at(world(), "/editors/x", editor.access_token)).status, 200);
  });

  test("every parameter of a code is checked, and a rejected request spends nothing", async () => {
    const who = await user(world());
    const code = await granted(world(), who, { resource: RESOURCE, scope: "notes:read" });
    const other = { ...code, code_verifier: randomBytes(32).toString("base64url") };
    const form = { grant_type: "authorization_code", ...code };
    const without = (fields: Record<string, string>, name: string) => {
      const { [name]: _, ...rest } = fields;
      return rest;
    };
    const cut = (text: string) => text.slice(0, -1);
    const tampered = `${code.code.split(".")[0]}.${randomBytes(32).toString("base64url")}`;
    const cases: [string, Record<string, string>, string, number?][] = [
      ["another client", { ...form, ...WEB2 }, "invalid_grant"],
      ["a public client", { ...form, ...APP }, "invalid_grant"],
      ["another verifier", { ...form, ...other, ...WEB }, "invalid_grant"],
      ["the challenge as the verifier", { ...form, code_verifier: cut(code.code_verifier), ...WEB }, "invalid_grant"],
      ["no verifier", { ...without(form, "code_verifier"), ...WEB }, "invalid_request"],
      ["another redirect URI", { ...form, redirect_uri: `${CALLBACK}/`, ...WEB }, "invalid_grant"],
      ["another resource", { ...form, resource: `${ISSUER}/other`, ...WEB }, "invalid_target"],
      ["no code", { ...without(form, "code"), ...WEB }, "invalid_request"],
      ["another code", { ...form, code: tampered, ...WEB }, "invalid_grant"],
      ["a malformed code", { ...form, code: cut(code.code), ...WEB }, "invalid_grant"],
      ["a code of no account", { ...form, code: `x${code.code}`, ...WEB }, "invalid_grant"],
      ["a wrong secret", { ...form, ...WEB, client_secret: "x" }, "invalid_client", 401],
      ["no secret", { ...form, client_id: "web" }, "invalid_client", 401],
      ["an unknown client", { ...form, client_id: "unknown", client_secret: SECRET }, "invalid_client", 401],
      ["no client", form, "invalid_client", 401],
      ["another grant", { ...form, grant_type: "password", ...WEB }, "unsupported_grant_type"],
      [
        "a grant that the client may not use",
        { ...form, grant_type: "client_credentials", ...WEB },
        "unauthorized_client",
      ],
      ["no grant", { ...without(form, "grant_type"), ...WEB }, "invalid_request"],
    ];
    for (const [what, fields, error, status] of cases)
      assertOAuthError(await send(world(), "/oauth/token", fields), error, status, what);
    const json = await ask(world().origin, "/oauth/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...form, ...WEB }),
    });
    assertOAuthError(json, "invalid_request", 415);
    assert.equal((await ask(world().origin, `/oauth/token?${new URLSearchParams({ ...form, ...WEB })}`)).status, 405);
    tokens(await redeem(world(), code, WEB, { resource: RESOURCE }), "after all of these");
  });

  test("a client of OAuth 2.1 need not repeat the redirect URI or the resource", async () => {
    const { redirect_uri: _, ...code } = await granted(world(), await user(world()), { resource: RESOURCE, scope: "" });
    assert.equal(decodeJwt(tokens(await redeem(world(), code)).access_token).aud, RESOURCE);
  });

  test("a code expires after its lifetime, for a client that has it too", async () => {
    const who = await user(world());
    const now = Date.now();
    await world().clock(now);
    try {
      const [late, early] = [await granted(world(), who), await granted(world(), who)];
      const device = await granted(world(), who, { lifetime: 600 });
      await world().clock(now + 59_000);
      tokens(await redeem(world(), early));
      await world().clock(now + MINUTE);
      assertOAuthError(await redeem(world(), late), "invalid_grant");
      await world().clock(now + 9 * MINUTE);
      tokens(await redeem(world(), device));
    } finally {
      await world().clock(null);
    }
  });

  test("a second use ends the session that the first has opened; a copy of the code alone ends nothing", async () => {
    const who = await user(world());
    const code = await granted(world(), who);
    const first = tokens(await redeem(world(), code));
    const guess = { ...code, code_verifier: randomBytes(32).toString("base64url") };
    for (const [injected, client] of [
      [guess, WEB],
      [code, WEB2],
      [{ ...code, redirect_uri: `${CALLBACK}2` }, WEB],
    ] as [Code, ClientParameters][])
      assertOAuthError(await redeem(world(), injected, client), "invalid_grant");
    assert.equal((await at(world(), "/strict/x", first.access_token)).status, 200);
    assertOAuthError(await redeem(world(), code), "invalid_grant");
    assertOAuthError(await renew(world(), first.refresh_token), "invalid_grant");
    assert.equal((await at(world(), "/strict/x", first.access_token)).status, 401);
    const session = decodeJwt(first.access_token).sid;
    assert.ok((await listed(world())).some(({ kind, id }) => kind === "session" && id === session));
    const events = await admin().events(accountOf(who));
    assert.ok(events.some(({ event, session: of }) => event === "authorization_code_reused" && of === session));
    assert.equal(
      (await ask(world().origin, "/strict/x", bearer(who.token))).status,
      200,
      "the user's session continues",
    );
  });

  test("of 100 concurrent redemptions one gets tokens", async () => {
    const code = await granted(world(), await user(world()));
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(world(), code)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers) if (answer.status !== 200) assertOAuthError(answer, "invalid_grant");
  });

  test("a refresh rotates as for browsers: a lost response, two at once, reuse", async () => {
    const who = await user(world());
    const now = Date.now();
    await world().clock(now);
    try {
      const first = await signedIn(world(), who);
      const young = tokens(await renew(world(), first.refresh_token));
      assert.equal(young.refresh_token, first.refresh_token, "a young token stays");
      assert.notEqual(young.access_token, first.access_token);
      assert.equal(decodeJwt(young.access_token).sid, decodeJwt(first.access_token).sid);
      assert.equal(decodeJwt(young.id_token).nonce, undefined);

      await world().clock(now + 2 * MINUTE);
      // Two at once, or one whose response is lost: both get the same successor.
      const [one, two] = await Promise.all([1, 2].map(() => renew(world(), first.refresh_token)));
      const second = tokens(one as never);
      assert.match(second.refresh_token, /\.2\.[\w-]{43}$/);
      assert.equal(tokens(two as never).refresh_token, second.refresh_token);

      // The response with the third generation is lost, and noticed late.
      await world().clock(now + 4 * MINUTE);
      assert.match(tokens(await renew(world(), second.refresh_token)).refresh_token, /\.3\./);
      await world().clock(now + 10 * MINUTE);
      const moved = tokens(await renew(world(), second.refresh_token));
      assert.match(moved.refresh_token, /\.4\./);
      tokens(await renew(world(), moved.refresh_token));

      // A copy of an old one.
      await world().clock(now + 13 * MINUTE);
      assertOAuthError(await renew(world(), first.refresh_token), "invalid_grant");
      assertOAuthError(await renew(world(), moved.refresh_token), "invalid_grant");
    } finally {
      await world().clock(null);
    }
    const events = (await admin().events(accountOf(who))).map(({ event }) => event);
    assert.ok(events.includes("refresh_answer_lost") && events.includes("refresh_reused"));
  });

  test("a refresh narrows what was granted and never widens it", async () => {
    const who = await user(world());
    const granted = await signedIn(world(), who, { scope: "openid notes:read notes:write", resource: RESOURCE });
    const narrow = tokens(await renew(world(), granted.refresh_token, WEB, { scope: "notes:read" }));
    assert.equal(narrow.scope, "notes:read");
    assert.equal(decodeJwt(narrow.access_token).scope, "notes:read");
    assert.equal(narrow.id_token, undefined);
    for (const [more, error] of [
      [{ scope: "notes:read email" }, "invalid_scope"],
      [{ scope: "notes:read  notes:write" }, "invalid_scope"],
      [{ resource: `${ISSUER}/other` }, "invalid_target"],
      [{ resource: `${ISSUER}/api` }, "invalid_target"],
    ] as const)
      assertOAuthError(await renew(world(), granted.refresh_token, WEB, more), error);
    const whole = tokens(await renew(world(), granted.refresh_token, WEB, { resource: RESOURCE }));
    assert.equal(whole.scope, "openid notes:read notes:write");
  });

  test("the service as a whole can be named as the resource, by its audience and by the issuer", async () => {
    const who = await user(world());
    for (const resource of [`${ISSUER}/api`, ISSUER, `${ISSUER}/`]) {
      const code = await granted(world(), who, { scope: "notes:read" });
      assertOAuthError(await redeem(world(), code, WEB, { resource: RESOURCE }), "invalid_target");
      assertOAuthError(await redeem(world(), code, WEB, { resource: `${ISSUER}/api/` }), "invalid_target");
      const first = tokens(await redeem(world(), code, WEB, { resource }));
      assertOAuthError(await renew(world(), first.refresh_token, WEB, { resource: RESOURCE }), "invalid_target");
      const second = tokens(await renew(world(), first.refresh_token, WEB, { resource }));
      for (const { access_token } of [first, second]) assert.equal(decodeJwt(access_token).aud, `${ISSUER}/api`);
    }
    const forResource = await granted(world(), who, { scope: "notes:read", resource: RESOURCE });
    for (const resource of [`${ISSUER}/api`, ISSUER])
      assertOAuthError(await redeem(world(), forResource, WEB, { resource }), "invalid_target");
  });

  test("a refresh gives nothing that the deployer has taken from the client or the service since the grant", async () => {
    const who = await user(world());
    const all = await signedIn(world(), who, { scope: "openid notes:read notes:write" });
    const forResource = await signedIn(world(), who, { scope: "notes:read", resource: RESOURCE });
    const { web, ...others } = CONFIG.oauth.clients;
    const oauth = { ...CONFIG.oauth, resources: {}, clients: { ...others, web: { ...web, scopes: ["notes:read"] } } };
    await world().start({ config: { ...CONFIG, oauth } });
    try {
      assert.equal(tokens(await renew(world(), all.refresh_token)).scope, "openid notes:read");
      assertOAuthError(await renew(world(), forResource.refresh_token), "invalid_target");
      const { web: _, ...clients } = oauth.clients;
      await world().start({ config: { ...CONFIG, oauth: { ...oauth, clients } } });
      assertOAuthError(await renew(world(), all.refresh_token), "invalid_client", 401);
    } finally {
      await world().start({ config: CONFIG });
    }
    assert.equal(tokens(await renew(world(), all.refresh_token)).scope, "openid notes:read notes:write");
    tokens(await renew(world(), forResource.refresh_token));
  });

  test("a refresh token of another client, and credentials of another kind, are rejected without harm", async () => {
    const who = await user(world());
    const app = await signedIn(world(), who, {}, APP);
    const cookie = who.cookie.replace(/^[^=]*=/, "");
    for (const [what, token, client] of [
      ["another client's", app.refresh_token, WEB],
      ["a cookie", cookie, WEB],
      ["a cookie with the prefix", `lkr_${cookie}`, WEB],
      ["an access token", app.access_token, APP],
      ["one with another secret", `${app.refresh_token.slice(0, -43)}${randomBytes(32).toString("base64url")}`, APP],
      ["one of a later generation", app.refresh_token.replace(/\.1\.([\w-]+)$/, ".2.$1"), APP],
    ] as const)
      assertOAuthError(await renew(world(), token, client), "invalid_grant", 400, what);
    // The other way round: a refresh token is no cookie.
    for (const value of [
      app.refresh_token,
      app.refresh_token.slice(4),
      app.refresh_token.slice(4).replace(/^(1\.\w+\.)/, "$1grant."),
    ]) {
      const answer = await renewed(world(), { ...who, cookie: who.cookie.replace(/=.*/, `=${value}`) });
      assert.equal(answer.status, 401, value);
      const page = { headers: { ...fromOurPage.headers, Cookie: who.cookie.replace(/=.*/, `=${value}`) } };
      assert.equal((await ask(world().origin, "/page/x", page)).status, 401);
    }
    tokens(await renew(world(), app.refresh_token, APP), "the client's own");
    assert.equal((await renewed(world(), who)).status, 200, "the user's own");
  });

  test("a client without the grant refresh_token gets a session that ends with its access token", async () => {
    const who = await user(world());
    const code = await granted(world(), who, { client_id: "once" });
    const answer = tokens(await redeem(world(), code, { client_id: "once" }));
    assert.equal(answer.refresh_token, undefined);
    assert.equal((await at(world(), "/strict/x", answer.access_token)).status, 200);
  });

  test("a client's tokens change nothing of the account, and its session is not on the user's list", async () => {
    const who = await user(world());
    const { access_token } = await signedIn(world(), who);
    const sid = String(decodeJwt(access_token).sid);
    for (const [method, path, body = {}] of [
      ["GET", "/auth/sessions"],
      ["DELETE", `/auth/sessions/${who.session}`],
      ["GET", "/auth/grants"],
      ["POST", "/auth/ticket", { url: `${ISSUER}/strict/x` }],
      ["PATCH", "/auth/profile", { name: "x" }],
      ["DELETE", "/auth/account", { current_password: "not the password" }],
    ] as [string, string, unknown?][]) {
      const headers = {
        ...fromOurPage.headers,
        ...bearer(access_token).headers,
        "Latchkey-Client": "test/1",
        "Content-Type": "application/json",
      };
      const answer = await ask(world().origin, path, {
        method,
        headers,
        ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
      });
      assert.ok([401, 403].includes(answer.status), `${method} ${path}: ${answer.status} ${answer.text}`);
    }
    // Also if a part of the Worker forgot to check it.
    const { epoch, jti } = decodeJwt(access_token);
    const bearing = { sid, epoch, jti };
    for (const call of [{ ListSessions: { bearing } }, { ListGrants: { by: { User: bearing } } }]) {
      const [name] = Object.keys(call);
      assert.deepEqual((await world().object("ACCOUNT", accountOf(who), call)).json(), { [name ?? ""]: null });
    }
    const own = await ask(world().origin, "/auth/sessions", bearer(who.token));
    assert.deepEqual(
      own.json().sessions.map(({ id }: { id: string }) => id),
      [who.session],
    );
  });
}
