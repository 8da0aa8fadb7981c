// The states of the sign-in form, without a framework, a document, a clock or a request. `run-sign-in-form.ts` feeds
// it, `sign-in-markup.ts` says what is shown. This file knows the password; `sign-in-ways.ts`, which is loaded if the
// service offers more, adds all other ways to sign in.
import { type AuthErrorCode, PASSWORD_LENGTH, type SessionEndReason } from "../generated/codes.js";
import type { SecondFactorMethod, SignInMethods } from "../ways-in.js";
import type { AuthSnapshot } from "./connection.js";
import type { LoadedWays } from "./sign-in-ways.js";

/** What the form is for. */
export type SignInMode = "sign-in" | "sign-up";

/**
 * Where the user is, if not at the start: the code of a mail is asked for, to sign in or to reset the password
 * (`forgot`: where to send it); the second factor is, by its method; or a mail's link has been opened in another
 * browser than the one that requested the code (`link`).
 */
export type SignInStep = "code" | "forgot" | "reset" | "link" | SecondFactorMethod;

/** A call that is under way. */
export type SignInCall =
  | SignInMode
  | "send-code"
  | "verify-code"
  | "forgot"
  | "reset"
  | "use-passkey"
  | "create-passkey"
  | "provider"
  | "second-factor";

/** A field, by the `name` of its input. */
export type SignInField = "email" | "password" | "code";

/** What is wrong with what was typed, by the name of its text. */
export type SignInProblem = "email" | "password" | "passwordRule" | "passwordTooCommon" | "code";

/** Why a call failed, or why there is no session: an `AuthError`, as far as it is explained. */
export interface SignInFailure {
  /**
   * `cancelled`: the browser's dialog for passkeys was closed. `provider_conflict`: there is an account with the address
   * of the provider's user.
   */
  readonly code: AuthErrorCode | "cancelled" | "provider_conflict";
  readonly reason?: SessionEndReason | undefined;
  /** The field that the service rejects, of those of the call. */
  readonly field?: string | undefined;
}

/** What was typed. Passwords and codes are in no state. */
export type SignInValues = { readonly [Field in SignInField]?: string | undefined };

export interface SignInState {
  readonly mode: SignInMode;
  /** What the client said last. */
  readonly auth: Pick<AuthSnapshot, "status" | "session" | "lastError">;
  /** What the service offers, as soon as it is known. */
  readonly methods?: SignInMethods | undefined;
  /** All other ways than a password, if the service offers any. */
  readonly ways?: LoadedWays | undefined;
  /** Absent at the start. */
  readonly step?: SignInStep | undefined;
  /** The address that a step is about, or that is filled in at the start. */
  readonly email?: string | undefined;
  /** The code that a mail's link has brought. */
  readonly code?: string | undefined;
  /** How the user can prove the second factor, if it is asked for. */
  readonly factors?: readonly SecondFactorMethod[] | undefined;
  /** The name, for users, of the provider for which the page is left. */
  readonly provider?: string | undefined;
  /** The call that is under way. */
  readonly busy?: SignInCall | undefined;
  /** The user has tried to sign in, so why they were signed out before is of no interest any more. */
  readonly tried?: boolean;
  /** The password is legible. */
  readonly revealed?: boolean;
  readonly problems: { readonly [Field in SignInField]?: SignInProblem | false | undefined };
  readonly failure?: SignInFailure | undefined;
  /** After how many seconds the service accepts another attempt; 0: now. */
  readonly wait?: number | undefined;
  /** After how many seconds another code can be requested. */
  readonly resend?: number | undefined;
  /** What gets the focus. Another object each time that the focus has to move. */
  readonly focus?: { readonly on: SignInField | "message" | "submit" } | undefined;
}

export type SignInEvent =
  /** The client's state may have changed. */
  | { readonly type: "auth"; readonly auth: SignInState["auth"] }
  /** The service has said what it offers. */
  | { readonly type: "methods"; readonly methods: SignInMethods }
  | { readonly type: "ways"; readonly ways: LoadedWays }
  /** The user asks for the other mode. */
  | { readonly type: "switch" }
  /** The user asks to see the password, or not any more. */
  | { readonly type: "reveal" }
  | { readonly type: "edit"; readonly field: SignInField }
  | { readonly type: "submit"; readonly values: SignInValues }
  | { readonly type: "failed"; readonly failure: SignInFailure }
  | { readonly type: "succeeded" }
  | { readonly type: "wait"; readonly seconds: number }
  // All others are for the ways.
  /** The user presses another button, by its `name`. */
  | { readonly type: "press"; readonly name: string; readonly values: SignInValues }
  /** A mail with a code was sent. */
  | { readonly type: "sent" }
  | { readonly type: "resend"; readonly seconds: number }
  | { readonly type: "second-factor"; readonly methods: readonly SecondFactorMethod[] }
  /** A mail's link was opened. `requested`: what this browser has requested. */
  | { readonly type: "link"; readonly code: string; readonly requested?: RequestedCode | undefined }
  /** The page that was left for a provider is shown again. */
  | { readonly type: "back" };

/** What a browser remembers of the code that it has requested. */
export interface RequestedCode {
  readonly step: "code" | "reset";
  readonly email: string;
}

/** The field that a failure is about, where the user goes on. After all other failures they go on at the message. */
export const FIELD_OF: { readonly [Code in SignInFailure["code"]]?: SignInField } = {
  email_taken: "email",
  invalid_credentials: "password",
  code_invalid: "code",
};

/** The next state; the same object if nothing changes. A call has to be made if a submission makes it `busy`. */
export function nextState(state: SignInState, event: SignInEvent): SignInState {
  const { mode, auth, busy, problems, methods, ways } = state;
  /** What outlives a step. */
  const kept = { mode, auth, ...(methods && { methods }), ...(ways && { ways }) };
  switch (event.type) {
    case "auth":
      return event.auth === auth ? state : { ...state, auth: event.auth };
    case "methods":
      return { ...state, methods: event.methods, mode: event.methods.signUp ? mode : "sign-in" };
    case "ways":
      return { ...state, ways: event.ways };
    case "reveal":
      return { ...state, revealed: !state.revealed };
    case "wait":
      return { ...state, wait: event.seconds };
    case "edit": {
      const edited = { ...state, problems: { ...problems, [event.field]: false } } as const;
      // Limits are per account, so with another address the user need not wait.
      return event.field === "email" ? { ...edited, failure: undefined, wait: undefined } : edited;
    }
    case "switch":
      if (busy) return state;
      return { ...kept, mode: mode === "sign-in" ? "sign-up" : "sign-in", problems: {}, focus: { on: "email" } };
    case "submit": {
      if (busy || state.wait) return state;
      const found = problemsOf(mode, event.values);
      const on = found.email ? "email" : found.password && "password";
      // Sent or not, the password is hidden again: password managers do not offer to save one that is legible.
      return { ...kept, problems: found, ...(on ? { focus: { on } } : { busy: mode, tried: true }) };
    }
    case "failed": {
      const { code, field } = event.failure;
      const failed = { ...state, busy: undefined } as const;
      if (field === "email" || field === "password") {
        // Its length has been checked, so the password is one of those that are guessed first.
        const problem = field === "email" ? field : "passwordTooCommon";
        return { ...failed, problems: { [field]: problem }, focus: { on: field } };
      }
      return { ...failed, failure: event.failure, focus: { on: FIELD_OF[code] ?? "message" } };
    }
    case "succeeded":
      return { ...kept, problems: {} };
    default:
      return state;
  }
}

/** What is wrong with an address and a password. */
export function problemsOf(mode: SignInMode, { email = "", password = "" }: SignInValues): SignInState["problems"] {
  // Characters as the service counts them: Unicode's, not JavaScript's.
  const { length } = [...password];
  const { min, max } = PASSWORD_LENGTH;
  return {
    // Rejects nothing that the service accepts.
    email: !/^\s*[^\s@]+@[^\s@]+\s*$/.test(email) && "email",
    // To sign in, a password that no account can have is just a wrong one.
    password: !length ? "password" : mode === "sign-up" && (length < min || length > max) && "passwordRule",
  };
}
