// A session's refresh generations, as a client sees them. Tests wait for their age by polling, not by
// sleeping: a young current generation is returned unchanged, so repeated requests change nothing until the
// window has passed.
import assert from "node:assert/strict";
import { assertCookie, assertProblem, assertTokenResponse, COOKIE, cookieParts, type Reason } from "./contract.ts";
import type { Answer } from "./http.ts";
import { until } from "./until.ts";
import { refresh, signUp } from "./visitor.ts";

export const generationOf = (cookie: string) => cookieParts(cookie.slice(COOKIE.length + 1)).generation;
export const familyOf = (cookie: string) => cookieParts(cookie.slice(COOKIE.length + 1)).family;

/**
 * Presents the current generation until it is old enough to rotate. Returns its successor, which has not been
 * presented yet. With a replay window under three seconds every response sets the cookie; with a longer one,
 * the last responses before the rotation do not.
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

/** The cookie that a renewal sets; `undefined` if it sets none. There is an access token in both cases. */
export function cookieIn(answer: Answer): string | undefined {
  assertTokenResponse(answer, 200, 300);
  return answer.setCookies.length === 0 ? undefined : assertCookie(answer).pair;
}

/**
 * Presents a cookie until the response is no longer `same`. Returns what came instead: a cookie, or the
 * reason of an error.
 */
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

/**
 * A family whose current generation is older than the window, but has not been presented since it was issued.
 */
export async function ripe(origin: string, { window = 2 } = {}): Promise<string> {
  const { cookie } = await signUp(origin);
  const younger = await signUp(origin); // Polled in place of the other family: once it rotates, the other is old enough too.
  await rotated(origin, younger.cookie, { window });
  return cookie;
}

/**
 * Presents one cookie many times at once, and returns the distinct cookies that the responses set. All must
 * succeed.
 */
export async function parallel(origin: string, count: number, cookie: string): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => refresh(origin, cookie)));
  const cookies = answers.map((answer) => {
    assert.equal(answer.status, 200, answer.text);
    return assertCookie(answer).pair;
  });
  return [...new Set(cookies)];
}

/**
 * Presents a cookie of an ended family, or an invented one: there is no session, and the response leaves the
 * cookie alone.
 */
export async function refused(origin: string, cookie: string, reason: Reason): Promise<void> {
  assertProblem(await refresh(origin, cookie), "session_ended", { reason });
}
