// What the user has granted: listed, withdrawn, and ended by everything that ends all sessions. Revocation,
// introspection and userinfo.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { ask } from "../../harness/http.ts";
import { operator } from "../../harness/operator.ts";
import { refusedWithin } from "../../harness/until.ts";
import { call, PASSWORD } from "../../harness/visitor.ts";
import { again, bearer, type Durable, type Person } from "../durable/world.ts";
import {
  ADMIN,
  APP,
  accountOf,
  assertOAuthError,
  at,
  fromOurPage,
  granted,
  keysOf,
  RESOURCE,
  redeem,
  renew,
  SERVICE,
  send,
  signedIn,
  type Tokens,
  tokens,
  user,
  WEB,
  WEB2,
} from "./world.ts";

export function grants(world: () => Durable): void {
  const admin = () => operator(world().origin, ADMIN.secret);
  const by = (who: Person, method: string, path: string, body?: unknown) =>
    call(world().origin, method, path, body, { ...fromOurPage, token: who.token });
  const list = async (who: Person) => (await by(who, "GET", "/auth/grants")).json().grants;
  const isActive = async ({ access_token }: Tokens) => (await at(world(), "/strict/x", access_token)).status === 200;
  const consented = async (who: Person, terms: object) => {
    const asked = { Consented: { client_id: "web", scope: "openid notes:read", resource: null, ...terms } };
    return (await world().object("ACCOUNT", accountOf(who), asked)).json().Consented;
  };

  test("the user sees and withdraws what was granted; the client's tokens end within the route's bound", async () => {
    const who = await user(world());
    const other = await signedIn(world(), who, { scope: "notes:read" }, APP);
    const first = await signedIn(world(), who);
    const second = await signedIn(world(), who, { scope: "notes:write" });
    const forResource = await signedIn(world(), who, { scope: "notes:read", resource: RESOURCE });
    const grants = await list(who);
    const [{ id: withResource }, { id, created_at, last_used_at, ...rest }] = grants;
    assert.equal(grants.length, 3);
    assert.deepEqual(rest, {
      client: { id: "web", name: "The client web", host: "client.example" },
      ...{ scopes: ["openid", "notes:read", "notes:write"], resource: null },
    });
    assert.ok(created_at <= last_used_at);
    assert.equal(grants[0].resource, RESOURCE);
    assert.deepEqual((await admin().get(`/${accountOf(who)}/grants`)).json().grants, grants);

    assert.equal((await at(world(), "/read/x", first.access_token)).status, 200);
    assert.equal((await by(who, "DELETE", `/auth/grants/${id}`)).status, 204);
    const withdrawn = Date.now();
    for (const { access_token } of [first, second])
      await refusedWithin("the gate", 2_500, withdrawn, () => at(world(), "/read/x", access_token));
    assert.equal(await isActive(first), false);
    for (const { refresh_token } of [first, second])
      assertOAuthError(await renew(world(), refresh_token), "invalid_grant");
    assert.ok((await isActive(other)) && (await at(world(), "/mcp", forResource.access_token)).status === 200);
    assert.equal((await by(who, "DELETE", `/auth/grants/${id}`)).status, 404);
    assert.equal((await by(await user(world()), "DELETE", `/auth/grants/${withResource}`)).status, 404);
    assert.equal((await list(who)).length, 2);
    assert.equal((await admin().del(`/${accountOf(who)}/grants/${withResource}`)).status, 204);
    assertOAuthError(await renew(world(), forResource.refresh_token), "invalid_grant");
    const events = (await admin().events(accountOf(who))).map(({ event }) => event);
    for (const event of ["access_granted", "client_signed_in", "access_withdrawn"])
      assert.ok(events.includes(event), event);
  });

  test("consent is remembered for what was granted, and forgotten when it is withdrawn", async () => {
    const who = await user(world());
    assert.equal(await consented(who, {}), false);
    await granted(world(), who, { scope: "openid notes:read" });
    await granted(world(), who, { scope: "notes:write" });
    for (const [terms, covered] of [
      [{}, true],
      [{ scope: "notes:write openid" }, true],
      [{ scope: "" }, true],
      [{ scope: "email" }, false],
      [{ client_id: "app" }, false],
      [{ resource: RESOURCE }, false],
    ] as const)
      assert.equal(await consented(who, terms), covered, JSON.stringify(terms));
    const [{ id }] = await list(who);
    const code = await granted(world(), who);
    assert.equal((await by(who, "DELETE", `/auth/grants/${id}`)).status, 204);
    assert.equal(await consented(who, {}), false);
    assertOAuthError(await redeem(world(), code), "invalid_grant", 400, "a code of the grant");
  });

  for (const [name, act] of [
    [
      "a sign-out everywhere",
      (who) =>
        call(world().origin, "POST", "/auth/sign-out", { scope: "global" }, { ...fromOurPage, cookie: who.cookie }),
    ],
    [
      "a change of the password",
      (who) => by(who, "POST", "/auth/password", { current_password: PASSWORD, new_password: "another good password" }),
    ],
    ["an administrator who ends all sessions", (who) => admin().post(`/${accountOf(who)}/sign-out`)],
    ["a disabled account", (who) => admin().post(`/${accountOf(who)}/disable`)],
    ["a deleted account", (who) => admin().del(`/${accountOf(who)}`)],
  ] as [string, (who: Person) => Promise<{ status: number; text: string }>][])
    test(`${name} ends the sessions of clients, and their codes`, async () => {
      const who = await user(world());
      const [client, code] = [await signedIn(world(), who), await granted(world(), who)];
      assert.equal(await isActive(client), true);
      const done = await act(who);
      assert.ok(done.status < 300, done.text);
      assert.equal(await isActive(client), false);
      assertOAuthError(await renew(world(), client.refresh_token), "invalid_grant");
      assertOAuthError(await redeem(world(), code), "invalid_grant");
    });

  test("a sign-out in the browser does not end the sessions of clients", async () => {
    const who = await user(world());
    const client = await signedIn(world(), who);
    await call(world().origin, "POST", "/auth/sign-out", {}, { ...fromOurPage, cookie: who.cookie });
    assert.ok(await isActive(client));
    tokens(await renew(world(), client.refresh_token));
  });

  test("a code is issued only to the user of an active session, and once for a request that counts once", async () => {
    const who = await user(world());
    const issue = async (once: unknown = null, cookie = who.cookie.replace(/^[^=]*=/, "")) => {
      const terms = { client_id: "web", redirect_uri: "https://x.example", scope: "", resource: null, nonce: null };
      const asked = {
        presented: { cookie, keys: await keysOf(world()), removed: [] },
        terms: { ...terms, dpop_jkt: null, code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" },
        ...{ hash: crypto.randomUUID(), lifetime: 60, once },
        asker: { actor: "user", credential: null, request_id: "", source: {} },
      };
      return (await world().object("ACCOUNT", accountOf(who), { IssueCode: asked })).json().IssueCode;
    };
    const once = { id: "request-1", until: Math.floor(Date.now() / 1000) + 60 };
    assert.deepEqual(await issue(once), { Ok: "Issued" });
    assert.deepEqual(await issue(once), { Ok: "Used" });
    assert.deepEqual(await issue({ id: "request-2", until: Math.floor(Date.now() / 1000) }), { Ok: "Used" });
    const { refresh_token } = await signedIn(world(), who);
    assert.deepEqual(await issue(null, refresh_token), { Err: { Ended: "none" } }, "a client can't grant access");
    await call(world().origin, "POST", "/auth/sign-out", {}, { ...fromOurPage, cookie: who.cookie });
    assert.deepEqual(await issue(), { Err: { Ended: "revoked" } });
  });

  test("a client revokes its own tokens, and no others", async () => {
    const who = await user(world());
    const [client, app] = [await signedIn(world(), who), await signedIn(world(), who, {}, APP)];
    const revoke = (token: string, by: Record<string, string>) => send(world(), "/oauth/revoke", { token, ...by });
    for (const token of [
      app.refresh_token,
      app.access_token,
      who.token,
      "unknown",
      client.refresh_token.slice(0, -1),
    ]) {
      const answer = await revoke(token, WEB);
      assert.equal(answer.status, 200, answer.text);
    }
    assert.ok((await isActive(app)) && (await isActive(client)));
    assert.equal((await ask(world().origin, "/strict/x", bearer(who.token))).status, 200);

    assert.equal((await revoke(client.access_token, WEB)).status, 200);
    assert.equal(await isActive(client), false);
    const next = tokens(await renew(world(), client.refresh_token));
    assert.ok(await isActive(next), "the access token was revoked alone");
    assert.equal((await revoke(client.refresh_token, WEB)).status, 200);
    assert.equal(await isActive(next), false, "the session has ended with all its tokens");
    assert.equal((await revoke(client.refresh_token, WEB)).status, 200, "again");
    assertOAuthError(await send(world(), "/oauth/revoke", WEB), "invalid_request");
    assertOAuthError(await revoke(app.refresh_token, { client_id: "app", client_secret: "x" }), "invalid_client", 401);
    assertOAuthError(await revoke(app.refresh_token, {}), "invalid_client", 401);
    assert.equal((await revoke(app.refresh_token, APP)).status, 200);
    assert.equal(await isActive(app), false);
  });

  test("a confidential client introspects its own tokens, a service any", async () => {
    const who = await user(world());
    const client = await signedIn(world(), who, { scope: "openid email notes:read" });
    const introspect = (token: string, by: Record<string, string>, headers = {}) =>
      send(world(), "/oauth/introspect", { token, ...by }, headers);
    const service = { Authorization: `Bearer ${SERVICE.secret}` };
    const { epoch: _, ...claims } = decodeJwt(client.access_token);
    const expected = { ...claims, active: true, token_type: "Bearer", username: who.email };
    assert.deepEqual((await introspect(client.access_token, WEB)).json(), expected);
    assert.deepEqual((await introspect(client.access_token, {}, service)).json(), expected);
    const basic = { Authorization: `Basic ${btoa(`web:${WEB.client_secret}`)}` };
    assert.deepEqual((await introspect(client.access_token, {}, basic)).json(), expected);
    for (const [token, by] of [
      [client.access_token, WEB2],
      [who.token, WEB],
      [client.refresh_token, WEB],
      [client.id_token, WEB],
      ["x", WEB],
    ] as const)
      assert.equal((await introspect(token, by)).text, '{"active":false}');
    assertOAuthError(await introspect(client.access_token, APP), "invalid_client", 401);
    assertOAuthError(await introspect(client.access_token, {}), "invalid_client", 401);
    assert.equal((await introspect(client.access_token, {}, { Authorization: "Bearer x" })).status, 401);
    // A client learns the address only if the user has granted it.
    const without = await signedIn(world(), who);
    assert.equal((await introspect(without.access_token, WEB)).json().username, undefined);
    assert.equal((await introspect(without.access_token, {}, service)).json().username, who.email);
    await send(world(), "/oauth/revoke", { token: client.refresh_token, ...WEB });
    assert.equal((await introspect(client.access_token, WEB)).text, '{"active":false}');
  });

  test("userinfo tells a client what its scopes permit", async () => {
    const who = await user(world());
    await by(who, "PATCH", "/auth/profile", { name: "Ada", locale: "en-GB" });
    const fresh = await again(world().origin, who.email);
    const sub = accountOf(who);
    const info = async (scope: string, method = "GET") =>
      ask(world().origin, "/oauth/userinfo", {
        method,
        ...bearer((await signedIn(world(), fresh, { scope })).access_token),
      });
    assert.deepEqual((await info("openid")).json(), { sub });
    assert.deepEqual((await info("openid profile", "POST")).json(), { sub, name: "Ada", locale: "en-GB" });
    const email = { sub, email: who.email, email_verified: false };
    assert.deepEqual((await info("openid email")).json(), email);
    const lacking = await info("email");
    assertOAuthError(lacking, "insufficient_scope", 403);
    assert.match(lacking.header("www-authenticate") ?? "", /error="insufficient_scope".*scope="openid"/);
    for (const token of [who.token, "x"])
      assertOAuthError(await ask(world().origin, "/oauth/userinfo", bearer(token)), "invalid_token", 401);
    const none = await ask(world().origin, "/oauth/userinfo");
    assert.equal(none.status, 401);
    assert.match(none.header("www-authenticate") ?? "", /^Bearer/);
  });

  test("a client keeps the sessions that it uses: one more than the limit ends the one that was idle longest", async () => {
    const who = await user(world());
    const own = await signedIn(world(), who, { scope: "notes:read" }, APP);
    const sessions = [];
    for (let i = 0; i < 6; i += 1) sessions.push(await signedIn(world(), who));
    assert.deepEqual(await Promise.all(sessions.map(isActive)), [false, true, true, true, true, true]);
    assert.ok(await isActive(own), "another client's session");
    assert.equal((await ask(world().origin, "/strict/x", bearer(who.token))).status, 200, "the user's own");
  });
}
