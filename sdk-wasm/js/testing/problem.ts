import { type AuthMethod, type ServiceErrorCode, type SessionEndReason, TITLES } from "../generated/codes.js";
import { platform } from "./platform.js";

/** The refusals of the fake service, with the statuses of the real one. */
const STATUS = {
  invalid_request: 400,
  invalid_credentials: 401,
  session_ended: 401,
  invalid_token: 401,
  second_factor_required: 401,
  step_up_required: 401,
  code_invalid: 401,
  challenge_expired: 401,
  sign_up_closed: 403,
  reauthentication_required: 403,
  not_found: 404,
  email_taken: 409,
  last_credential: 409,
  already_linked: 409,
  rate_limited: 429,
  provider_failed: 502,
  mail_unavailable: 503,
  unavailable: 503,
} as const satisfies Partial<Record<ServiceErrorCode, number>>;

type Code = keyof typeof STATUS;

/** Members of a problem that only some codes have. */
interface More {
  /** With `session_ended`. */
  readonly reason?: SessionEndReason | undefined;
  /** With `second_factor_required`, `reauthentication_required` and `step_up_required`. */
  readonly methods?: readonly AuthMethod[];
  /** With `invalid_request`. */
  readonly field?: string;
  readonly detail?: string;
}

/** A rejected request. */
export class Refusal extends Error {
  readonly code: Code;
  readonly more: More;
  /** The challenge cookie that goes with it. */
  readonly challenge: string | undefined;

  constructor(code: Code, more: More = {}, challenge?: string) {
    super(code);
    this.code = code;
    this.more = more;
    this.challenge = challenge;
  }
}

/** A problem document (RFC 9457), as service and gate answer it. */
export function problem(code: Code, headers: Record<string, string> = {}, more: More = {}): Response {
  const status = STATUS[code];
  const body = { type: "about:blank", title: TITLES[code], status, code, ...more };
  const init = { status, headers: { ...headers, "Content-Type": "application/problem+json" } };
  return new (platform("Response"))(JSON.stringify(body), init);
}
