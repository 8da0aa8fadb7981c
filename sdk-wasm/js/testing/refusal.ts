import { errorOf } from "../error-of.js";
import type { AuthError } from "../errors.js";
import type { SessionEndReason } from "../generated/codes.js";

/** What the fake service refuses with, by the statuses of the real one. */
const STATUS = {
  invalid_request: 400,
  invalid_credentials: 401,
  session_ended: 401,
  invalid_token: 401,
  sign_up_closed: 403,
  reauthentication_required: 403,
  not_found: 404,
  email_taken: 409,
  unavailable: 503,
} as const;

export function refusal(
  code: keyof typeof STATUS,
  details: { reason?: SessionEndReason; retryAfter?: number } = {},
): AuthError {
  return errorOf(code, { status: STATUS[code], transient: code === "unavailable", ...details });
}

/** The gate's refusals, as an API's caller gets them. */
export function problem(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Response {
  const body = JSON.stringify({ type: "about:blank", title: code, status, code });
  return new Response(body, { status, headers: { ...headers, "Content-Type": "application/problem+json" } });
}
