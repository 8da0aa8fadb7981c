// All ways to sign in but the password, for the sign-in form: codes by mail, passkeys, other providers, second factors.
// Loaded only if the service offers one of them, or asks for a second factor.
import { returnTo } from "../return-to.js";
import type { SecondFactorMethod } from "../ways-in.js";
import type {
  nextState as NextState,
  problemsOf as ProblemsOf,
  SignInEvent,
  SignInState,
  SignInStep,
  SignInValues,
} from "./sign-in-form.js";
import type { fill, inWords, Parts, SignInSurroundings } from "./sign-in-markup.js";
import type { SignInWaysTexts } from "./sign-in-texts.js";
import { arrival, countDown, offerPasskeys, perform, type WaysPort } from "./sign-in-ways-calls.js";
import { markupOf } from "./sign-in-ways-markup.js";

/** What this module adds to the form, in one language. */
export interface LoadedWays {
  readonly texts: SignInWaysTexts;
  next(state: SignInState, event: SignInEvent): SignInState;
  markup<Element>(parts: Parts<Element>, state: SignInState, surroundings: SignInSurroundings): Element;
  /** Makes the call for which the state is busy. */
  perform(state: SignInState, values: SignInValues): Promise<void>;
  /** Leaves for the page that waits for a signed-in user; `false`: there is none. */
  leave(): boolean;
  /** The form has this state now; `null`: it is not shown any more. */
  changed(state: SignInState | null): void;
}

/** What this module uses of those that are loaded at first. */
export interface Shared {
  readonly nextState: typeof NextState;
  readonly problemsOf: typeof ProblemsOf;
  readonly fill: typeof fill;
  readonly inWords: typeof inWords;
}

export function startWays(port: WaysPort & Shared): Omit<LoadedWays, "texts"> {
  let stopOffer: (() => void) | undefined;
  let stopCount: (() => void) | undefined;
  const shown = ({ persisted }: PageTransitionEvent) => persisted && port.send({ type: "back" });
  let isArrived = false;
  return {
    next: reducer(port),
    markup: markupOf(port),
    perform: (state, values) =>
      perform(port, state, values, () => {
        stopCount?.();
        stopCount = countDown(port.send);
      }),
    leave() {
      const page = returnTo();
      if (page) location.replace(page);
      return page !== null;
    },
    changed(state) {
      const { ways, methods, step, busy, mode, auth } = state ?? {};
      const isOffered = methods?.passkey && !step && !busy && mode === "sign-in" && !auth?.session;
      if (isOffered) stopOffer ??= offerPasskeys(port);
      else stopOffer = void stopOffer?.();
      if (!state) {
        stopCount = void stopCount?.();
        return removeEventListener("pageshow", shown);
      }
      // The same function, so it is added once.
      addEventListener("pageshow", shown);
      if (!ways || isArrived) return;
      isArrived = true;
      const event = arrival({ ...port.errors, ...ways.texts.errors });
      if (event) port.send(event);
    },
  };
}

/** How many letters the code of a mail has. */
const CODE = /^[A-Z]{8}$/;

/** The states of the form, with all ways. */
export function reducer({
  nextState: byPassword,
  problemsOf,
}: Pick<Shared, "nextState" | "problemsOf">): LoadedWays["next"] {
  return next;

  function next(state: SignInState, event: SignInEvent): SignInState {
    const { step, busy, factors, email } = state;
    switch (event.type) {
      case "submit":
        return submit(state, event.values);
      case "press":
        return busy ? state : press(state, event.name, event.values);
      case "sent": {
        // At the start, a code is asked for next; in a step, another one was.
        const next = step === "forgot" || step === "reset" ? "reset" : "code";
        return { ...at(state, next), email, focus: { on: "code" } };
      }
      case "resend":
        return step === "code" || step === "reset" ? { ...state, resend: event.seconds } : state;
      case "second-factor": {
        const [first = "totp"] = event.methods;
        return { ...at(state, first), factors: event.methods, focus: focusOf(first) };
      }
      case "link": {
        const { requested } = event;
        // As mails show it.
        const code = event.code.replace(/^(\w{4})(\w{4})$/, "$1-$2");
        if (!requested) return { ...at(state, "link"), code };
        const { step: asked } = requested;
        return {
          ...at(state, asked),
          email: requested.email,
          code,
          focus: { on: asked === "reset" ? "password" : "submit" },
        };
      }
      case "back":
        return busy === "provider" ? { ...state, busy: undefined } : state;
      case "failed": {
        const { code, field } = event.failure;
        // What was proved first is forgotten after ten minutes, or after too many guesses.
        if (factors && code === "challenge_expired")
          return { ...at(state), failure: event.failure, focus: onMessage() };
        if (field === "newPassword") return byPassword(state, { type: "failed", failure: { code, field: "password" } });
        return byPassword(state, event);
      }
      default:
        return byPassword(state, event);
    }
  }

  function submit(state: SignInState, values: SignInValues): SignInState {
    const { step, methods, mode, busy, wait, email, code, factors, resend } = state;
    if (busy || wait) return state;
    const kept = { ...at(state, step), email, code, factors, resend };
    const { email: badEmail, password: badPassword } = problemsOf(step === "reset" ? "sign-up" : mode, values);
    const badCode = step && step !== "forgot" && step !== "passkey" && !isCode(step, values.code) && "code";
    switch (step) {
      case undefined:
        if (methods?.password) return byPassword(state, { type: "submit", values });
        if (methods?.emailCode) return press(state, "send-code", values);
        return press(state, "passkey", values);
      case "forgot":
        if (badEmail) return { ...kept, problems: { email: badEmail }, focus: { on: "email" } };
        return { ...kept, email: values.email?.trim(), busy: "forgot" };
      case "reset":
        if (badCode) return { ...kept, problems: { code: badCode, password: badPassword }, focus: { on: "code" } };
        if (badPassword) return { ...kept, problems: { password: badPassword }, focus: { on: "password" } };
        return { ...kept, busy: "reset" };
      case "code":
      case "totp":
      case "recovery_code":
        if (badCode) return { ...kept, problems: { code: badCode }, focus: { on: "code" } };
        return { ...kept, busy: step === "code" ? "verify-code" : "second-factor" };
      case "passkey":
        return { ...kept, busy: "second-factor" };
      case "link":
        return state;
    }
  }

  /** The user presses a button other than that which submits. */
  function press(state: SignInState, name: string, values: SignInValues): SignInState {
    const { step, mode, methods, factors, email, wait, resend } = state;
    const typed = values.email?.trim();
    const [kind, provider] = name.split(":");
    switch (kind) {
      case "send-code": {
        if (wait || (step && resend)) return state;
        // In a step, another code to the same address.
        if (step) return { ...at(state, step), email, busy: step === "reset" ? "forgot" : "send-code" };
        const { email: problem } = problemsOf(mode, values);
        if (problem) return { ...at(state), problems: { email: problem }, focus: { on: "email" } };
        return { ...at(state), email: typed, busy: "send-code" };
      }
      case "passkey": {
        // An address is not necessary, but what is typed must be one.
        const { email: problem } = problemsOf(mode, values);
        if (mode === "sign-up" && typed && problem) {
          return { ...at(state), problems: { email: problem }, focus: { on: "email" } };
        }
        return { ...at(state), email: typed, busy: mode === "sign-in" ? "use-passkey" : "create-passkey" };
      }
      case "provider": {
        const label = methods?.providers.find((each) => each.name === provider)?.label;
        return label === undefined ? state : { ...at(state), email: typed, provider, busy: "provider" };
      }
      case "forgot":
        return { ...at(state, "forgot"), email: typed, focus: { on: "email" } };
      case "back":
        return { ...at(state), email, focus: { on: "email" } };
      case "totp":
      case "recovery_code":
      case "instead-passkey": {
        const next: SecondFactorMethod = kind === "instead-passkey" ? "passkey" : kind;
        return { ...at(state, next), factors, focus: focusOf(next) };
      }
      default:
        return state;
    }
  }
}

/** A step, or the start, without what the last one has left. */
function at({ mode, auth, methods, ways }: SignInState, step?: SignInStep): SignInState {
  return { mode, auth, methods, ways, step, problems: {}, tried: true };
}

const onMessage = () => ({ on: "message" }) as const;
const focusOf = (step: SignInStep) => ({ on: step === "passkey" ? "submit" : "code" }) as const;

/** Whether a text can be the code that the step asks for. Spaces, hyphens and letter case do not matter. */
function isCode(step: SignInStep, code = ""): boolean {
  const significant = code.replace(/[\s-]/g, "").toUpperCase();
  if (step === "totp") return /^\d{6}$/.test(significant);
  return step === "recovery_code" ? significant.length > 0 : CODE.test(significant);
}
