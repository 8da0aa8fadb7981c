import { AuthError, type AuthErrorDetails } from "./errors.js";
import { type AuthErrorCode, TITLES } from "./generated/codes.js";

// Not in the page's own code, of which the list of all titles would be the largest part.

/** What an error says to people. */
export function messageOf(code: AuthErrorCode, detail?: string): string {
  return detail ? `${TITLES[code]} ${detail}` : TITLES[code];
}

/** An error with the message that belongs to its code. */
export function errorOf(
  code: AuthErrorCode,
  details: AuthErrorDetails & { detail?: string | undefined } = {},
): AuthError {
  return new AuthError(code, messageOf(code, details.detail), details);
}
