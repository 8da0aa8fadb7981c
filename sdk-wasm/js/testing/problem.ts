import { AUTH_METHODS, type ServiceErrorCode, type SessionEndReason, TITLES } from "../generated/codes.js";
import { platform } from "./platform.js";

/** The refusals of the fake service, with the statuses of the real one. */
const STATUS = {
  invalid_request: 400,
  invalid_credentials: 401,
  session_ended: 401,
  invalid_token: 401,
  sign_up_closed: 403,
  reauthentication_required: 403,
  not_found: 404,
  email_taken: 409,
  rate_limited: 429,
  unavailable: 503,
} as const satisfies Partial<Record<ServiceErrorCode, number>>;

type Code = keyof typeof STATUS;

/** Members of a problem that only some codes have. */
interface More {
  /** With `session_ended`. */
  readonly reason?: SessionEndReason | undefined;
  /** With `invalid_request`. */
  readonly field?: string;
  readonly detail?: string;
}

/** A rejected request. */
export class Refusal extends Error {
  readonly code: Code;
  readonly more: More;

  constructor(code: Code, more: More = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

/** A problem document (RFC 9457), as service and gate answer it. */
export function problem(code: Code, headers: Record<string, string> = {}, more: More = {}): Response {
  const status = STATUS[code];
  const methods = code === "reauthentication_required" ? AUTH_METHODS : undefined;
  const body = { type: "about:blank", title: TITLES[code], status, code, methods, ...more };
  const init = { status, headers: { ...headers, "Content-Type": "application/problem+json" } };
  return new (platform("Response"))(JSON.stringify(body), init);
}
