import { type AuthErrorCode, TITLES } from "./generated/codes.js";

/** The message of an error. Not part of the page's own code, because the list of all titles would be most of it. */
export function messageOf(code: AuthErrorCode, detail?: string): string {
  return detail ? `${TITLES[code]} ${detail}` : TITLES[code];
}
