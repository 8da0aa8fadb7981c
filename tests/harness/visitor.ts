// A user's browser on the service's own origin, on the level of HTTP: what it sends, and which cookies it
// keeps.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { assertCookie, assertTokenResponse, type TokenResponse } from "./contract.ts";
import { type Answer, type Ask, ask } from "./http.ts";

/** The headers a page of the service's own origin sends. */
export const ownPage = (origin: string) => ({
  Origin: origin,
  "Sec-Fetch-Site": "same-origin",
  "Latchkey-Client": "latchkey-tests/1",
});

export interface Extra {
  cookie?: string | undefined;
  token?: string | undefined;
  headers?: Record<string, string | undefined>;
}

/**
 * One request as the SDK would send it: own origin, JSON, the client header; `extra.headers` overrides all of
 * these.
 */
export function call(
  origin: string,
  method: string,
  path: string,
  body?: unknown,
  { cookie, token, headers }: Extra = {},
): Promise<Answer> {
  const request: Ask = {
    method,
    headers: {
      ...ownPage(origin),
      "Content-Type": body === undefined ? undefined : "application/json",
      Cookie: cookie,
      Authorization: token === undefined ? undefined : `Bearer ${token}`,
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  return ask(origin, path, request);
}

export const post = (origin: string, path: string, body?: unknown, extra?: Extra) =>
  call(origin, "POST", path, body, extra);
export const get = (origin: string, path: string, extra?: Extra) => call(origin, "GET", path, undefined, extra);
export const patch = (origin: string, path: string, body?: unknown, extra?: Extra) =>
  call(origin, "PATCH", path, body, extra);
export const del = (origin: string, path: string, extra?: Extra) => call(origin, "DELETE", path, undefined, extra);

export interface Visitor {
  email: string;
  password: string;
  /** The cookie in the form in which it is sent: `name=value`. */
  cookie: string;
  token: string;
  body: TokenResponse;
}

export const newEmail = (prefix = "user") => `${prefix}.${randomBytes(6).toString("hex")}@example.com`;
export const PASSWORD = "correct horse battery staple";

/** Creates an account. All tests create accounts with this function. */
export async function signUp(
  origin: string,
  { email = newEmail(), password = PASSWORD, ttl = 300 } = {},
): Promise<Visitor> {
  return visitor(await post(origin, "/auth/sign-up", { email, password }), 201, { email, password, ttl });
}

/** Opens another session of an existing account; `extra` adds to the request. */
export async function signIn(
  origin: string,
  who: { email: string; password: string },
  { ttl = 300, ...extra }: Extra & { ttl?: number } = {},
): Promise<Visitor> {
  return visitor(await post(origin, "/auth/sign-in", { email: who.email, password: who.password }, extra), 200, {
    ...who,
    ttl,
  });
}

function visitor(
  answer: Answer,
  status: 200 | 201,
  { email, password, ttl }: { email: string; password: string; ttl: number },
): Visitor {
  const body = assertTokenResponse(answer, status, ttl);
  return { email, password, cookie: assertCookie(answer).pair, token: body.access_token, body };
}

export const refresh = (origin: string, cookie?: string, headers: Record<string, string | undefined> = {}) =>
  post(origin, "/auth/refresh", undefined, { cookie, headers });

/** A refresh that must succeed. Returns the cookie that it set. */
export async function renewed(origin: string, cookie: string): Promise<string> {
  const answer = await refresh(origin, cookie);
  assert.equal(
    answer.status,
    200,
    `a refresh that must succeed: ${answer.status} ${answer.status === 200 ? "" : answer.text}`,
  );
  return assertCookie(answer).pair;
}
