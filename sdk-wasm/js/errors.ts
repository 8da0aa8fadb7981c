import type { AuthErrorCode, AuthMethod, SessionEndReason } from "./generated/codes.js";

/** Details of a failure, in addition to its code. */
export interface AuthErrorDetails {
  status?: number | undefined;
  transient?: boolean | undefined;
  reason?: SessionEndReason | undefined;
  methods?: readonly AuthMethod[] | undefined;
  field?: string | undefined;
  detail?: string | undefined;
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** Marks the errors of this package. From the registry of symbols, because a page may have two copies of this module. */
const BRAND = Symbol.for("latchkey-auth.AuthError");

/** Every failure of this package. Branch on `code`; `message` is for people and may change. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  /** The kind of failure, one of a closed set. */
  declare readonly code: AuthErrorCode;
  /** Whether the same call may succeed later: the service is down, there is no network, too many attempts. */
  declare readonly transient: boolean;
  /** The HTTP status, if there was an answer. */
  declare readonly status?: number | undefined;
  /** With `session_ended`: why the session ended. */
  declare readonly reason?: SessionEndReason | undefined;
  /** With `reauthentication_required`: the methods by which the user can prove a credential again. */
  declare readonly methods?: readonly AuthMethod[] | undefined;
  /**
   * With `invalid_request`: the invalid field, by its name in the call (`email`, `newPassword`). Missing if it is no
   * single field. `detail` says what is wrong with it.
   */
  declare readonly field?: string | undefined;
  /** The service's explanation of this error, for people: which field is wrong, or that a password is too common. */
  declare readonly detail?: string | undefined;
  /** After how many seconds the service accepts another attempt, counted from its response. */
  declare readonly retryAfter?: number | undefined;

  /** @internal */
  constructor(code: AuthErrorCode, message: string, details: AuthErrorDetails = {}) {
    const { status, transient = false, reason, methods, field, detail, retryAfter, cause } = details;
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, { code, transient, status, reason, methods, field, detail, retryAfter });
    // Not enumerable, so that code which copies or prints an error's members leaves it out.
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether a caught value is an {@link AuthError}. */
export function isAuthError(error: unknown): error is AuthError {
  // Not by name: other libraries (Supabase, MSAL, Auth.js) have an AuthError too.
  return error instanceof Error && BRAND in error;
}
