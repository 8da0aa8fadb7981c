// Checks 25 and 26 with a window long enough for flights: a request and its response may each take a third of
// it. The guarantees are stated at the top of auth-core/src/rotation/mod.rs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cookieIn, familyOf, generationOf, parallel, refused, ripe } from "../../harness/family.ts";
import { until } from "../../harness/until.ts";
import { refresh, signUp } from "../../harness/visitor.ts";

export const WINDOW = 9;
const FLIGHT = WINDOW / 3;
const window = WINDOW;

export function flight({ origin }: { origin: string }): void {
  /** A session that has just rotated, and when, in milliseconds: between the first and the second time. */
  const rotatedNow = async () => {
    const { cookie: first } = await signUp(origin);
    let sent = 0;
    const second = await until("it rotates", async () => {
      sent = performance.now();
      const cookie = cookieIn(await refresh(origin, first));
      return cookie !== undefined && cookie !== first && cookie;
    });
    return { first, second, sent, received: performance.now() };
  };
  const secondsSince = (moment: number) => (performance.now() - moment) / 1000;

  test("check_25 100 parallel refreshes at a rotation boundary: one new generation, the same cookie for all", async () => {
    const cookie = await ripe(origin, { window });
    const [next = "", ...others] = await parallel(origin, 100, cookie);
    assert.deepEqual(others, [], "the same cookie for all");
    assert.equal(generationOf(next), generationOf(cookie) + 1);
    assert.equal(familyOf(next), familyOf(cookie));
    assert.deepEqual(await parallel(origin, 1, next), [next], "not taken for reuse: the family is active");
  });

  test("check_25 the predecessor within the window returns the current generation, byte for byte, and does not renew it", async () => {
    const { first, second } = await rotatedNow();
    assert.deepEqual(await parallel(origin, 20, first), [second]);
    assert.deepEqual(await parallel(origin, 20, second), [second]);
    assert.deepEqual(await parallel(origin, 1, first), [second], "the same, although the successor has been presented");
  });

  test("check_25 in the last flight before a rotation is possible, responses carry a token but set no cookie", async () => {
    const { first, second, sent, received } = await rotatedNow();
    let began: number | undefined;
    let silent = 0;
    const third = await until("it rotates again", async () => {
      const asked = performance.now();
      const cookie = cookieIn(await refresh(origin, second));
      if (cookie === undefined) {
        began ??= asked;
        silent += 1;
        // A tab that still holds the predecessor gets the same response, and is not taken for a thief.
        if (silent === 1) {
          assert.ok(secondsSince(sent) >= WINDOW - FLIGHT, "not before the last flight");
          assert.equal(
            cookieIn(await refresh(origin, first)),
            undefined,
            "the predecessor does not restore the old cookie",
          );
        }
        return false;
      }
      if (cookie === second) {
        assert.equal(began, undefined, "after the first response without a cookie, no response sets one");
        return false;
      }
      return cookie;
    });
    assert.ok(silent >= 2 && began !== undefined, `${silent} responses set no cookie`);
    assert.ok(secondsSince(sent) >= WINDOW, "a family rotates at most once per window");
    assert.ok((began - received) / 1000 < WINDOW, "before the end of the window");
    assert.equal(generationOf(third), generationOf(second) + 1);
    assert.deepEqual(await parallel(origin, 1, third), [third]);
  });

  test("check_26 a replay at the window's end, then a late request: no theft; the same long afterwards: theft, regardless of further requests", async () => {
    const { first, second, sent } = await rotatedNow();
    // The predecessor is replayed, with the successor's cookie in every response, until the window's last
    // second has passed.
    await until("the window passes", async () => {
      const cookie = cookieIn(await refresh(origin, first));
      if (cookie !== undefined) assert.equal(cookie, second);
      return cookie === undefined;
    });
    assert.ok(secondsSince(sent) >= WINDOW, "every replay within the window sets the cookie");
    // The last of those responses arrives now, and its tab uses it; a request that left before arrives after
    // it.
    const used = cookieIn(await refresh(origin, second));
    assert.ok(used === undefined || used === second, "it doesn't rotate yet");
    assert.equal(cookieIn(await refresh(origin, first)), undefined, "the late request gets a token, and no cookie");
    const again = cookieIn(await refresh(origin, second));
    assert.ok(again === undefined || again === second, "no alarm");
    // However many requests arrive, this ends a window and two flights after the rotation.
    await until("the predecessor counts as reuse", async () => {
      const answer = await refresh(origin, first);
      if (answer.status === 200) assert.equal(cookieIn(answer), undefined);
      return answer.status === 401;
    });
    for (const cookie of [first, second]) await refused(origin, cookie, "reused");
  });

  test("check_28 a lost response, and replays up to the window's end: the family skips the generation, and the user stays signed in", async () => {
    const { first, second, sent } = await rotatedNow();
    const third = await until("the family skips the lost generation", async () => {
      const cookie = cookieIn(await refresh(origin, first));
      return cookie !== undefined && cookie !== second && cookie;
    });
    assert.ok(secondsSince(sent) >= WINDOW);
    assert.equal(generationOf(third), generationOf(second) + 1);
    assert.deepEqual(await parallel(origin, 1, third), [third], "the session continues with it");
  });
}
