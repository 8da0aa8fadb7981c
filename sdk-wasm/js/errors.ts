import type { AuthErrorCode, SessionEndReason } from "./generated/codes.js";

/** What is known of a failure beside its code. */
export interface AuthErrorDetails {
  status?: number | undefined;
  transient?: boolean | undefined;
  reason?: SessionEndReason | undefined;
  detail?: string | undefined;
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** Marks our errors. By the registry of symbols, because a page may have two copies of this module. */
const BRAND = Symbol.for("latchkey-auth.AuthError");

/** Every failure of this package. Branch on `code`; `message` is for people and may change. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  /** One of a closed set. */
  declare readonly code: AuthErrorCode;
  /** Whether the same may well succeed later: the service is down, the network is gone, too many attempts. */
  declare readonly transient: boolean;
  /** The HTTP status, if there was an answer. */
  declare readonly status?: number | undefined;
  /** With `session_ended`: why. */
  declare readonly reason?: SessionEndReason | undefined;
  /** What the service said of this very request, for people: which field is wrong, or that a password is too common. */
  declare readonly detail?: string | undefined;
  /** When the service wants to be asked again, in seconds from when it said so. */
  declare readonly retryAfter?: number | undefined;

  /** @internal */
  constructor(code: AuthErrorCode, message: string, details: AuthErrorDetails = {}) {
    const { status, transient = false, reason, detail, retryAfter, cause } = details;
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, { code, transient, status, reason, detail, retryAfter });
    // Not enumerable, so that nothing which copies or prints an error's members meets it.
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether something that was thrown is an {@link AuthError}. */
export function isAuthError(error: unknown): error is AuthError {
  // Not by name: other libraries (Supabase, MSAL, Auth.js) have an AuthError too.
  return error instanceof Error && BRAND in error;
}
