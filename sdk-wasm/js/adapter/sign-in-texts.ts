import type { AuthErrorCode, SessionEndReason } from "../generated/codes.js";
import type { SignInCall, SignInMode, SignInProblem, SignInStep } from "./sign-in-form.js";

/** The codes with which other calls of the client fail, but never `signIn` and `signUp`. */
type CodeOfOtherCalls =
  | "invalid_token"
  | "second_factor_required"
  | "last_credential"
  | "already_linked"
  | "step_up_required"
  | "insufficient_scope"
  | "reauthentication_required"
  | "bad_gateway"
  | "gateway_timeout"
  | "origin_not_allowed"
  | "not_replayable";

/** The codes with which only the other ways to sign in fail. */
type CodeOfWays = "code_invalid" | "challenge_expired" | "provider_failed" | "mail_unavailable";

/**
 * The codes with which `signIn` and `signUp` fail. A code that is added to {@link AuthErrorCode} is one of these, so
 * languages do not compile until they explain it. `session_ended` is explained by its reason.
 */
export type SignInErrorCode = Exclude<AuthErrorCode, CodeOfOtherCalls | CodeOfWays | "session_ended">;

/** What `<SignIn>` says, in one language. To change single texts: `{ ...en, signIn: "Log in" }`. */
export interface SignInTexts {
  /** The language, as a BCP 47 tag (`"de"`, `"pt-BR"`): the form's `lang`, and how durations are written. */
  readonly lang: string;
  readonly email: string;
  readonly password: string;
  /** The label of the button that makes the password legible. It stays the same; the button is pressed or not. */
  readonly reveal: string;
  /** The label of the form, and of the button that submits it. */
  readonly submit: Readonly<Record<SignInMode, string>>;
  /** While the call is under way. */
  readonly busy: Readonly<Record<SignInMode, string>>;
  /** In each mode, the label of the button that leads to the other mode. */
  readonly switch: Readonly<Record<SignInMode, string>>;
  /** How long to wait, after an error. `{in}` stands for the time: "in 2 minutes". */
  readonly wait: string;
  /** After that time. */
  readonly waitIsOver: string;
  /**
   * What is wrong with a field. `passwordRule` is also shown before anything is wrong; `{min}` and `{max}` stand for
   * numbers of characters.
   */
  readonly problems: Readonly<Record<Exclude<SignInProblem, "code">, string>>;
  /** Why the user was signed out. */
  readonly ended: Readonly<Record<SessionEndReason, string>>;
  /** Why it was not possible to sign in or up, and what the user can do. */
  readonly errors: Readonly<Record<SignInErrorCode, string>>;
  /** Any other failure. */
  readonly unknown: string;
  /** The texts of all ways but the password, which are loaded if the service offers any of them. */
  readonly ways: () => Promise<SignInWaysTexts>;
}

/** What `<SignIn>` says about passkeys, codes by mail, other providers and second factors, in one language. */
export interface SignInWaysTexts {
  /** Between the password and the other ways. */
  readonly or: string;
  /** The label of the button for passkeys, by what the form is for. */
  readonly passkey: Readonly<Record<SignInMode, string>>;
  /** The label of the button that sends a code by mail. */
  readonly sendCode: string;
  /** The label of the button of a provider. `{provider}` stands for its name. */
  readonly provider: string;
  /** The label of the button for users who have forgotten the password. */
  readonly forgot: string;
  /** The label of the button that leads back to the start. */
  readonly back: string;
  /** The title of each step. */
  readonly title: Readonly<Record<SignInStep, string>>;
  /** What the user has to do in each step. `{email}` stands for the address. */
  readonly intro: Readonly<Record<SignInStep, string>>;
  /** The label of the button that submits each step. A link has none. */
  readonly submit: Readonly<Record<Exclude<SignInStep, "link">, string>>;
  /** The label of the button that asks for another method of the second factor instead. */
  readonly instead: Readonly<Record<Extract<SignInStep, "totp" | "recovery_code" | "passkey">, string>>;
  /** While a call is under way. `{provider}` stands for the provider's name. */
  readonly busy: Readonly<Record<Exclude<SignInCall, SignInMode>, string>>;
  /** The label of the field for the code, by its kind. */
  readonly code: Readonly<Record<"mail" | "totp" | "recovery_code", string>>;
  /** What is wrong with a code that cannot be one. */
  readonly codeRule: Readonly<Record<"mail" | "totp" | "recovery_code", string>>;
  readonly newPassword: string;
  readonly resend: string;
  /** Until another code can be requested. `{in}` stands for the time: "in 20 seconds". */
  readonly resendLater: string;
  /** Why it was not possible to sign in, in addition to {@link SignInTexts.errors}. */
  readonly errors: Readonly<Record<CodeOfWays | "cancelled" | "provider_conflict", string>>;
}
