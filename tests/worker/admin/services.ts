// Services with a credential: introspecting tokens (RFC 7662) and revoking them (RFC 7009).
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { assertNoStore, assertProblem, COOKIE } from "../../harness/contract.ts";
import { rotated } from "../../harness/family.ts";
import { ask } from "../../harness/http.ts";
import { basic, form } from "../../harness/operator.ts";
import { get, post, refresh, renewed, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function services({ origin, services, admin }: World): void {
  const Authorization = basic(services[0]?.secret ?? "");
  const introspect = (token: string, more: Record<string, string> = {}) =>
    form(origin, "/auth/introspect", { token, ...more }, { Authorization });
  const revoke = (token: string, more: Record<string, string> = {}) =>
    form(origin, "/auth/revoke", { token, ...more }, { Authorization });
  const assertInactive = async (token: string, what: string) => {
    const answer = await introspect(token);
    assert.equal(answer.status, 200, `${what}: ${answer.text}`);
    assert.deepEqual(answer.json(), { active: false }, what);
    assertNoStore(answer, what);
  };

  test("RFC 7662 a valid token is active, with its claims", async () => {
    const who = await signUp(origin);
    await admin.put(`/${who.body.session.user.id}/roles`, { roles: ["reader"] });
    const { access_token: token } = (await refresh(origin, who.cookie)).json();
    const claims = decodeJwt(token) as Record<string, unknown>;
    for (const hint of [{}, { token_type_hint: "access_token" }, { token_type_hint: "whatever" }]) {
      const answer = await introspect(token, hint as Record<string, string>);
      assert.equal(answer.status, 200, answer.text);
      assertNoStore(answer);
      const { iss, sub, aud, exp, iat, auth_time, acr, amr, jti, sid, client_id, scope } = claims;
      assert.deepEqual(answer.json(), {
        ...{ active: true, token_type: "Bearer", username: who.email, roles: ["reader"] },
        ...{ iss, sub, aud, exp, iat, auth_time, acr, amr, jti, sid, client_id, scope },
      });
    }
  });

  test("RFC 7662 an invalid token is inactive, without further information", async () => {
    const who = await signUp(origin);
    const [header = "", payload = "", signature = ""] = who.token.split(".");
    const altered = Buffer.from(JSON.stringify({ ...decodeJwt(who.token), roles: ["root"] })).toString("base64url");
    for (const [what, token] of [
      ["malformed", "x"],
      ["three dots", "a.b.c"],
      ["altered", [header, altered, signature].join(".")],
      ["without a signature", [header, payload, ""].join(".")],
      ["a cookie", who.cookie.slice(COOKIE.length + 1)],
      ["monstrous", "a.".repeat(5000)],
      ["the credential itself", services[0]?.secret ?? ""],
    ] as const)
      await assertInactive(token, what);

    const other = await signIn(origin, who);
    await post(origin, "/auth/sign-out", {}, { cookie: other.cookie });
    await assertInactive(other.token, "signed out");
    await admin.put(`/${who.body.session.user.id}/roles`, { roles: ["reader"] });
    await assertInactive(who.token, "issued before the change of roles");
    const { access_token: token } = (await refresh(origin, who.cookie)).json();
    assert.equal((await revoke(token)).status, 200);
    await assertInactive(token, "revoked individually");
    await admin.del(`/${who.body.session.user.id}`);
    await assertInactive(token, "without a subject");
  });

  test("RFC 7009 an access token is revoked alone", async () => {
    const who = await signUp(origin);
    const { access_token: sibling } = (await refresh(origin, who.cookie)).json();
    assert.equal(
      (await revoke(who.token, { token_type_hint: "refresh_token" })).status,
      200,
      "a wrong hint does not matter",
    );
    assert.equal((await get(origin, "/strict/x", { token: who.token })).status, 401);
    assert.equal(
      (await get(origin, "/strict/x", { token: sibling })).status,
      200,
      "another token of the same session is still active",
    );
    await renewed(origin, who.cookie);
  });

  test("RFC 7009 a refresh token: its session ends with all its tokens, and no other session does", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    assert.equal((await revoke(one.cookie.slice(COOKIE.length + 1))).status, 200);
    assertProblem(await refresh(origin, one.cookie), "session_ended", { reason: "revoked" });
    assert.equal((await get(origin, "/strict/x", { token: one.token })).status, 401);
    await renewed(origin, two.cookie);
    const [event] = await admin.events(one.body.session.user.id);
    assert.deepEqual(
      [event?.event, event?.by, event?.session],
      ["refresh_token_revoked", "service", one.body.session.id],
    );
  });

  test("RFC 7009 an old generation of a refresh token is accepted; an invented one has no effect", async () => {
    const who = await signUp(origin);
    const second = await rotated(origin, who.cookie);
    assert.equal((await revoke(second.slice(COOKIE.length + 1).replace(/[^.]+$/, "A".repeat(43)))).status, 200);
    await renewed(origin, second);
    assert.equal((await revoke(who.cookie.slice(COOKIE.length + 1))).status, 200);
    assertProblem(await refresh(origin, second), "session_ended", { reason: "revoked" });
  });

  test("RFC 7009 an invalid token counts as revoked", async () => {
    for (const token of ["x", "a.b.c", `1.${"0".repeat(64)}.x.1.${"A".repeat(43)}`, "a".repeat(9000)])
      assert.equal((await revoke(token)).status, 200, token.slice(0, 20));
  });

  test("RFC 8414 the metadata states the endpoints and their authentication methods", async () => {
    const metadata = (await ask(origin, "/.well-known/oauth-authorization-server")).json();
    assert.equal(metadata.introspection_endpoint, `${origin}/auth/introspect`);
    assert.equal(metadata.revocation_endpoint, `${origin}/auth/revoke`);
    assert.deepEqual(metadata.introspection_endpoint_auth_methods_supported, ["client_secret_basic"]);
    assert.deepEqual(metadata.revocation_endpoint_auth_methods_supported, ["client_secret_basic"]);
  });
}
