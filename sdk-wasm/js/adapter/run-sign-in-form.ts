import type { AuthError } from "../errors.js";
import type { Session } from "../types.js";
import type { SignInResult } from "../ways-in.js";
import type { Connection } from "./connection.js";
import {
  nextState,
  problemsOf,
  type SignInEvent,
  type SignInField,
  type SignInMode,
  type SignInState,
  type SignInValues,
} from "./sign-in-form.js";
import { fill, inWords } from "./sign-in-markup.js";
import type { SignInTexts } from "./sign-in-texts.js";

/** What `sign-in-ways.ts` needs of these modules. It is given, because bundlers would put what two files import into a third one. */
const SHARED = { nextState, problemsOf, fill, inWords };

/** A form that runs: an external store, for one component. */
export interface RunningSignInForm {
  /** What a server renders, and what is hydrated. */
  readonly initial: SignInState;
  /** The latest state: another object only if it has changed. */
  read(): SignInState;
  /** Starts the client; calls `listener` after each change. Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void;
  /** The language from now on. Called before the first subscription, and whenever the texts may have changed. */
  speak(texts: SignInTexts): void;
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
  let spoken: SignInTexts | undefined;
  let asked = false;

  const send = (event: SignInEvent) => {
    const before = state;
    state = (before.ways?.next ?? nextState)(before, event);
    if (state === before) return false;
    const { focus, ways } = state;
    if (focus && focus !== before.focus) {
      // After it has been rendered, so that screen readers read the field with its problem.
      setTimeout(() => form?.querySelector<HTMLElement>(`[part=${focus.on}],[name=${focus.on}]`)?.focus());
    }
    listener?.();
    ways?.changed(state);
    return true;
  };

  const tick = () => {
    const seconds = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
    send({ type: "wait", seconds });
    if (seconds) timer = setTimeout(tick, 1000);
  };

  const failWith = (error: unknown) => {
    const { code, retryAfter } = error as AuthError;
    // The platform's own errors: the browser's dialog was closed, or no passkey fits.
    const failure = typeof code === "string" ? (error as AuthError) : ({ code: "cancelled" } as const);
    send({ type: "failed", failure });
    if (retryAfter) {
      deadline = Date.now() + retryAfter * 1000;
      tick();
    }
  };

  /** Loads what the form shows besides a password, in the language that is spoken. */
  const loadWays = async () => {
    const [{ startWays }, texts] = await Promise.all([import("./sign-in-ways.js"), spoken?.ways()]);
    if (!texts || !spoken) return;
    const port = { auth, send, settle, errors: spoken.errors, ...SHARED };
    send({ type: "ways", ways: { ...(state.ways ?? startWays(port)), texts } });
  };

  const settle = async (result: SignInResult) => {
    if (result.status === "second-factor") {
      if (!state.ways) await loadWays();
      send({ type: "second-factor", methods: result.methods });
    } else send({ type: "succeeded" });
  };

  const call = async (values: SignInValues) => {
    const { busy, ways } = state;
    const { email = "", password = "" } = values;
    const credentials = { email: email.trim(), password };
    try {
      if (busy === "sign-in") await settle(await auth.signIn(credentials));
      else if (busy === "sign-up") {
        await auth.signUp(credentials);
        send({ type: "succeeded" });
      } else await ways?.perform(state, values);
    } catch (error) {
      failWith(error);
    }
  };

  /** Asks what the service offers, once there is a form to show it in. */
  const ask = async () => {
    if (asked || state.auth.status !== "signed-out" || failed) return;
    asked = true;
    try {
      // A mail's link, and a provider's error.
      if (/^#kind=|[?&]error=/.test(location.hash + location.search)) await loadWays();
      const methods = await auth.methods();
      send({ type: "methods", methods });
      const { password, passwordReset, passkey, providers } = methods;
      // Codes by mail are offered only by a service that also resets passwords by mail.
      if (!state.ways && (!password || passwordReset || passkey || providers.length)) await loadWays();
    } catch {
      // The form for passwords stays. When the service can be reached again, it is asked again.
      asked = false;
    }
  };

  const tell = async (session: Session) => {
    if (/return_to=/.test(location.search)) await loadWays();
    if (!state.ways?.leave()) onSignedIn(session);
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
      void tell(session);
    }
    void ask();
  };

  /** Makes the call to which an event of the form leads. */
  const act = (event: SignInEvent, values: SignInValues) => {
    if (send(event) && state.busy) void call(values);
  };

  return {
    initial,
    read: () => state,
    speak(texts) {
      const isOther = spoken?.lang !== texts.lang;
      spoken = texts;
      if (isOther && state.ways) void loadWays();
    },
    subscribe(next) {
      listener = next;
      const stop = connection.subscribe(() => hear());
      hear();
      if (state.wait) tick();
      state.ways?.changed(state);
      return () => {
        stop();
        state.ways?.changed(null);
        clearTimeout(timer);
        listener = undefined;
      };
    },
    on: {
      onSubmit(event) {
        event.preventDefault();
        form = event.currentTarget as HTMLFormElement;
        const values = valuesOf(form);
        act({ type: "submit", values }, values);
      },
      onClick({ target, currentTarget }) {
        form = currentTarget as HTMLFormElement;
        const { type, name } = target as HTMLButtonElement;
        if (type !== "button") return;
        const values = valuesOf(form);
        if (name === "reveal") send({ type: name });
        else act(name === "switch" ? { type: name } : { type: "press", name, values }, values);
      },
      onInput: ({ target }) => void send({ type: "edit", field: (target as HTMLInputElement).name as SignInField }),
    },
  };
}

const valuesOf = ({ elements }: HTMLFormElement): SignInValues =>
  Object.fromEntries([...(elements as unknown as Iterable<HTMLInputElement>)].map(({ name, value }) => [name, value]));
