// The states of the sign-in form, without a framework, a document, a clock or a request. `run-sign-in-form.ts` feeds
// it, `sign-in-markup.ts` says what is shown.
import { type AuthErrorCode, PASSWORD_LENGTH, type SessionEndReason } from "../generated/codes.js";
import type { AuthSnapshot } from "./connection.js";

/** What the form is for. */
export type SignInMode = "sign-in" | "sign-up";

/** A field, by the `name` of its input. */
export type SignInField = "email" | "password";

/** What is wrong with what was typed, by the name of its text. */
export type SignInProblem = "email" | "password" | "passwordRule" | "passwordTooCommon";

/** Why a call failed, or why there is no session: an `AuthError`, as far as it is explained. */
export interface SignInFailure {
  readonly code: AuthErrorCode;
  readonly reason?: SessionEndReason | undefined;
  /** The field that the service rejects, of those of the call. */
  readonly field?: string | undefined;
}

/** What was typed. It is in no state. */
export type SignInValues = { readonly [Field in SignInField]: string };

export interface SignInState {
  readonly mode: SignInMode;
  /** What the client said last. */
  readonly auth: Pick<AuthSnapshot, "status" | "session" | "lastError">;
  /** A call is under way. */
  readonly busy?: boolean;
  /** The password is legible. */
  readonly revealed?: boolean;
  readonly problems: { readonly [Field in SignInField]?: SignInProblem | false | undefined };
  readonly failure?: SignInFailure | undefined;
  /** After how many seconds the service accepts another attempt; 0: now. */
  readonly wait?: number | undefined;
  /** What gets the focus. Another object each time that the focus has to move. */
  readonly focus?: { readonly on: SignInField | "message" } | undefined;
}

export type SignInEvent =
  /** The client's state may have changed. */
  | { readonly type: "auth"; readonly auth: SignInState["auth"] }
  /** The user asks for the other mode. */
  | { readonly type: "switch" }
  /** The user asks to see the password, or not any more. */
  | { readonly type: "reveal" }
  | { readonly type: "edit"; readonly field: SignInField }
  | { readonly type: "submit"; readonly values: SignInValues }
  | { readonly type: "failed"; readonly failure: SignInFailure }
  | { readonly type: "succeeded" }
  | { readonly type: "wait"; readonly seconds: number };

/** The field that a failure is about, where the user goes on. After all other failures they go on at the message. */
export const FIELD_OF: { readonly [Code in AuthErrorCode]?: SignInField } = {
  email_taken: "email",
  invalid_credentials: "password",
};

/** The next state; the same object if nothing changes. A call has to be made if a submission makes it `busy`. */
export function nextState(state: SignInState, event: SignInEvent): SignInState {
  const { mode, auth, busy, problems } = state;
  switch (event.type) {
    case "auth":
      return event.auth === auth ? state : { ...state, auth: event.auth };
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
      return { mode: mode === "sign-in" ? "sign-up" : "sign-in", auth, problems: {}, focus: { on: "email" } };
    case "submit": {
      if (busy || state.wait) return state;
      const found = problemsOf(mode, event.values);
      const on = found.email ? "email" : found.password && "password";
      // Sent or not, the password is hidden again: password managers do not offer to save one that is legible.
      return { mode, auth, problems: found, ...(on ? { focus: { on } } : { busy: true }) };
    }
    case "failed": {
      const { code, field } = event.failure;
      const failed = { ...state, busy: false } as const;
      if (field === "email" || field === "password") {
        // Its length has been checked, so the password is one of those that are guessed first.
        const problem = field === "email" ? field : "passwordTooCommon";
        return { ...failed, problems: { [field]: problem }, focus: { on: field } };
      }
      return { ...failed, failure: event.failure, focus: { on: FIELD_OF[code] ?? "message" } };
    }
    case "succeeded":
      return { mode, auth, problems: {} };
  }
}

function problemsOf(mode: SignInMode, { email, password }: SignInValues): SignInState["problems"] {
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
