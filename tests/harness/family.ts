// One session's refresh generations as a client sees them. Ageing is waited for by watching, not by sleeping: a young
// current generation is answered as it stands, so asking again and again changes nothing until the window has passed.
import assert from "node:assert/strict";
import { assertCookie, assertProblem, assertTokenResponse, COOKIE, cookieParts, type Reason } from "./contract.ts";
import type { Answer } from "./http.ts";
import { until } from "./until.ts";
import { refresh, signUp } from "./visitor.ts";

export const generationOf = (cookie: string) => cookieParts(cookie.slice(COOKIE.length + 1)).generation;
export const familyOf = (cookie: string) => cookieParts(cookie.slice(COOKIE.length + 1)).family;

/**
 * Presents the current generation until it is old enough to rotate. Gives its successor, which nobody has presented. With
 * a replay window under three seconds every answer sets the cookie; with a longer one the last before it rotates don't.
 */
export async function rotated(origin: string, current: string, { window = 2 } = {}): Promise<string> {
  const next = await until("the current generation rotates", async () => {
    const answer = await refresh(origin, current);
    assert.equal(answer.status, 200, answer.text);
    const cookie = window < 3 ? assertCookie(answer).pair : cookieIn(answer);
    return cookie !== undefined && cookie !== current && cookie;
  });
  assert.equal(familyOf(next), familyOf(current));
  assert.equal(generationOf(next), generationOf(current) + 1, "the next generation, none skipped");
  return next;
}

/** The cookie that a renewal sets; `undefined` when it leaves alone the one there is. The token is there either way. */
export function cookieIn(answer: Answer): string | undefined {
  assertTokenResponse(answer, 200, 300);
  return answer.setCookies.length === 0 ? undefined : assertCookie(answer).pair;
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
export async function ripe(origin: string, { window = 2 } = {}): Promise<string> {
  const { cookie } = await signUp(origin);
  const younger = await signUp(origin); // It is watched in the other's place: once it rotates, the other would too.
  await rotated(origin, younger.cookie, { window });
  return cookie;
}

/** Presents one cookie many times at once. Gives what the answers set, each once; all of them are successes. */
export async function parallel(origin: string, count: number, cookie: string): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => refresh(origin, cookie)));
  const cookies = answers.map((answer) => {
    assert.equal(answer.status, 200, answer.text);
    return assertCookie(answer).pair;
  });
  return [...new Set(cookies)];
}

/** Presents a cookie of a dead family, or one that never was: no session, and the cookie is left alone. */
export async function refused(origin: string, cookie: string, reason: Reason): Promise<void> {
  assertProblem(await refresh(origin, cookie), "session_ended", { reason });
}
