import { type AuthErrorCode, isAuthError, type SessionEndReason } from "latchkey-auth";
import { Refusal } from "../api/refusal.ts";
import { Unreachable } from "../api/unreachable.ts";
import { seconds } from "../format/time.ts";

/** What people read for each code. The type is closed, so a new code without a message doesn't compile. */
const MESSAGES: Readonly<Record<AuthErrorCode, string>> = {
  invalid_request: "The service didn't understand that. Check what you typed and try again.",
  invalid_credentials: "The e-mail address or the password is wrong.",
  session_ended: "Your session has ended. Please sign in again.",
  invalid_token: "The API didn't accept this session. Try again, or sign out and in again.",
  second_factor_required: "Your second factor is needed, too.",
  code_invalid: "This code is wrong. Check it and try again.",
  challenge_expired: "This has expired. Please start again.",
  step_up_required: "Confirm your second factor to do that.",
  request_forgery: "The request was refused because it didn't seem to come from this site. Reload the page.",
  sign_up_closed: "New accounts can't be created here.",
  sign_up_refused: "It isn't possible to sign up with this.",
  insufficient_scope: "You aren't allowed to do that.",
  reauthentication_required: "You signed in a while ago. Confirm that it is you, then try again.",
  not_found: "That isn't there, or not any more.",
  method_not_allowed: "The service doesn't do that. This page may be out of date: reload it.",
  email_taken: "There is already an account with this address. Sign in, or use another address.",
  last_credential: "This is the only way to sign in to your account. Add another one first.",
  already_linked: "This is linked to another account already. Sign in with it, and unlink it there first.",
  too_large: "That is more than the service takes at once.",
  unsupported_media_type: "The service can't read that. This page may be out of date: reload it.",
  rate_limited: "Too many attempts. Wait a little, then try again.",
  unavailable: "The service is busy. Try again in a moment.",
  bad_gateway: "The API behind the gate can't be reached. Try again in a moment.",
  provider_failed: "Signing in at the other provider didn't work. Try again.",
  mail_unavailable: "The mail couldn't be sent. Try again in a few minutes.",
  gateway_timeout: "The API behind the gate took too long to answer. Try again.",
  origin_not_allowed: "The vault doesn't send your session to that address.",
  not_replayable: "The request couldn't be sent a second time. Please try again.",
  cookie_blocked: "Your browser blocks the cookie that keeps you signed in. Allow cookies for this site and try again.",
  invalid_options: "This page is configured incorrectly, so sign-in is not possible.",
  signed_out: "You are signed out. Sign in and try again.",
  network: "The service can't be reached. Check your connection and try again.",
  timeout: "The service took too long to answer. Try again.",
  bad_response: "Something other than the service answered, perhaps the network's own sign-in page. Try again.",
  vault_unavailable:
    "Your browser doesn't let this page keep a session safely, or a part of it could not be loaded. Reload it.",
  service_worker_in_control:
    "A service worker of this site could read your session, so this page does not start one. Reload it.",
  disposed: "This page has let go of its session. Reload it.",
};

const ENDED: Readonly<Record<SessionEndReason, string>> = {
  none: "The service doesn't know your session any more. Please sign in again.",
  expired: "Your session has reached its end. Please sign in again.",
  idle: "Your session ended because it wasn't used for a while. Please sign in again.",
  revoked: "Your session was ended from another device or tab. Please sign in again.",
  reused:
    "An old copy of this session's cookie was used, so the session was ended for your safety. Please sign in again.",
};

/** What to tell the user about whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Refusal) return error.detail ?? (isCode(error.code) ? MESSAGES[error.code] : error.title);
  if (error instanceof Unreachable) return "The API can't be reached. Check your connection and try again.";
  if (error instanceof DOMException && error.name === "NotAllowedError") return "No passkey was used. Try again.";
  if (error instanceof DOMException && error.name === "InvalidStateError")
    return "This device has a passkey of your account already.";
  if (!isAuthError(error)) return "Something went wrong in this page. Reload it and try again.";
  if (error.code === "session_ended" && error.reason) return ENDED[error.reason];
  if (error.code === "invalid_request" && error.detail) return error.detail;
  if (error.retryAfter === undefined) return MESSAGES[error.code];
  if (error.code === "rate_limited") return `Too many attempts. Try again in ${seconds(error.retryAfter)}.`;
  if (error.code === "unavailable") return `The service is busy. Try again in ${seconds(error.retryAfter)}.`;
  return MESSAGES[error.code];
}

/** What to tell the user about a password that they have typed in their session; `null`: what is said everywhere. */
export function wrongPassword(error: unknown): string | null {
  if (!isAuthError(error)) return null;
  if (error.code === "invalid_credentials") return "That isn't your password.";
  if (error.field === "currentPassword") return "Your account has a password, which is needed for this.";
  return null;
}

/** What a provider's way back says in the page's address, in words; `null` if it says nothing. */
export function arrivalProblem(search: string): string | null {
  const code = new URLSearchParams(search).get("error") ?? "";
  return isCode(code) ? MESSAGES[code] : null;
}

function isCode(code: string): code is AuthErrorCode {
  return Object.hasOwn(MESSAGES, code);
}
