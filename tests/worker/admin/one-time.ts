// A one-time password set by an administrator: it opens one short session, until the user has chosen a new
// password.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCookie, assertNoStore, assertProblem, assertTokenResponse } from "../../harness/contract.ts";
import { until, untilPast } from "../../harness/until.ts";
import { get, newEmail, post, refresh, renewed, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

const MONTH = 2_592_000;
const HOUR = 3600;

export function oneTime({ origin, admin }: World): void {
  const attempt = (email: string, password: string) => post(origin, "/auth/sign-in", { email, password });

  test("check_38 a reset ends every session and the old password; the one-time password opens one session", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    const { id } = one.body.session.user;
    const answer = await admin.post(`/${id}/password`);
    assert.equal(answer.status, 200, answer.text);
    assertNoStore(answer);
    const { one_time_password: password, one_time_password_until: end, ...rest } = answer.json();
    assert.deepEqual(rest, {});
    assert.match(password, /^[A-Za-z0-9_-]{22}$/, "128 random bits");
    assert.equal((await admin.get(`/${id}`)).json().one_time_password_until, end);
    for (const dead of [one, two]) {
      assertProblem(await refresh(origin, dead.cookie), "session_ended", { reason: "revoked" });
      assert.equal((await get(origin, "/strict/x", { token: dead.token })).status, 401);
    }
    assertProblem(await attempt(one.email, one.password), "invalid_credentials");

    const first = await signIn(origin, { email: one.email, password });
    const { session } = first.body;
    assert.equal(session.expires_at - session.created_at, HOUR, "long enough to choose a password");
    assert.equal((await get(origin, "/strict/x", { token: first.token })).status, 200);
    const again = await attempt(one.email, password);
    assertProblem(again, "invalid_credentials");
    assert.equal(
      again.text,
      (await attempt(newEmail("unknown"), password)).text,
      "check_39: as for an unknown address",
    );
    assert.equal((await admin.get(`/${id}`)).json().one_time_password_until, undefined, "it has been used");

    const passwords = { current_password: password, new_password: "a password of my own" };
    const changed = await post(origin, "/auth/password", passwords, first);
    const fresh = assertTokenResponse(changed, 200, 300);
    const { pair } = assertCookie(changed);
    assert.equal(fresh.session.expires_at - fresh.session.created_at, MONTH, "a new session of the usual length");
    assertProblem(await refresh(origin, first.cookie), "session_ended", { reason: "revoked" });
    await renewed(origin, pair);
    assertProblem(await attempt(one.email, password), "invalid_credentials");
    const own = { email: one.email, password: passwords.new_password };
    await signIn(origin, own);
    assert.equal((await signIn(origin, own)).body.session.user.id, id, "any number of times");
  });

  test("of many concurrent sign-ins with a one-time password, one succeeds", async () => {
    const who = await signUp(origin);
    const { one_time_password: password } = (await admin.post(`/${who.body.session.user.id}/password`)).json();
    const answers = await Promise.all(Array.from({ length: 6 }, () => attempt(who.email, password)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, 401, 401, 401, 401, 401]);
    for (const answer of answers.filter(({ status }) => status !== 200)) assertProblem(answer, "invalid_credentials");
  });

  test("a one-time password expires", async () => {
    const who = await signUp(origin);
    const answer = (await admin.post(`/${who.body.session.user.id}/password`)).json();
    await untilPast(answer.one_time_password_until);
    assertProblem(await attempt(who.email, answer.one_time_password), "invalid_credentials");
    assert.equal((await admin.get(`/${who.body.session.user.id}`)).json().one_time_password_until, undefined);
  });

  test("a given password is one-time too, and never returned; a second reset replaces the first", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    const { one_time_password: first } = (await admin.post(`/${id}/password`)).json();
    const given = await admin.post(`/${id}/password`, { password: "told on the phone" });
    assert.deepEqual(Object.keys(given.json()), ["one_time_password_until"]);
    assertProblem(await attempt(who.email, first), "invalid_credentials");
    await signIn(origin, { email: who.email, password: "told on the phone" });
    assertProblem(await attempt(who.email, "told on the phone"), "invalid_credentials");
    for (const body of [{ password: "short" }, { password: "x".repeat(129) }, { password: 1 }, { new: "x" }])
      assertProblem(await admin.post(`/${id}/password`, body), "invalid_request", { what: JSON.stringify(body) });
  });

  test("an account created without a password hash gets a one-time password", async () => {
    const email = newEmail("invited");
    const answer = await admin.post("", { email, roles: ["reader"] });
    assert.equal(answer.status, 201, answer.text);
    const { user, one_time_password: password } = answer.json();
    assert.deepEqual(Object.keys(answer.json()).sort(), ["one_time_password", "user"]);
    assert.ok(user.one_time_password_until > Date.now() / 1000);
    const who = await signIn(origin, { email, password });
    assert.deepEqual(who.body.session.user.roles, ["reader"]);
    assertProblem(await attempt(email, password), "invalid_credentials");
  });

  test("the audit trail records a sign-in with a one-time password as such", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    const { one_time_password: password } = (await admin.post(`/${id}/password`)).json();
    await signIn(origin, { email: who.email, password });
    await attempt(who.email, password);
    const events = await until("the failure is recorded", async () => {
      const list = await admin.events(id);
      return list[0]?.event === "sign_in_failed" && list;
    });
    assert.deepEqual(
      events.map(({ event, by, reason, sessions }) => [event, by, reason, sessions]),
      [
        ["sign_in_failed", "anybody", "one_time_password", undefined],
        ["signed_in", "user", "one_time_password", undefined],
        ["password_reset", "admin", undefined, 1],
        ["signed_up", "user", undefined, undefined],
      ],
    );
  });
}
