// A user with a mailbox: requests that lead to a mail, and what is done with its code.
import assert from "node:assert/strict";
import { assertCookie, assertTokenResponse, CHALLENGE_COOKIE } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { post } from "../../harness/visitor.ts";
import { type Durable, fromOurPage } from "../durable/world.ts";

export interface As {
  cookie?: string;
  token?: string;
}

export const sender =
  (world: () => Durable) =>
  (path: string, body?: unknown, as: As = {}): Promise<Answer> =>
    post(world().origin, path, body, { ...fromOurPage, ...as });

/** The challenge cookie that a response sets, in the form in which it is sent. */
export function challenge(answer: Answer): string {
  assert.equal(answer.status, 202, answer.text);
  const set = answer.setCookies.filter((cookie) => cookie.startsWith(`${CHALLENGE_COOKIE}=`));
  assert.equal(set.length, 1, answer.text);
  return (set[0] ?? "").split(";")[0] ?? "";
}

/** Whether the response ends the challenge in the browser. */
export const endsChallenge = (answer: Answer) =>
  answer.setCookies.some((cookie) => cookie.startsWith(`${CHALLENGE_COOKIE}=;`));

/** The session of a response that opens one. */
export function opened(answer: Answer, status: 200 | 201 = 200) {
  const { access_token: token, session } = assertTokenResponse(answer, status, 300);
  return { token, session: session.id, user: session.user, cookie: assertCookie(answer).pair };
}

/**
 * What a response shows to a client, without what is random: for comparing the responses for an address with and without
 * an account, and the steps that they took.
 */
export async function shown(world: Durable, request: () => Promise<Answer>) {
  await world.settled();
  await world.fault(null);
  const answer = await request();
  const calls = await world.settled();
  const steps = calls.map((step) => step.replace(/[0-9a-f]{16,}|-\d+/g, "…"));
  const headers = answer.headers.filter(([name]) => !/^(date|set-cookie)$|request-id/i.test(name));
  const cookies = answer.setCookies.map((cookie) => cookie.replace(/=[^;]*/, (value) => `=${value.length}`));
  return { status: answer.status, text: answer.text, headers, cookies, steps };
}
