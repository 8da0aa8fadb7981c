// Checks 25, 26 and 28 over HTTP, with a replay window of two seconds. The whole state machine is simulated
// in Rust; these tests run it on workerd, with real storage.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCookie, COOKIE } from "../../harness/contract.ts";
import { familyOf, generationOf, outcomeAfter, parallel, refused, rotated } from "../../harness/family.ts";
import { until } from "../../harness/until.ts";
import { get, post, refresh, renewed, signUp, type Visitor } from "../../harness/visitor.ts";

export const WINDOW = 2;

/** How many users the tests need. */
export const USERS = 8;

/** @param users With two sessions each. */
export function rotation({ origin }: { origin: string }, users: (readonly [Visitor, Visitor])[]): void {
  const pairs = users.values();
  const nextPair = () => pairs.next().value ?? assert.fail(`more than ${USERS} users`);
  const nextUser = () => nextPair()[0];

  test("check_25 a family never rotates twice within a window", async () => {
    let { cookie } = nextUser();
    let before: number | undefined;
    for (let rotations = 0; rotations < 3; ) {
      const sent = performance.now();
      const answers = await parallel(origin, 4, cookie);
      const received = performance.now();
      // Some requests may have arrived in the last second before a rotation, and got the generation that they
      // presented.
      const [next, ...others] = answers.filter((answer) => answer !== cookie);
      assert.deepEqual(others, [], "one successor for all");
      if (next !== undefined) {
        // It rotated between `sent` and `received`, so this is an upper bound of the gap.
        if (before !== undefined)
          assert.ok(received - before >= WINDOW * 1000, `rotated again after ${Math.round(received - before)} ms`);
        assert.equal(generationOf(next), generationOf(cookie) + 1);
        before = sent;
        rotations += 1;
        cookie = next;
      }
    }
  });

  test("check_25 idle expiry and last use change with a rotation and only then; the absolute expiry never changes", async () => {
    const who = nextUser();
    let next = who.cookie;
    const body = await until("two answers within one window", async () => {
      next = await rotated(origin, next);
      const [first, second] = [await refresh(origin, next), await refresh(origin, next)];
      const { pair } = assertCookie(second);
      if (pair === next) assert.deepEqual(second.json().session, first.json().session);
      else next = pair;
      return pair === next && first.json();
    });
    assert.equal(body.session.expires_at, who.body.session.expires_at, "check_29: absolute expiry never moves");
    assert.ok(body.session.idle_expires_at > who.body.session.idle_expires_at);
    assert.equal(body.session.created_at, who.body.session.created_at);
    assert.equal(body.session.id, who.body.session.id);
    const { sessions } = (await get(origin, "/auth/sessions", { token: body.access_token })).json();
    assert.ok(sessions[0].last_used_at > who.body.session.created_at);
  });

  test("check_28 a lost response, retried much later: a new generation, and the user stays signed in", async () => {
    const first = nextUser().cookie;
    const lost = await rotated(origin, first);
    const outcome = await outcomeAfter(origin, first, lost);
    assert.ok("cookie" in outcome, JSON.stringify(outcome));
    assert.equal(familyOf(outcome.cookie), familyOf(first));
    assert.equal(generationOf(outcome.cookie), generationOf(lost) + 1);
    assert.equal(await renewed(origin, outcome.cookie), outcome.cookie);
    await rotated(origin, outcome.cookie);
  });

  test("check_26 presenting the skipped generation is a theft and ends the family", async () => {
    const first = nextUser().cookie;
    const lost = await rotated(origin, first);
    const outcome = await outcomeAfter(origin, first, lost);
    assert.ok("cookie" in outcome, JSON.stringify(outcome));
    for (const cookie of [lost, outcome.cookie, first, lost]) await refused(origin, cookie, "reused");
  });

  test("check_26 presenting the predecessor late, after its successor was presented, ends the family", async () => {
    const [who, sibling] = nextPair();
    const next = await rotated(origin, who.cookie);
    assert.equal(await renewed(origin, next), next);
    assert.deepEqual(await outcomeAfter(origin, who.cookie, next), { reason: "reused" });
    for (const cookie of [next, who.cookie]) await refused(origin, cookie, "reused");
    assert.equal((await get(origin, "/auth/sessions", { token: who.token })).status, 401, "its access tokens end too");
    await renewed(origin, sibling.cookie);
  });

  test("check_26 an older generation ends the family at once, and no other family", async () => {
    const [who, sibling] = nextPair();
    const second = await rotated(origin, who.cookie);
    const third = await rotated(origin, second);
    await refused(origin, who.cookie, "reused");
    for (const cookie of [second, third]) await refused(origin, cookie, "reused");
    await renewed(origin, sibling.cookie);
  });

  test("check_26 invented secrets for every generation have no effect", async () => {
    const who = nextUser();
    const second = await rotated(origin, who.cookie);
    const [one, two] = [generationOf(who.cookie), generationOf(second)];
    const made = (generation: number, secret: string) => second.replace(/[^.]+\.[^.]+$/, `${generation}.${secret}`);
    const secretOf = (cookie: string) => cookie.slice(cookie.lastIndexOf(".") + 1);
    const table: [number, string][] = [
      [two, "A".repeat(43)],
      [one, "A".repeat(43)],
      [one, secretOf(second)],
      [two, secretOf(who.cookie)],
      [two + 1, secretOf(second)],
      [two + 1, "A".repeat(43)],
      [two + 1_000_000, "A".repeat(43)],
      [0, "A".repeat(43)],
    ];
    for (const [generation, secret] of table) await refused(origin, made(generation, secret), "none");
    await refused(origin, `${COOKIE}=garbage`, "none");
    const after = await renewed(origin, second);
    assert.equal(familyOf(after), familyOf(second));
    assert.ok(after === second || generationOf(after) === two + 1, "its own next generation, if it was time for that");
  });

  test("check_38 a copy of the cookie taken before a password change is useless, within the window and after it", async () => {
    const newPassword = "another good password";
    const change = async () => {
      const who = await signUp(origin);
      const answer = await post(
        origin,
        "/auth/password",
        { current_password: who.password, new_password: newPassword },
        who,
      );
      assert.equal(answer.status, 200, answer.text);
      return { copy: who.cookie, cookie: assertCookie(answer).pair };
    };
    const copyFirst = await change();
    await refused(origin, copyFirst.copy, "revoked");
    assert.equal(await renewed(origin, copyFirst.cookie), copyFirst.cookie);

    const userFirst = await change();
    assert.equal(await renewed(origin, userFirst.cookie), userFirst.cookie);
    await refused(origin, userFirst.copy, "revoked");

    // `rotated` waits for the window to pass.
    for (const { copy, cookie } of [copyFirst, userFirst]) {
      const next = await rotated(origin, cookie);
      await refused(origin, copy, "revoked");
      assert.equal(await renewed(origin, next), next, "the copy did not end the user's new session");
    }
  });

  test("check_37 after a sign-out no generation of the family is accepted", async () => {
    const who = nextUser();
    const second = await rotated(origin, who.cookie);
    const third = await rotated(origin, second);
    assert.equal((await post(origin, "/auth/sign-out", undefined, { cookie: third })).status, 204);
    for (const cookie of [third, second, who.cookie]) {
      const answer = await refresh(origin, cookie);
      assert.equal(answer.status, 401);
      assert.match(answer.json().reason, /^(revoked|reused)$/);
    }
  });
}
