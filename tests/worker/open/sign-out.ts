// Check 37: sign-out ends the server's session first, is idempotent, affects no other user, and is final.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCookie, assertProblem, COOKIE } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { get, post, refresh, renewed, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function signOut({ origin }: World): void {
  const signOutOf = (cookie?: string, body?: unknown) => post(origin, "/auth/sign-out", body, { cookie });
  const assertCleared = (answer: Answer) => {
    assert.equal(answer.status, 204, answer.text);
    const { value, maxAge } = assertCookie(answer);
    assert.deepEqual({ value, maxAge }, { value: "", maxAge: 0 });
  };

  for (const body of [undefined, {}, { scope: "local" }]) {
    test(`check_37 sign-out with ${JSON.stringify(body) ?? "no body"}: this session, no other, idempotent`, async () => {
      const one = await signUp(origin);
      const two = await signIn(origin, one);
      const stranger = await signUp(origin);
      assertCleared(await signOutOf(one.cookie, body));
      assertProblem(await refresh(origin, one.cookie), "session_ended", { reason: "revoked" });
      assertProblem(await get(origin, "/auth/sessions", { token: one.token }), "invalid_token");
      assertCleared(await signOutOf(one.cookie, body));
      await renewed(origin, two.cookie);
      await renewed(origin, stranger.cookie);
    });
  }

  test("check_37 sign-out with an unknown cookie is 204 and clears it", async () => {
    for (const value of ["garbage", "", `1.${"0".repeat(64)}.x.1.${"A".repeat(43)}`])
      assertCleared(await signOutOf(`${COOKIE}=${value}`));
  });

  test("check_52 a response names the request that it answers, if the request has a name", async () => {
    const who = await signUp(origin);
    const name = "0123456789abcdef";
    const named = (headers: Record<string, string>) => post(origin, "/auth/sign-out", undefined, { headers });
    assert.equal((await named({ "Latchkey-Nonce": name })).header("latchkey-nonce"), name);
    const refreshed = await refresh(origin, who.cookie, { "Latchkey-Nonce": name });
    assert.equal(refreshed.header("latchkey-nonce"), name);
    assert.equal((await refresh(origin, undefined, { "Latchkey-Nonce": name })).header("latchkey-nonce"), name);
    const rejected = await post(
      origin,
      "/auth/sign-in",
      { email: who.email, password: "not the password" },
      {
        headers: { "Latchkey-Nonce": name },
      },
    );
    assert.deepEqual([rejected.status, rejected.header("latchkey-nonce")], [401, name], "a problem too");
    for (const bad of [
      "short",
      "x".repeat(65),
      "0123456789abcde ",
      "0123456789abcdef,0123456789abcdef",
      "0123456789abcdé",
    ])
      assert.equal((await named({ "Latchkey-Nonce": bad })).header("latchkey-nonce") ?? null, null, bad);
    assert.equal((await signOutOf()).header("latchkey-nonce") ?? null, null);
  });

  test("check_37 sign-out without a cookie is 204", async () => {
    assert.equal((await signOutOf()).status, 204);
  });

  test("check_37 a cookie of an existing family with an invented secret signs no user out", async () => {
    const one = await signUp(origin);
    const forged = one.cookie.replace(/[^.]+$/, "A".repeat(43));
    assert.equal((await signOutOf(forged)).status, 204);
    for (const scope of ["others", "global"])
      assertProblem(await signOutOf(forged, { scope }), "session_ended", { reason: "none", what: scope });
    await renewed(origin, one.cookie);
  });

  test("check_37 scope others: all sessions but this one", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    const three = await signIn(origin, one);
    const stranger = await signUp(origin);
    const answer = await signOutOf(two.cookie, { scope: "others" });
    assert.equal(answer.status, 204, answer.text);
    assert.ok(!answer.setCookies.some((line) => /max-age=0/i.test(line)), "this browser stays signed in");
    await renewed(origin, two.cookie);
    assert.equal((await get(origin, "/auth/sessions", { token: two.token })).status, 200);
    for (const other of [one, three]) {
      assertProblem(await refresh(origin, other.cookie), "session_ended", { reason: "revoked" });
      assertProblem(await get(origin, "/auth/sessions", { token: other.token }), "invalid_token");
    }
    await renewed(origin, stranger.cookie);
  });

  test("check_37_check_38 scope global: all families have ended before the response leaves", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    const stranger = await signUp(origin);
    assertCleared(await signOutOf(two.cookie, { scope: "global" }));
    for (const dead of [one, two]) {
      assertProblem(await refresh(origin, dead.cookie), "session_ended", { reason: "revoked" });
      assertProblem(await get(origin, "/auth/sessions", { token: dead.token }), "invalid_token");
    }
    await renewed(origin, stranger.cookie);
    await signIn(origin, one);
  });

  test("check_37 others and global need a valid cookie, and their error response does not clear it", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    await signOutOf(two.cookie);
    for (const scope of ["others", "global"]) {
      assertProblem(await signOutOf(two.cookie, { scope }), "session_ended", { reason: "revoked", what: scope });
      assertProblem(await signOutOf(`${COOKIE}=garbage`, { scope }), "session_ended", { reason: "none", what: scope });
      assertProblem(await signOutOf(undefined, { scope }), "session_ended", { reason: "none", what: scope });
    }
    await renewed(origin, one.cookie);
  });

  test("check_37 refreshes in flight during a sign-out do not revive the session", async () => {
    const one = await signUp(origin);
    const racing = Array.from({ length: 20 }, (_, i) =>
      i === 10 ? signOutOf(one.cookie) : refresh(origin, one.cookie),
    );
    const answers = await Promise.all(racing);
    assertCleared(answers[10] as Answer);
    for (const [i, answer] of answers.entries()) {
      if (i === 10) continue;
      if (answer.status === 401) assertProblem(answer, "session_ended", { reason: "revoked" });
      else
        assert.equal(
          assertCookie(answer).pair,
          one.cookie,
          "a young refresh that came first gives the same generation",
        );
    }
    assertProblem(await refresh(origin, one.cookie), "session_ended", { reason: "revoked" });
  });
}
