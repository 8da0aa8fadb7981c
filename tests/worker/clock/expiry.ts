// Check 29: both expiries of a session, with lifetimes short enough to wait for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, type TokenResponse } from "../../harness/contract.ts";
import { refused, rotated } from "../../harness/family.ts";
import { until, untilPast } from "../../harness/until.ts";
import { get, refresh, renewed, signIn, signUp } from "../../harness/visitor.ts";

/** Each step takes a small part of them, also while the machine is busy. */
const [TTL, IDLE, ABSOLUTE] = [5, 8, 20];
export const LIFETIMES = { access_token_ttl: TTL, replay_window: 1, idle_expiry: IDLE, absolute_expiry: ABSOLUTE };

export function expiry({ origin }: { origin: string }): void {
  test("check_29 the expiries are as configured", async () => {
    const { session } = (await signUp(origin, { ttl: TTL })).body;
    assert.equal(session.idle_expires_at - session.created_at, IDLE);
    assert.equal(session.expires_at - session.created_at, ABSOLUTE);
  });

  test("check_29 an unused session ends as idle, with every generation", async () => {
    const who = await signUp(origin, { ttl: TTL });
    const next = await rotated(origin, who.cookie);
    const { session }: TokenResponse = (await refresh(origin, next)).json();
    assert.ok(session.idle_expires_at > who.body.session.idle_expires_at, "the rotation extended it");
    await untilPast(session.idle_expires_at);
    for (const cookie of [next, who.cookie, next]) await refused(origin, cookie, "idle");
    await signIn(origin, who, { ttl: TTL });
  });

  test("check_29 a session in use ends at its absolute expiry, which never moved", async () => {
    const who = await signUp(origin, { ttl: TTL });
    const { expires_at } = who.body.session;
    let cookie = who.cookie;
    const answer = await until("the session ends", async () => {
      const sent = Date.now() / 1000;
      const answer = await refresh(origin, cookie);
      if (answer.status !== 200) return answer;
      const body: TokenResponse = answer.json();
      assert.equal(body.session.expires_at, expires_at);
      assert.ok(sent < expires_at, "a refresh succeeded after the expiry");
      cookie = answer.setCookies[0]?.split(";")[0] ?? "";
      return false;
    });
    assert.ok(Date.now() / 1000 >= expires_at, "it lasted until its expiry");
    assertProblem(answer, "session_ended", { reason: "expired" });
    await refused(origin, cookie, "expired");
  });

  test("check_08 an access token is rejected from the second of its exp on; the session continues", async () => {
    const who = await signUp(origin, { ttl: TTL });
    assert.equal((await get(origin, "/api/me", who)).status, 200);
    const answer = await until("the access token expires", async () => {
      const answer = await get(origin, "/api/me", who);
      return answer.status !== 200 && answer;
    });
    assertProblem(answer, "invalid_token");
    await renewed(origin, who.cookie);
  });
}
