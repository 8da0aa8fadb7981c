// When the user last proved a credential: in the token, in the session, on routes that require a recent
// proof, and before changes of the account.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { assertChallenge, assertProblem, assertTokenResponse, COOKIE } from "../../harness/contract.ts";
import { openStream } from "../../harness/tickets.ts";
import { untilPast } from "../../harness/until.ts";
import { call, get, PASSWORD, post, refresh, signIn, signUp, type Visitor } from "../../harness/visitor.ts";

/** How long an authentication is recent enough, in seconds. */
const FRESH = 10;

const route = (path: string, access: string, more: Record<string, unknown> = {}) => ({
  ...{ path, access, methods: ["GET"], upstream: "demo" },
  ...more,
});

export const AUTHENTICATION = {
  reauthentication: FRESH,
  routes: [
    route("/api/recent/*", "token", { max_auth_age: FRESH }),
    route("/api/strict/*", "token", { max_auth_age: FRESH, revocation: "strict" }),
    route("/api/page/*", "session", { max_auth_age: FRESH }),
    route("/api/mfa/*", "token", { acr: "aal2", max_auth_age: 600 }),
    route("/api/mfa-page/*", "session", { acr: "aal2" }),
    route("/api/any-acr/*", "token", { acr: ["aal1", "aal2"] }),
    route("/api/*", "token"),
  ],
};

const claimsOf = (token: string) =>
  decodeJwt<{ auth_time: number; acr: string; amr: string[]; epoch: number; sid: string }>(token);

const reauthenticate = (origin: string, token: string, password = PASSWORD) =>
  post(origin, "/auth/reauthenticate", { password }, { token });

export function authentication({ origin }: { origin: string }): void {
  /**
   * Waits until the user's authentication is no longer recent, and returns a token that was renewed since.
   */
  async function stale(who: Visitor): Promise<string> {
    const { auth_time } = who.body.session;
    // Its age is counted in whole seconds, and the last of them still counts as recent.
    await untilPast(auth_time + FRESH);
    const token = (await refresh(origin, who.cookie)).json().access_token;
    assert.equal(claimsOf(token).auth_time, auth_time, "a refresh proves no credential");
    return token;
  }

  test("auth_time is the time of the sign-in, in the token and in the session, and a refresh leaves it unchanged", async () => {
    const who = await signUp(origin);
    assert.equal(claimsOf(who.token).auth_time, who.body.session.auth_time);
    const again = await signIn(origin, who);
    assert.ok(again.body.session.auth_time >= who.body.session.auth_time);
    const token = await stale(again);
    const { session } = (await refresh(origin, again.cookie)).json();
    assert.equal(session.auth_time, again.body.session.auth_time);
    assert.equal((await get(origin, "/api/x", { token })).status, 404, "other routes do not require it");
  });

  test("max_auth_age: an older authentication gets the challenge of RFC 9470, and a new one is admitted", async () => {
    const who = await signUp(origin);
    for (const path of ["/api/recent/x", "/api/strict/x"]) {
      assert.equal((await get(origin, path, { token: who.token })).status, 404, `${path}: reaches the API`);
    }
    const token = await stale(who);
    for (const path of ["/api/recent/x", "/api/strict/x"]) {
      const answer = await get(origin, path, { token });
      assertProblem(answer, "step_up_required", { methods: ["password"], what: path });
      assertChallenge(answer, "insufficient_user_authentication", path);
      assert.match(answer.header("www-authenticate") ?? "", new RegExp(`\\bmax_age="${FRESH}"`), path);
    }
    const page = await get(origin, "/api/page/x", { cookie: who.cookie });
    assertProblem(page, "step_up_required", { methods: ["password"], what: "by cookie" });
    const asked = await post(origin, "/auth/ticket", { url: `${origin}/api/recent/x` }, { token });
    const ticket = new URL(asked.json().url);
    const opened = await openStream(origin, `${ticket.pathname}${ticket.search}`, { Origin: origin });
    assertProblem(opened, "step_up_required", { methods: ["password"], what: "by ticket" });
    const verify = (extra: object) =>
      get(origin, "/auth/verify", { headers: { "X-Forwarded-Method": "GET", ...extra } });
    const forwarded = await verify({ "X-Forwarded-Uri": "/api/recent/x", Authorization: `Bearer ${token}` });
    assertProblem(forwarded, "step_up_required", { methods: ["password"], what: "forward-auth" });

    const body = assertTokenResponse(await reauthenticate(origin, token), 200, 300);
    const fresh = body.access_token;
    for (const path of ["/api/recent/x", "/api/strict/x"]) {
      assert.equal((await get(origin, path, { token: fresh })).status, 404, path);
    }
    assert.equal((await get(origin, "/api/page/x", { cookie: who.cookie })).status, 404, "the session, by cookie");
    assertProblem(await get(origin, "/api/recent/x", { token }), "step_up_required", { what: "the older token" });
  });

  test("acr: a password alone gets the challenge of RFC 9470 with all that the route requires", async () => {
    const who = await signUp(origin);
    assert.deepEqual(
      [claimsOf(who.token).acr, claimsOf(who.token).amr, who.body.session.methods],
      ["aal1", ["pwd"], ["pwd"]],
    );
    const answer = await get(origin, "/api/mfa/x", { token: who.token });
    assertProblem(answer, "step_up_required", { methods: [], what: "the user has no second factor" });
    assertChallenge(answer, "insufficient_user_authentication");
    assert.match(answer.header("www-authenticate") ?? "", /, acr_values="aal2", max_age="600",/);
    assertProblem(await get(origin, "/api/mfa-page/x", { cookie: who.cookie }), "step_up_required", { methods: [] });
    assert.equal((await get(origin, "/api/any-acr/x", { token: who.token })).status, 404, "reaches the API");
  });

  test("proving the password again keeps the session and its cookie, and updates auth_time in both", async () => {
    const who = await signUp(origin);
    const token = await stale(who);
    const answer = await reauthenticate(origin, token);
    const { access_token, session } = assertTokenResponse(answer, 200, 300);
    assert.deepEqual(answer.setCookies, [], "the response sets no cookie");
    assert.equal(session.id, who.body.session.id);
    assert.ok(session.auth_time >= who.body.session.auth_time + FRESH);
    const claims = claimsOf(access_token);
    assert.deepEqual([claims.auth_time, claims.sid, claims.epoch], [session.auth_time, session.id, 0]);
    const renewed = (await refresh(origin, who.cookie)).json();
    assert.equal(renewed.session.auth_time, session.auth_time);
  });

  test("a wrong password does not renew auth_time, and malformed requests are rejected", async () => {
    const who = await signUp(origin);
    const token = await stale(who);
    assertProblem(await reauthenticate(origin, token, "not the password"), "invalid_credentials");
    assertProblem(await reauthenticate(origin, token, "short"), "invalid_credentials");
    assertProblem(await get(origin, "/api/recent/x", { token }), "step_up_required");
    const send = (body: unknown, extra: object) => post(origin, "/auth/reauthenticate", body, extra);
    assertProblem(await send({ password: PASSWORD }, {}), "invalid_token");
    assertProblem(await send({ password: PASSWORD }, { cookie: who.cookie }), "invalid_token");
    assertProblem(await send({ current_password: PASSWORD }, { token }), "invalid_request");
    assertProblem(
      await send({ password: PASSWORD }, { token, headers: { Origin: "https://evil.example" } }),
      "request_forgery",
    );
    const other = await signUp(origin);
    assertProblem(await reauthenticate(origin, other.token, "not the password"), "invalid_credentials");
  });

  test("changes of the account require a recent authentication, before the password in them counts as an attempt", async () => {
    const who = await signUp(origin);
    const token = await stale(who);
    const next = "another password of theirs";
    const change = (bearer: string, current = PASSWORD) =>
      post(origin, "/auth/password", { current_password: current, new_password: next }, { token: bearer });
    const remove = (bearer: string, current: string) =>
      call(origin, "DELETE", "/auth/account", { current_password: current }, { token: bearer });
    assertProblem(await change(token), "reauthentication_required");
    assertProblem(await change(token, "not the password"), "reauthentication_required", { what: "a wrong password" });
    assertProblem(await remove(token, PASSWORD), "reauthentication_required");
    assert.equal((await get(origin, "/auth/sessions", { token })).status, 200, "the session continues");

    const fresh = (await reauthenticate(origin, token)).json().access_token;
    const changed = assertTokenResponse(await change(fresh), 200, 300);
    assert.ok(
      claimsOf(changed.access_token).auth_time >= changed.session.created_at,
      "a password change counts as a proof",
    );
    const removed = await remove(changed.access_token, next);
    assert.equal(removed.status, 204, removed.text);
    assert.equal((await refresh(origin, `${COOKIE}=x`)).status, 401);
  });
}
