// One session's refresh generations as a client sees them. Ageing is waited for by watching, not by sleeping: a young
// current generation is answered as it stands, so asking again and again changes nothing until the window has passed.
import assert from "node:assert/strict";
import { assertCookie, assertProblem, COOKIE, cookieParts, type Reason } from "./contract.ts";
import { until } from "./until.ts";
import { refresh, renewed, signUp } from "./visitor.ts";

export const generationOf = (cookie: string) => cookieParts(cookie.slice(COOKIE.length + 1)).generation;
export const familyOf = (cookie: string) => cookieParts(cookie.slice(COOKIE.length + 1)).family;

/** Presents the current generation until it is old enough to rotate. Gives its successor, which nobody has presented. */
export async function rotated(origin: string, current: string): Promise<string> {
  const next = await until("the current generation rotates", async () => {
    const cookie = await renewed(origin, current);
    return cookie !== current && cookie;
  });
  assert.equal(familyOf(next), familyOf(current));
  assert.equal(generationOf(next), generationOf(current) + 1, "the next generation, none skipped");
  return next;
}

/** Presents a cookie until the answer is no longer `same`. Gives what came instead: a cookie, or the reason of a refusal. */
export function outcomeAfter(
  origin: string,
  presented: string,
  same: string,
): Promise<{ cookie: string } | { reason: Reason }> {
  return until("the window closes on a predecessor", async () => {
    const answer = await refresh(origin, presented);
    if (answer.status === 401) {
      const { reason } = answer.json();
      assertProblem(answer, "session_ended", { reason });
      return { reason };
    }
    assert.equal(answer.status, 200, answer.text);
    const cookie = assertCookie(answer).pair;
    return cookie !== same && { cookie };
  });
}

/** A family whose current generation is older than the window, though nobody has presented it since it was made. */
export async function ripe(origin: string): Promise<string> {
  const { cookie } = await signUp(origin);
  const younger = await signUp(origin); // It is watched in the other's place: once it rotates, the other would too.
  await rotated(origin, younger.cookie);
  return cookie;
}

/** Presents a cookie of a dead family, or one that never was: no session, and the cookie is left alone. */
export async function refused(origin: string, cookie: string, reason: Reason): Promise<void> {
  assertProblem(await refresh(origin, cookie), "session_ended", { reason });
}
