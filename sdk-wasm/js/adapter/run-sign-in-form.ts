import type { AuthError } from "../errors.js";
import type { Session } from "../types.js";
import type { Connection } from "./connection.js";
import {
  nextState,
  type SignInEvent,
  type SignInField,
  type SignInMode,
  type SignInState,
  type SignInValues,
} from "./sign-in-form.js";

/** A form that runs: an external store, for one component. */
export interface RunningSignInForm {
  /** What a server renders, and what is hydrated. */
  readonly initial: SignInState;
  /** The latest state: another object only if it has changed. */
  read(): SignInState;
  /** Starts the client; calls `listener` after each change. Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void;
  /** Handlers for the form's events, by the names that React and Vue give them. */
  readonly on: {
    onSubmit(event: { preventDefault(): void; currentTarget: unknown }): void;
    onClick(event: { target: unknown; currentTarget: unknown }): void;
    onInput(event: { target: unknown }): void;
  };
}

/** @param onSignedIn Called once for each session that there is while the form is subscribed to. */
export function runSignInForm(
  connection: Connection,
  mode: SignInMode | undefined = "sign-in",
  onSignedIn: (session: Session) => void,
): RunningSignInForm {
  const { initial: auth } = connection;
  const initial: SignInState = { mode, auth, problems: {} };
  let state = initial;
  /** The form's element, once it has been used. */
  let form: HTMLFormElement | null = null;
  let listener: (() => void) | undefined;
  let failed: SignInState["auth"] | undefined;
  /** The id of the session that `onSignedIn` knows. */
  let told: string | undefined;
  /** When the service accepts another attempt, in milliseconds since the Unix epoch. */
  let deadline = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const send = (event: SignInEvent) => {
    const before = state;
    state = nextState(before, event);
    if (state === before) return false;
    const { focus } = state;
    if (focus && focus !== before.focus) {
      // After it has been rendered, so that screen readers read the field with its problem.
      setTimeout(() => form?.querySelector<HTMLElement>(`[part=${focus.on}],[name=${focus.on}]`)?.focus());
    }
    listener?.();
    return true;
  };

  const tick = () => {
    const seconds = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
    send({ type: "wait", seconds });
    if (seconds) timer = setTimeout(tick, 1000);
  };

  const call = async ({ email, password }: SignInValues) => {
    try {
      await auth[state.mode === "sign-in" ? "signIn" : "signUp"]({ email: email.trim(), password });
      send({ type: "succeeded" });
    } catch (error) {
      const failure = error as AuthError;
      send({ type: "failed", failure });
      if (failure.retryAfter) {
        deadline = Date.now() + failure.retryAfter * 1000;
        tick();
      }
    }
  };

  const hear = () => {
    try {
      send({ type: "auth", auth: connection.read() });
    } catch (error) {
      if (!failed) {
        // For the developer: its message says what to change.
        reportError(error);
        failed = { status: "signed-out", session: null, lastError: error as AuthError };
      }
      send({ type: "auth", auth: failed });
    }
    const { session } = state.auth;
    // An initial session is not the vault's word yet.
    if (session?.expiresAt && session.id !== told) {
      told = session.id;
      onSignedIn(session);
    }
  };

  return {
    initial,
    read: () => state,
    subscribe(next) {
      listener = next;
      const stop = connection.subscribe(() => hear());
      hear();
      if (state.wait) tick();
      return () => {
        stop();
        clearTimeout(timer);
        listener = undefined;
      };
    },
    on: {
      onSubmit(event) {
        event.preventDefault();
        form = event.currentTarget as HTMLFormElement;
        const { email, password } = form.elements as unknown as Record<SignInField, HTMLInputElement>;
        const values = { email: email.value, password: password.value };
        if (send({ type: "submit", values }) && state.busy) void call(values);
      },
      onClick({ target, currentTarget }) {
        form = currentTarget as HTMLFormElement;
        const { type, name } = target as HTMLButtonElement;
        if (type === "button") send({ type: name as "reveal" | "switch" });
      },
      onInput: ({ target }) => void send({ type: "edit", field: (target as HTMLInputElement).name as SignInField }),
    },
  };
}
