// An authenticator app, by an implementation of RFC 6238 that is independent of the service.
import assert from "node:assert/strict";
import { TOTP, URI } from "otpauth";
import { assertChallengeCookie, assertProblem } from "./contract.ts";
import type { Answer } from "./http.ts";
import { type Extra, post } from "./visitor.ts";

/** What the app reads from the QR code. */
export function app(uri: string): TOTP {
  const read = URI.parse(uri);
  assert.ok(read instanceof TOTP, uri);
  return read;
}

/** The code that the app shows, some steps of 30 seconds from now. */
export const codeOf = (uri: string, steps = 0): string => app(uri).generate({ timestamp: Date.now() + steps * 30_000 });

export interface Enrolled {
  uri: string;
  /** The code with which it was confirmed. */
  code: string;
  recoveryCodes: string[];
}

/** Adds an app to the account of the session. The code of the present step is used up. */
export async function enrol(origin: string, token: string, extra: Extra = {}): Promise<Enrolled> {
  const begun = await post(origin, "/auth/second-factor/totp", undefined, { ...extra, token });
  assert.equal(begun.status, 200, begun.text);
  const { uri } = begun.json();
  const code = codeOf(uri);
  const confirmed = await post(origin, "/auth/second-factor/totp/confirm", { code }, { ...extra, token });
  assert.equal(confirmed.status, 200, confirmed.text);
  return { uri, code, recoveryCodes: confirmed.json().recovery_codes };
}

/** The cookie of the challenge for a second factor, as the browser sends it. */
export function challengeOf(answer: Answer, what?: string): string {
  assertProblem(answer, "second_factor_required", what === undefined ? {} : { what });
  return assertChallengeCookie(answer).pair;
}
