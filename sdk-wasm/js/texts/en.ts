import type { SignInTexts } from "../adapter/sign-in-texts.js";

export type { SignInErrorCode, SignInTexts, SignInWaysTexts } from "../adapter/sign-in-texts.js";

const misconfigured = "This page is set up incorrectly. Please tell its operator.";
const reload = "Something went wrong. Reload the page and try again.";

/** English. */
export const en: SignInTexts = {
  lang: "en",
  email: "E-mail address",
  password: "Password",
  reveal: "Show password",
  submit: { "sign-in": "Sign in", "sign-up": "Create account" },
  busy: { "sign-in": "Signing in…", "sign-up": "Creating your account…" },
  switch: { "sign-in": "No account yet? Create one", "sign-up": "Already have an account? Sign in" },
  wait: "Try again {in}.",
  waitIsOver: "You can try again now.",
  problems: {
    email: "Enter a valid e-mail address.",
    password: "Enter your password.",
    passwordRule: "{min} to {max} characters. A few words are easy to remember.",
    passwordTooCommon: "This password is too common. Choose another one.",
  },
  ended: {
    none: "You are not signed in any more.",
    expired: "You were signed out because you had been signed in for a long time.",
    idle: "You were signed out because you had not been here for a while.",
    revoked: "You were signed out on another device, or your password was changed.",
    reused: "You were signed out for your safety, because a copy of your session was used.",
  },
  errors: {
    invalid_credentials: "The e-mail address or the password is wrong.",
    email_taken: "This e-mail address has an account already.",
    sign_up_closed: "New accounts cannot be created here.",
    sign_up_refused: "An account cannot be created with this.",
    invalid_request: "The service did not accept this.",
    rate_limited: "There were too many attempts.",
    unavailable: "The service is not available at the moment.",
    network: "There is no connection. What you typed is kept.",
    timeout: "The service took too long to answer. What you typed is kept.",
    bad_response: "The service could not be reached. Your network may want you to sign in to it first.",
    cookie_blocked: "Your browser blocks the cookie that keeps you signed in. Allow cookies for this site.",
    vault_unavailable: "This page did not start. Reload it, or update your browser.",
    service_worker_in_control: "A script of this site could read your session. Reload the page.",
    signed_out: "You were signed out in another tab. Try again.",
    disposed: reload,
    not_found: reload,
    method_not_allowed: reload,
    unsupported_media_type: reload,
    too_large: "What you typed is too long.",
    request_forgery: misconfigured,
    invalid_options: misconfigured,
  },
  unknown: reload,
  ways: async () => (await import("./ways/en.js")).en,
};
