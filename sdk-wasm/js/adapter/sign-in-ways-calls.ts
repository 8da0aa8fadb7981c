// The calls of the ways to sign in, and what the browser remembers of a code that it has requested.
import type { AuthError } from "../errors.js";
import type { AuthErrorCode } from "../generated/codes.js";
import type { SecondFactorMethod, SignInResult } from "../ways-in.js";
import type { Connection } from "./connection.js";
import type { RequestedCode, SignInEvent, SignInState, SignInValues } from "./sign-in-form.js";
import type { SignInTexts } from "./sign-in-texts.js";

/** What makes the calls, and where their results go. */
export interface WaysPort {
  readonly auth: Connection["initial"];
  send(event: SignInEvent): void;
  /** A sign-in has come to a session, or to the request for the second factor. */
  settle(result: SignInResult): Promise<void>;
  /** The texts of the errors that can occur without this module, by their codes. */
  readonly errors: SignInTexts["errors"];
}

/** How soon another code can be requested, in milliseconds. */
const RESEND_AFTER = 30_000;

/** Makes the call for which the state is busy. `sent`: what to do after a code has been sent. */
export async function perform(
  { auth, send, settle }: WaysPort,
  state: SignInState,
  values: SignInValues,
  sent: () => void,
): Promise<void> {
  const { busy, step, email = "", provider = "" } = state;
  const { code = "", password = "" } = values;
  switch (busy) {
    case "send-code":
    case "forgot":
      await (busy === "forgot" ? auth.password.forgot({ email }) : auth.email.sendCode({ email }));
      remember({ step: busy === "forgot" ? "reset" : "code", email });
      send({ type: "sent" });
      return sent();
    case "verify-code":
    case "reset": {
      const result =
        busy === "reset"
          ? await auth.password.reset({ email, code, newPassword: password })
          : await auth.email.verifyCode({ email, code });
      remember(null);
      return settle(result);
    }
    case "use-passkey":
      return settle(await auth.passkeys.signIn());
    case "create-passkey":
      await auth.passkeys.signUp(email ? { email } : {});
      break;
    case "provider":
      return settle(await auth.signInWith(provider));
    case "second-factor":
      if (step === "passkey") await auth.secondFactor.verifyWithPasskey();
      else await auth.secondFactor.verify(step === "recovery_code" ? { recoveryCode: code } : { code });
  }
  send({ type: "succeeded" });
}

/** Counts down to when another code can be requested. Gives the function that ends that. */
export function countDown(send: WaysPort["send"]): () => void {
  const deadline = Date.now() + RESEND_AFTER;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
    send({ type: "resend", seconds });
    timer = seconds ? setTimeout(tick, 1000) : undefined;
  };
  tick();
  return () => clearTimeout(timer);
}

/** Lets the browser offer passkeys for the address. Gives the function that ends that. */
export function offerPasskeys({ auth, send, settle }: WaysPort): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const offer = async () => {
    try {
      if (!(await auth.passkeys.isSupported({ conditional: true })) || signal.aborted) return;
      const result = await auth.passkeys.signIn({ conditional: true, signal });
      if (!signal.aborted) await settle(result);
    } catch (error) {
      // Whatever else the browser objects to: the button for passkeys is still there.
      const isOurs = !signal.aborted && typeof (error as AuthError).code === "string";
      if (isOurs) send({ type: "failed", failure: error as AuthError });
    }
  };
  void offer();
  return () => controller.abort();
}

/**
 * What the page's address says: a mail's link brings a code, and a provider leads back with an error. `errors` contains
 * those that the form explains; all others are the app's own.
 */
export function arrival(errors: Readonly<Record<string, string>>): SignInEvent | undefined {
  const { hash, href } = location;
  const link = new URLSearchParams(hash.slice(1));
  const code = link.get("code");
  if (hash.startsWith("#kind=") && code) {
    // So that a reload does not begin this again.
    replaceAddress((url) => {
      url.hash = "";
    });
    const requested = requestedCode();
    const isAsked = requested && (link.get("kind") === "password_reset") === (requested.step === "reset");
    return { type: "link", code, requested: isAsked ? requested : undefined };
  }
  const { searchParams } = new URL(href);
  const error = searchParams.get("error") ?? "";
  const isSecondFactor = error === "second_factor_required";
  if (!isSecondFactor && !(error in errors)) return undefined;
  replaceAddress((url) => {
    url.searchParams.delete("error");
    url.searchParams.delete("methods");
  });
  if (isSecondFactor) {
    const methods = (searchParams.get("methods") || "totp,recovery_code,passkey").split(",");
    return { type: "second-factor", methods: methods as SecondFactorMethod[] };
  }
  // Another explanation than when the user has typed the address.
  const failure = { code: error === "email_taken" ? "provider_conflict" : (error as AuthErrorCode) } as const;
  return { type: "failed", failure };
}

function replaceAddress(change: (url: URL) => void): void {
  const url = new URL(location.href);
  change(url);
  history.replaceState(history.state, "", url);
}

/** Where the browser remembers which code it has requested, so that a mail's link can fill it in. */
const NOTE = "latchkey-auth.requested-code";
/** As long as a code is valid, in milliseconds. */
const LIFE = 600_000;

function remember(requested: RequestedCode | null): void {
  try {
    if (requested) localStorage.setItem(NOTE, JSON.stringify({ ...requested, until: Date.now() + LIFE }));
    else localStorage.removeItem(NOTE);
  } catch {
    // Storage may be full or off; then a link shows its code to be typed.
  }
}

/** What this browser has requested, unless it is too long ago. */
function requestedCode(): RequestedCode | undefined {
  try {
    const { step, email, until } = JSON.parse(localStorage.getItem(NOTE) ?? "{}");
    const isRight = (step === "code" || step === "reset") && typeof email === "string" && Date.now() < until;
    return isRight ? { step, email } : undefined;
  } catch {
    return undefined;
  }
}
