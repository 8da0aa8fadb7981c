// The rules of DESIGN.md, section 2, for every response, as assertions. Nothing here is taken from the
// implementation.
import assert from "node:assert/strict";
import type { Answer } from "./http.ts";

export const COOKIE = "__Host-Http-latchkey";
/**
 * The limiter recognises a browser by this cookie. Every sign-in and sign-up sets it, in addition to the
 * session's cookie.
 */
export const CHALLENGE_COOKIE = "__Host-Http-latchkey-challenge";
export const DEVICE_COOKIE = "__Host-Http-latchkey-device";

/** The closed set of codes with their statuses. */
export const STATUS = {
  invalid_request: 400,
  invalid_credentials: 401,
  session_ended: 401,
  invalid_token: 401,
  second_factor_required: 401,
  code_invalid: 401,
  challenge_expired: 401,
  step_up_required: 401,
  request_forgery: 403,
  sign_up_closed: 403,
  sign_up_refused: 403,
  insufficient_scope: 403,
  reauthentication_required: 403,
  not_found: 404,
  method_not_allowed: 405,
  email_taken: 409,
  last_credential: 409,
  already_linked: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  unavailable: 503,
  bad_gateway: 502,
  provider_failed: 502,
  mail_unavailable: 503,
  gateway_timeout: 504,
} as const;

export type Code = keyof typeof STATUS;
export type Reason = "none" | "expired" | "idle" | "revoked" | "reused";

export interface TokenResponse {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  session: {
    id: string;
    user: {
      id: string;
      email: string;
      email_verified: boolean;
      passkeys: number;
      roles: string[];
      second_factor: boolean;
      profile: { name?: string; picture?: string; locale?: string };
      metadata: Record<string, unknown>;
    };
    created_at: number;
    auth_time: number;
    methods: string[];
    expires_at: number;
    idle_expires_at: number;
  };
}

/** Every response has a request id and `nosniff`. Returns the id. */
export function assertHygiene(answer: Answer, what = ""): string {
  assert.equal(answer.header("x-content-type-options"), "nosniff", `${what}: nosniff`);
  const ids = answer.headers.filter(([name]) => /request-id$/i.test(name));
  assert.equal(ids.length, 1, `${what}: exactly one request id header in ${JSON.stringify(answer.headers)}`);
  const id = ids[0]?.[1] ?? "";
  assert.match(id, /^[\x21-\x7e]{8,}$/, `${what}: request id`);
  return id;
}

/** Other origins can't embed the response, and pages can't frame it. */
function assertUnframed(answer: Answer, shown: string): void {
  assert.equal(answer.header("cross-origin-resource-policy"), "same-origin", shown);
  assert.match(answer.header("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/, shown);
}

/**
 * RFC 9457 with a code of the closed set, and no other members. An error response never sets or clears a
 * cookie. `field`: the invalid field; `null`: none is named. `methods`: how the user can prove what is required; for
 * `step_up_required` they are compared only if they are given.
 */
export function assertProblem(
  answer: Answer,
  code: Code,
  {
    reason,
    field,
    methods = code === "reauthentication_required" ? ["password"] : undefined,
    what = code,
  }: { reason?: Reason; field?: string | null; methods?: string[]; what?: string } = {},
): void {
  const shown = `${what}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.match(answer.header("content-type") ?? "", /^application\/problem\+json(;|$)/, shown);
  const body = answer.json();
  assert.equal(body.code, code, shown);
  assert.equal(answer.status, STATUS[code], shown);
  assert.equal(body.status, answer.status, shown);
  const known = ["type", "title", "status", "code", "detail", ...(code === "session_ended" ? ["reason"] : [])];
  if (["reauthentication_required", "second_factor_required", "step_up_required"].includes(code)) known.push("methods");
  if (code === "invalid_request") known.push("field");
  if (code === "request_forgery") known.push("check");
  assert.deepEqual(
    Object.keys(body).filter((name) => !known.includes(name)),
    [],
    `members beyond the contract, ${shown}`,
  );
  for (const name of ["type", "title"]) assert.ok(typeof body[name] === "string" && body[name], `${name}, ${shown}`);
  if ("detail" in body) assert.equal(typeof body.detail, "string", shown);
  if (methods) assert.deepEqual(body.methods ?? [], methods, shown);
  if (code === "session_ended") assert.equal(body.reason, reason, shown);
  if (field !== undefined) assert.equal(body.field ?? null, field, shown);
  if (code === "method_not_allowed") assert.ok(answer.header("allow"), `Allow, ${shown}`);
  if (code === "rate_limited" || code === "unavailable")
    assert.match(answer.header("retry-after") ?? "", /^\d+$/, `Retry-After, ${shown}`);
  if (code === "second_factor_required") assertChallengeCookie(answer);
  else assert.deepEqual(answer.setCookies, [], `an error response sets no cookie, ${shown}`);
  assertUnframed(answer, shown);
  assertHygiene(answer, what);
}

/** The error responses of the gate and of `Bearer` calls carry the challenge of RFC 6750, section 3. */
export function assertChallenge(
  answer: Answer,
  error: "invalid_token" | "insufficient_scope" | "insufficient_user_authentication" | null,
  what = "",
): void {
  const challenge = answer.header("www-authenticate") ?? "";
  assert.match(challenge, /^Bearer\b/, `${what}: WWW-Authenticate of ${answer.status}`);
  // Section 3.1: a request without credentials should get no error code.
  assert.equal(/\berror="([^"]*)"/.exec(challenge)?.[1] ?? null, error, `${what}: ${challenge}`);
}

/** Exactly the members of the contract with their types. */
export function assertTokenResponse(answer: Answer, status: 200 | 201, ttl: number): TokenResponse {
  const shown = `${answer.status} ${answer.text.replace(/"access_token":"[^"]*"/, '"access_token":…').slice(0, 400)}`;
  assert.equal(answer.status, status, shown);
  assertUnframed(answer, shown);
  assert.match(answer.header("content-type") ?? "", /^application\/json(;|$)/, shown);
  assertNoStore(answer, shown);
  assertHygiene(answer, shown);
  const body: TokenResponse = answer.json();
  assert.deepEqual(Object.keys(body).sort(), ["access_token", "expires_in", "session", "token_type"], shown);
  assert.deepEqual(
    Object.keys(body.session).sort(),
    ["auth_time", "created_at", "expires_at", "id", "idle_expires_at", "methods", "user"],
    shown,
  );
  assert.deepEqual(
    Object.keys(body.session.user).sort(),
    ["email", "email_verified", "id", "metadata", "passkeys", "profile", "roles", "second_factor"],
    shown,
  );
  assert.equal(body.token_type, "Bearer");
  // Randomly up to a tenth less, so that clients do not renew at the same time.
  const [least, most] = [ttl - Math.floor(ttl / 10), ttl];
  assert.ok(Number.isInteger(body.expires_in) && body.expires_in >= least && body.expires_in <= most, shown);
  for (const time of [
    body.session.created_at,
    body.session.auth_time,
    body.session.expires_at,
    body.session.idle_expires_at,
  ]) {
    assert.ok(Number.isInteger(time) && time > 1.5e9 && time < 1e11, `integer seconds, ${shown}`);
  }
  for (const id of [body.session.id, body.session.user.id, body.access_token])
    assert.ok(typeof id === "string" && id, shown);
  assert.equal(typeof body.session.user.email_verified, "boolean", shown);
  assert.ok(Array.isArray(body.session.user.roles), shown);
  assert.ok(Array.isArray(body.session.methods) && body.session.methods.length > 0, shown);
  return body;
}

/** Two times that one request has, in seconds: they are read one after the other, so the second may have changed. */
export function assertJustBefore(one: unknown, other: unknown): void {
  const apart = Number(other) - Number(one);
  assert.ok(apart >= 0 && apart < 60, `${one} and ${other}`);
}

/** Check 36. */
export function assertNoStore(answer: Answer, what = ""): void {
  assert.match(answer.header("cache-control") ?? "", /(^|[ ,])no-store($|[ ,])/, `${what}: Cache-Control`);
}

export interface SetCookie {
  /** What the client sends back: `name=value`. */
  pair: string;
  value: string;
  maxAge: number;
}

/** Check 32: exactly one Set-Cookie of the session's cookie, at most one of the device cookie, and no other. */
export function assertCookie(answer: Answer): SetCookie {
  const known = [COOKIE, DEVICE_COOKIE, CHALLENGE_COOKIE];
  assert.ok(answer.setCookies.every((line) => known.includes(line.split("=")[0] ?? "")));
  if (answer.setCookies.some((line) => line.startsWith(`${DEVICE_COOKIE}=`))) assertDeviceCookie(answer);
  return assertOneCookie(answer, COOKIE);
}

/** The cookie of a challenge that was just issued: at most the device cookie is beside it. */
export function assertChallengeCookie(answer: Answer): SetCookie {
  assert.ok(answer.setCookies.every((line) => [CHALLENGE_COOKIE, DEVICE_COOKIE].includes(line.split("=")[0] ?? "")));
  const cookie = assertOneCookie(answer, CHALLENGE_COOKIE);
  assert.equal(cookie.maxAge, 600);
  assert.match(cookie.value, /^1\.[^.]+\.[A-Za-z0-9_-]{43}$/, "the account, and 32 bytes in base64url");
  return cookie;
}

/** The device cookie: 32 random bytes for 400 days, with the attributes of the session's cookie. */
export function assertDeviceCookie(answer: Answer): SetCookie {
  const cookie = assertOneCookie(answer, DEVICE_COOKIE);
  assert.equal(cookie.maxAge, 400 * 86_400);
  assert.match(cookie.value, /^[A-Za-z0-9_-]{43}$/, "32 bytes, base64url");
  return cookie;
}

/** One Set-Cookie of this name, with exactly the attributes of the contract. */
function assertOneCookie(answer: Answer, name: string): SetCookie {
  const [line = "", ...more] = answer.setCookies.filter((one) => one.startsWith(`${name}=`));
  const shown = JSON.stringify(answer.setCookies.map((c) => c.slice(0, 40)));
  assert.ok(line && more.length === 0, `one Set-Cookie of ${name} in ${shown}`);
  assertNoStore(answer, "a response with a cookie");
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const value = pair.slice(pair.indexOf("=") + 1);
  const maxAge = attributes.find((a) => /^max-age=/i.test(a)) ?? "";
  assert.match(maxAge, /^Max-Age=\d+$/i);
  assert.deepEqual(attributes.map((a) => a.toLowerCase()).sort(), [
    "httponly",
    maxAge.toLowerCase(),
    "path=/",
    "samesite=strict",
    "secure",
  ]);
  return { pair, value, maxAge: Number(maxAge.slice("Max-Age=".length)) };
}

/** The five parts of a valid cookie's value. */
export function cookieParts(value: string): { account: string; family: string; generation: number; secret: string } {
  const parts = value.split(".");
  assert.equal(parts.length, 5, `five parts in a cookie's value, found ${parts.length}`);
  const [version, account = "", family = "", generation = "", secret = ""] = parts;
  assert.equal(version, "1");
  assert.match(generation, /^(0|[1-9]\d*)$/);
  assert.match(secret, /^[A-Za-z0-9_-]{43}$/, "32 bytes, base64url");
  return { account, family, generation: Number(generation), secret };
}

/** The response to a change of the user. Returns the user. */
export function assertUser(answer: Answer): TokenResponse["session"]["user"] {
  const shown = `${answer.status} ${answer.text.slice(0, 400)}`;
  assert.equal(answer.status, 200, shown);
  assert.match(answer.header("content-type") ?? "", /^application\/json(;|$)/, shown);
  assertNoStore(answer, shown);
  assertHygiene(answer, shown);
  assertUnframed(answer, shown);
  assert.deepEqual(Object.keys(answer.json()), ["user"], shown);
  return answer.json().user;
}
