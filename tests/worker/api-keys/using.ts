// Keys at the gate, and exchanged for tokens.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { untilLogged } from "../../harness/log.ts";
import { basic, form } from "../../harness/operator.ts";
import { refusedWithin, until } from "../../harness/until.ts";
import { del, get, post, signIn, signUp } from "../../harness/visitor.ts";
import { base62, identity, newKey, PATH, program, sealed, type World } from "./world.ts";

export function using({ origin, stack, echo, admin, service }: World): void {
  const exchange = (key: string, headers: Record<string, string | undefined> = {}) =>
    program(origin, "/auth/token", key, headers, "POST");

  test("the upstream learns whose key it is, with the key's id, scopes and roles, and never the key", async () => {
    const who = await signUp(origin);
    await admin.put(`/${who.body.session.user.id}/roles`, { roles: ["editor", "admin"] });
    const fresh = await signIn(origin, who);
    const { key, api_key } = await newKey(origin, fresh, { scopes: ["notes:read"], roles: ["editor"] });
    for (let i = 0; i < 2; i++) {
      const answer = await program(origin, "/key/x", key, { "Latchkey-Roles": "admin", Cookie: who.cookie });
      assert.equal(answer.status, 200, answer.text);
      const { issuer, ...rest } = identity(answer);
      assert.deepEqual(rest, {
        subject: who.body.session.user.id,
        session: api_key.id,
        roles: "editor",
        scope: "notes:read",
        "token-id": api_key.id,
      });
      assert.ok(!answer.text.includes(key.slice(-40)), "the upstream doesn't receive the key");
      assert.match(answer.header("cache-control") ?? "", /private, no-store/);
    }
    assert.equal((await program(origin, "/editors/x", key)).status, 200);
    assertProblem(await program(origin, "/admins/x", key), "insufficient_scope", {
      what: "the key has less than its owner",
    });
  });

  test("each route accepts the credentials that it lists, and no others", async () => {
    const who = await signUp(origin);
    const { key } = await newKey(origin, who);
    const { access_token } = (await exchange(key)).json();
    const cookie = { headers: { Cookie: who.cookie, "Sec-Fetch-Site": "same-origin" } };
    for (const [path, byToken, byKey, byCookie] of [
      ["/token/x", 200, 401, 401],
      ["/key/x", 401, 200, 401],
      ["/both/x", 200, 200, 401],
      ["/any/x", 200, 200, 200],
      ["/strict/x", 200, 200, 401],
      ["/page/x", 401, 401, 200],
    ] as const) {
      assert.equal((await program(origin, path, who.token)).status, byToken, `${path} by token`);
      assert.equal((await program(origin, path, key)).status, byKey, `${path} by key`);
      // What a key must not do, a token for which it was exchanged must not do either.
      assert.equal((await program(origin, path, access_token)).status, byKey, `${path} by exchanged token`);
      assert.equal((await ask(origin, path, cookie)).status, byCookie, `${path} by cookie`);
      assert.equal((await program(origin, path, undefined)).status, 401, `${path} without credentials`);
    }
    assert.equal((await program(origin, "/public/x", key)).status, 200);
  });

  test("a scope limits a key, and not its owner", async () => {
    const who = await signUp(origin);
    const read = await newKey(origin, who, { scopes: ["notes:read"] });
    const write = await newKey(origin, who, { scopes: ["notes:read", "notes:write"] });
    const statuses = async (credential: string) => [
      (await program(origin, "/scoped/read", credential)).status,
      (await program(origin, "/scoped/write", credential)).status,
    ];
    assert.deepEqual(await statuses(who.token), [200, 200]);
    assert.deepEqual(await statuses(read.key), [200, 403]);
    assert.deepEqual(await statuses(write.key), [200, 200]);
    assert.deepEqual(await statuses((await exchange(read.key)).json().access_token), [200, 403]);
    assert.match(
      (await program(origin, "/scoped/write", read.key)).header("www-authenticate") ?? "",
      /scope="notes:write"/,
    );
  });

  test("a revoked key is rejected at once on a strict route, within 5 seconds on another, and so is its token", async () => {
    const who = await signUp(origin);
    const { key, api_key } = await newKey(origin, who);
    const { access_token } = (await exchange(key)).json();
    for (const credential of [key, access_token])
      for (const path of ["/strict/x", "/both/x"]) assert.equal((await program(origin, path, credential)).status, 200);
    const other = await newKey(origin, who);
    assert.equal((await program(origin, "/both/x", other.key)).status, 200);
    assert.equal((await del(origin, `${PATH}/${api_key.id}`, { token: who.token })).status, 204);
    const since = Date.now();
    for (const credential of [key, access_token])
      assertProblem(await program(origin, "/strict/x", credential), "invalid_token");
    assertProblem(await exchange(key), "invalid_token");
    for (const credential of [key, access_token])
      await refusedWithin("a route with a bound", 5_000, since, () => program(origin, "/both/x", credential));
    assert.equal((await program(origin, "/both/x", other.key)).status, 200, "the other key is still valid");
  });

  test("a role that the owner loses is lost for the key; other changes of the account leave it valid", async () => {
    const who = await signUp(origin);
    const id = who.body.session.user.id;
    await admin.put(`/${id}/roles`, { roles: ["editor"] });
    const fresh = await signIn(origin, who);
    const { key } = await newKey(origin, fresh, { roles: ["editor"] });
    assert.equal((await program(origin, "/editors/x", key)).status, 200);
    await admin.put(`/${id}/roles`, { roles: ["admin"] });
    await until("the role is lost", async () => (await program(origin, "/editors/x", key)).status === 403);
    assert.equal((await program(origin, "/both/x", key)).status, 200, "the key itself is still valid");
    const again = await signIn(origin, who);
    const passwords = { current_password: who.password, new_password: "another good password" };
    assert.equal((await post(origin, "/auth/password", passwords, again)).status, 200);
    for (const path of ["/strict/x", "/both/x"])
      assert.equal((await program(origin, path, key)).status, 200, "a password change ends sessions, not keys");
  });

  test("disabling or deleting an account ends its keys for good", async () => {
    const who = await signUp(origin);
    const id = who.body.session.user.id;
    const { key } = await newKey(origin, who);
    assert.equal((await program(origin, "/both/x", key)).status, 200);
    await admin.post(`/${id}/disable`);
    assertProblem(await program(origin, "/strict/x", key), "invalid_token");
    await until("the known key is rejected too", async () => (await program(origin, "/both/x", key)).status === 401);
    await admin.post(`/${id}/enable`);
    assertProblem(await program(origin, "/strict/x", key), "invalid_token");
    const again = await signIn(origin, who);
    const next = await newKey(origin, again);
    assert.equal((await program(origin, "/strict/x", next.key)).status, 200);
    await admin.del(`/${id}`);
    assertProblem(await program(origin, "/strict/x", next.key), "invalid_token");
    assertProblem(await exchange(next.key), "invalid_token");
  });

  test("a key is accepted only from its networks", async () => {
    const who = await signUp(origin);
    const { key } = await newKey(origin, who, { networks: ["203.0.113.0/24", "2001:db8::/32"] });
    for (const [address, status] of [
      ["203.0.113.9", 200],
      ["2001:db8:1::9", 200],
      ["198.51.100.1", 401],
      [undefined, 401],
      ["203.0.113.9, 198.51.100.1", 401],
    ] as const) {
      const headers = { "CF-Connecting-IP": address, "X-Forwarded-For": "203.0.113.9" };
      for (const path of ["/key/x", "/both/x", "/strict/x"])
        assert.equal((await program(origin, path, key, headers)).status, status, `${path} ${address}`);
      assert.equal((await exchange(key, headers)).status, status, `exchange from ${address}`);
      const asked = { ...headers, "X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/key/x" };
      assert.equal((await program(origin, "/auth/verify", key, asked)).status, 401, "a proxy hides the address");
    }
  });

  test("forward-auth accepts a key for a route that accepts keys, and for nothing else", async () => {
    const who = await signUp(origin);
    const { key, api_key } = await newKey(origin, who);
    const verify = (uri?: string) =>
      program(origin, "/auth/verify", key, { "X-Forwarded-Method": "GET", "X-Forwarded-Uri": uri });
    const answer = await verify("/key/x");
    assert.equal(answer.status, 204);
    assert.equal(answer.header("latchkey-token-id"), api_key.id);
    for (const uri of ["/token/x", "/page/x", "/elsewhere", undefined, `/key/x?k=${key}`])
      assert.ok([401, 403].includes((await verify(uri)).status), `${uri}`);
  });

  test("what is not a key is 401, and no account is asked about it", async () => {
    const who = await signUp(origin);
    const { key } = await newKey(origin, who);
    const content = key.slice(0, -6);
    const other = sealed(`lk_live_${base62(BigInt(`0x${who.body.session.user.id}`), 43)}${"0".repeat(27)}`);
    const table: [string, string][] = [
      ["a wrong checksum", `${content}000000`],
      ["a changed character", `${key.slice(0, 60)}${key[60] === "a" ? "b" : "a"}${key.slice(61)}`],
      ["another environment", sealed(content.replace("lk_live_", "lk_test_"))],
      ["random bytes that no key has", other],
      ["an owner that is no object", sealed(`lk_live_${"1".repeat(70)}`)],
      ["cut off", key.slice(0, -1)],
      ["longer", `${key}0`],
      ["in upper case", key.toUpperCase()],
      ["only the prefix", "lk_"],
      ["long", `lk_live_${"a".repeat(7_000)}`],
    ];
    for (const [what, credential] of table)
      for (const path of ["/key/x", "/both/x", "/strict/x"]) {
        const answer = await program(origin, path, credential);
        assertProblem(answer, "invalid_token", { what: `${what} at ${path}` });
        assert.match(answer.header("www-authenticate") ?? "", /^Bearer .*error="invalid_token"/);
      }
    for (const [what, credential] of table) assertProblem(await exchange(credential), "invalid_token", { what });
    for (const header of [`Basic ${key}`, `Bearer  ${key}`, `Bearer ${key}, Bearer ${key}`, key])
      assertProblem(await ask(origin, "/key/x", { headers: { Authorization: header } }), "invalid_token");
    // A key that is known is not a token where tokens are.
    assert.equal((await program(origin, "/key/x", key)).status, 200);
    const form1 = await form(origin, "/auth/introspect", { token: key }, { Authorization: basic(service) });
    assert.deepEqual(form1.json(), { active: false });
  });

  test("a key in a URL is refused everywhere, with what to do", async () => {
    const who = await signUp(origin);
    const { key } = await newKey(origin, who);
    const before = echo.seen.length;
    for (const path of ["/public/x", "/key/x", "/nothing", "/auth/sessions", "/healthz", "/auth/nothing"])
      for (const url of [`${path}?key=${key}`, `${path}?a=b&api_key=${key}&c`, `${path}/${key}`]) {
        const answer = await ask(origin, url, { headers: { Authorization: `Bearer ${key}` } });
        assertProblem(answer, "invalid_request", { what: url });
        assert.match(answer.json().detail, /Revoke this key/);
        assert.ok(!answer.text.includes(key));
      }
    assert.equal(echo.seen.length, before, "no upstream received it");
  });

  test("a page can't use a key", async () => {
    const who = await signUp(origin);
    const { key } = await newKey(origin, who);
    assert.equal((await program(origin, "/key/x", key)).status, 200, "known from now on");
    for (const headers of [
      { Origin: origin },
      { Origin: "https://evil.example" },
      { "Sec-Fetch-Site": "same-origin" },
      { "Sec-Fetch-Site": "none" },
      { Origin: origin, Cookie: who.cookie },
    ]) {
      for (const path of ["/key/x", "/any/x", "/strict/x"])
        assertProblem(await program(origin, path, key, headers), "request_forgery", { what: JSON.stringify(headers) });
      assertProblem(await exchange(key, headers), "request_forgery");
    }
    // Node's own fetch sends this.
    assert.equal((await program(origin, "/key/x", key, { "Sec-Fetch-Mode": "cors" })).status, 200);
  });

  test("a key is exchanged for a token that a service verifies by the published keys alone", async () => {
    const who = await signUp(origin);
    const { key, api_key } = await newKey(origin, who, { scopes: ["notes:read"] });
    const answer = await exchange(key);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.header("cache-control") ?? "", /no-store/);
    assert.deepEqual(answer.setCookies, []);
    const { access_token, ...rest } = answer.json();
    assert.deepEqual(rest, { token_type: "Bearer", expires_in: rest.expires_in });
    assert.ok(rest.expires_in > 250 && rest.expires_in <= 300);
    const keys = createRemoteJWKSet(new URL(`${origin}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(access_token, keys, { algorithms: ["ES256"], typ: "at+jwt" });
    assert.equal(payload.sub, who.body.session.user.id);
    assert.equal(payload.scope, "notes:read");
    assert.equal(payload.sid, api_key.id);
    assert.deepEqual([payload.auth_time, payload.acr, payload.amr], [undefined, undefined, undefined]);
    assert.equal(identity(await program(origin, "/key/x", access_token)).session, api_key.id);
    const introspected = await form(
      origin,
      "/auth/introspect",
      { token: access_token },
      { Authorization: basic(service) },
    );
    assert.equal(introspected.json().active, true);
    await form(origin, "/auth/revoke", { token: access_token }, { Authorization: basic(service) });
    assertProblem(await program(origin, "/strict/x", access_token), "invalid_token", { what: "revoked alone" });
    assert.equal((await program(origin, "/strict/x", key)).status, 200);
    const short = await newKey(origin, who, { expires_in: 60 });
    const soon = (await exchange(short.key)).json();
    assert.ok(soon.expires_in <= 60, "not beyond the key's expiry");
    assert.ok((decodeJwt(soon.access_token).exp ?? Infinity) <= (short.api_key.expires_at ?? 0));
    assertProblem(await program(origin, "/auth/token", undefined, {}, "POST"), "invalid_token");
    assertProblem(await program(origin, "/auth/token", who.token, {}, "POST"), "invalid_token");
  });

  test("the last use is recorded, once for many uses", async () => {
    const who = await signUp(origin);
    const { key } = await newKey(origin, who);
    const answers = await Promise.all(Array.from({ length: 100 }, () => program(origin, "/strict/x", key)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const last_used_at = await until("it is recorded", async () => {
      const [listed] = (await get(origin, PATH, { token: who.token })).json().api_keys;
      return listed.last_used_at as number | undefined;
    });
    assert.ok(Math.abs(last_used_at - Date.now() / 1000) < 60, `${last_used_at}`);
  });

  test("no key is in the log", async () => {
    await untilLogged(stack.logs, /\[API key, 84 bytes\]/);
    const lines = stack.logs().split("\n");
    // wrangler's development server writes the path of each request.
    const written = lines.filter((line) => !line.startsWith("[wrangler:info]"));
    assert.deepEqual(
      written.filter((line) => /lk_(live|test)_[0-9A-Za-z]{8}/.test(line)),
      [],
    );
  });
}
