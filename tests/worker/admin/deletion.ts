// Deleting an account, by its user or by an administrator: nothing of it is left, and its address becomes
// available.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { logged } from "../../harness/operator.ts";
import { refusedWithin, until } from "../../harness/until.ts";
import { call, del, get, post, refresh, signIn, signUp, type Visitor } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function deletion({ origin, admin, stack }: World): void {
  /**
   * All cookies and tokens of a deleted account are dead, also after another user has signed up with its
   * address.
   */
  async function assertGone(who: Visitor, otherSession: Visitor, since: number): Promise<void> {
    const { id } = who.body.session.user;
    for (const dead of [who, otherSession]) {
      assertProblem(await refresh(origin, dead.cookie), "session_ended", { reason: "none" });
      assertProblem(await get(origin, "/auth/sessions", { token: dead.token }), "invalid_token");
      assert.equal((await get(origin, "/strict/x", { token: dead.token })).status, 401);
      assert.equal((await get(origin, "/page/x", { cookie: dead.cookie })).status, 401);
      assert.equal((await post(origin, "/auth/sign-out", {}, { cookie: dead.cookie })).status, 204);
    }
    await refusedWithin("/1s/x", 1000, since, () => get(origin, "/1s/x", { token: who.token }));
    assertProblem(await admin.get(`/${id}`), "not_found");
    assertProblem(await admin.get(`/${id}/events`), "not_found");
    assertProblem(await admin.del(`/${id}`), "not_found");
  }

  async function someone(): Promise<[Visitor, Visitor]> {
    const who = await signUp(origin);
    const otherSession = await signIn(origin, who);
    assert.equal((await get(origin, "/1s/x", { token: who.token })).status, 200);
    return [who, otherSession];
  }

  test("check_38 deleted by an administrator: dead before the response leaves; the address can be signed up again", async () => {
    const [who, otherSession] = await someone();
    const { id } = who.body.session.user;
    const answer = await admin.del(`/${id}`);
    const since = Date.now();
    assert.equal(answer.status, 204, answer.text);
    await assertGone(who, otherSession, since);
    assertProblem(
      await post(origin, "/auth/sign-in", { email: who.email, password: who.password }),
      "invalid_credentials",
    );
    assert.deepEqual((await admin.get(`?email=${who.email}`)).json(), { users: [] });

    const successor = await signUp(origin, { email: who.email, password: "another user's password" });
    assert.notEqual(successor.body.session.user.id, id);
    await assertGone(who, otherSession, since);
    assert.equal((await get(origin, "/strict/x", { token: successor.token })).status, 200);
    const events = await admin.events(successor.body.session.user.id);
    assert.deepEqual(
      events.map(({ event }) => event),
      ["signed_up"],
      "a new account without its predecessor's events",
    );
  });

  test("check_38 deleted by its user, who needs a valid token and the password", async () => {
    const [who, otherSession] = await someone();
    const body = { current_password: who.password };
    const remove = (given: unknown, extra = {}) =>
      call(origin, "DELETE", "/auth/account", given, { token: who.token, ...extra });
    assertProblem(await remove({ current_password: "not the password" }), "invalid_credentials");
    assertProblem(await remove({ current_password: "short" }), "invalid_credentials");
    assertProblem(await remove({}), "invalid_request");
    assertProblem(await remove(undefined), "unsupported_media_type");
    assertProblem(await remove(body, { token: undefined, cookie: who.cookie }), "invalid_token");
    assertProblem(await remove(body, { headers: { Origin: "https://evil.example" } }), "request_forgery");
    assertProblem(await remove(body, { headers: { "Latchkey-Client": undefined } }), "request_forgery");
    assertProblem(await post(origin, "/auth/account", body, { token: who.token }), "method_not_allowed");
    assert.equal(
      (await get(origin, "/strict/x", { token: who.token })).status,
      200,
      "no rejected attempt deleted anything",
    );

    const answer = await remove(body, { cookie: who.cookie });
    const since = Date.now();
    assert.equal(answer.status, 204, answer.text);
    assert.deepEqual(answer.setCookies, [], "only the response to a sign-out clears the cookie");
    await assertGone(who, otherSession, since);
    await signUp(origin, { email: who.email });
    assertProblem(await del(origin, `/auth/sessions/${who.body.session.id}`, { token: who.token }), "invalid_token");

    const { by } = await until("the log records it", () =>
      logged(stack.logs()).find((e) => e.event === "account_deleted" && e.account === who.body.session.user.id),
    );
    assert.equal(by, "user");
  });

  test("many concurrent deletions of one account, with refreshes in progress: one outcome", async () => {
    const [who, otherSession] = await someone();
    const { id } = who.body.session.user;
    const [first, ...rest] = await Promise.all([
      admin.del(`/${id}`),
      ...Array.from({ length: 4 }, () => admin.del(`/${id}`)),
      ...Array.from({ length: 4 }, () => refresh(origin, who.cookie)),
    ]);
    const since = Date.now();
    assert.ok([204, 404].includes(first?.status ?? 0), first?.text);
    for (const answer of rest)
      assert.ok([200, 204, 401, 404].includes(answer.status), `${answer.status} ${answer.text}`);
    await assertGone(who, otherSession, since);
  });
}
