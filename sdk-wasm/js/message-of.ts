import { type AuthErrorCode, TITLES } from "./generated/codes.js";

/** What an error says to people. Not in the page's own code, of which the list of all titles would be the largest part. */
export function messageOf(code: AuthErrorCode, detail?: string): string {
  return detail ? `${TITLES[code]} ${detail}` : TITLES[code];
}
