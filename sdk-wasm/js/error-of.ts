import { AuthError, type AuthErrorDetails } from "./errors.js";
import type { AuthErrorCode } from "./generated/codes.js";
import { messageOf } from "./message-of.js";

/** An error with the message that belongs to its code. */
export function errorOf(
  code: AuthErrorCode,
  details: AuthErrorDetails & { detail?: string | undefined } = {},
): AuthError {
  return new AuthError(code, messageOf(code, details.detail), details);
}
