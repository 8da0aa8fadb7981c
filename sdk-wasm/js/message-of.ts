import { type AuthErrorCode, TITLES } from "./generated/codes.js";

/** What an error says to people. Not in the page's own code, where the list of all titles would be its largest part. */
export function messageOf(code: AuthErrorCode, detail: string | undefined): string {
  return detail ? `${TITLES[code]} ${detail}` : TITLES[code];
}
