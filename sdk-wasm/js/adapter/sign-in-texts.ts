import type { AuthErrorCode, SessionEndReason } from "../generated/codes.js";
import type { SignInMode, SignInProblem } from "./sign-in-form.js";

/** The codes with which other calls of the client fail, but never `signIn` and `signUp`. */
type CodeOfOtherCalls =
  | "invalid_token"
  | "step_up_required"
  | "insufficient_scope"
  | "reauthentication_required"
  | "bad_gateway"
  | "gateway_timeout"
  | "origin_not_allowed"
  | "not_replayable";

/**
 * The codes with which `signIn` and `signUp` fail. A code that is added to {@link AuthErrorCode} is one of these, so
 * languages do not compile until they explain it. `session_ended` is explained by its reason.
 */
export type SignInErrorCode = Exclude<AuthErrorCode, CodeOfOtherCalls | "session_ended">;

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
  readonly problems: Readonly<Record<SignInProblem, string>>;
  /** Why the user was signed out. */
  readonly ended: Readonly<Record<SessionEndReason, string>>;
  /** Why it was not possible to sign in or up, and what the user can do. */
  readonly errors: Readonly<Record<SignInErrorCode, string>>;
  /** Any other failure. */
  readonly unknown: string;
}
