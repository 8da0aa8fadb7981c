import { type AuthMethod, isAuthError, type LinkedProvider } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { wrongPassword } from "../auth/messages.ts";
import { PasswordField } from "../sign-in/PasswordField.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { CodeField } from "./CodeField.tsx";
import { Outcome } from "./Outcome.tsx";
import { type Demand, newDemand } from "./proof-demand.ts";
import { Cancelled, useAction } from "./useAction.ts";

/** A way to prove what is demanded: a method, or one of the linked providers. */
type Way = Exclude<AuthMethod, "provider"> | LinkedProvider;

/** What the buttons say that choose a way. */
const SWITCHES: Readonly<Record<Exclude<AuthMethod, "provider">, string>> = {
  password: "Use your password",
  totp: "Use the authenticator app",
  passkey: "Use a passkey",
  email_code: "Get a code by e-mail",
  recovery_code: "Use a recovery code",
};

interface ProofDialogProps {
  demand: Demand;
  /** Called once the dialog is closed and the focus is back where it was. */
  onAnswer: (isProved: boolean) => void;
}

/** Asks the user to prove a credential again, or the second factor, in a way that the account has. */
export function ProofDialog({ demand: first, onAnswer }: ProofDialogProps) {
  const auth = useAuth();
  const dialog = useRef<HTMLDialogElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const [{ isSecondFactor, methods }, setDemand] = useState(first);
  const linked = useLinked(methods.includes("provider"));
  const ways = methods.flatMap((method): readonly Way[] => (method === "provider" ? (linked ?? []) : [method]));
  const [chosen, choose] = useState<Way | null>(null);
  const way = chosen ?? ways[0] ?? null;
  const [isSent, setSent] = useState(false);
  const action = useAction((error) => problemOf(way, error));
  const hasField = way === "email_code" ? isSent : way !== null && way !== "passkey" && typeof way === "string";

  // Where the user goes on: the field, or the button of a way that has none.
  const shown = `${nameOf(way)} ${isSent}`;
  useEffect(() => {
    if (shown) form.current?.querySelector<HTMLElement>("input, [type=submit]")?.focus();
  }, [shown]);

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const field = form.current?.querySelector("input");
    const value = field?.value.trim() ?? "";
    if (way === null || action.pending) return;
    if (hasField && value === "") return field?.focus();
    if (way === "email_code" && !isSent) return void action.run(() => auth.email.sendCode()).then(setSent);
    if (await action.run(() => prove(way, value))) return dialog.current?.close("proved");
    field?.focus();
    field?.select();
  }

  async function prove(by: Way, value: string): Promise<unknown> {
    switch (by) {
      case "password":
        return auth.reauthenticate({ password: value });
      case "email_code":
        return auth.reauthenticate({ code: value });
      case "passkey":
        return isSecondFactor ? auth.secondFactor.verifyWithPasskey() : auth.reauthenticate("passkey");
      case "totp":
        return auth.secondFactor.verify({ code: value });
      case "recovery_code":
        return auth.secondFactor.verify({ recoveryCode: value });
      default:
        return byProvider(by);
    }
  }

  /** Signs in with the provider again. If the account has a second factor, the user proves that next. */
  async function byProvider({ name }: LinkedProvider): Promise<void> {
    const result = await auth.signInWith(name, { popup: true });
    if (result.status === "second-factor") {
      setDemand(newDemand(true, result.methods));
      choose(null);
      throw new Cancelled();
    }
    // The user may have chosen another account there, for which the action was not meant.
    if (result.session.user.id !== auth.session?.user.id) throw new Cancelled();
  }

  function switchTo(other: Way) {
    if (action.pending) return;
    action.forget();
    setSent(false);
    choose(other);
  }

  return (
    <Dialog ref={dialog} title="Confirm that it is you" onClose={(value) => onAnswer(value === "proved")}>
      <form ref={form} className="form" data-testid="proof-form" noValidate onSubmit={(event) => void onSubmit(event)}>
        <p className="account-note">
          {isSecondFactor
            ? "This requires your second factor. Confirm it, and what you began goes on."
            : "You signed in a while ago. Confirm that it is you, and what you began goes on."}
        </p>
        {way === null && (
          <p className="account-note" role="status">
            {methods.includes("provider") && linked === null
              ? "Loading your ways to sign in…"
              : "That is not possible here. Sign out, sign in again, and then begin anew."}
          </p>
        )}
        {way === "password" && <PasswordField autoComplete="current-password" problem={null} />}
        {way === "totp" && <CodeField label="Code from the app" hint="6 digits. It changes every 30 seconds." digits />}
        {way === "recovery_code" && <CodeField label="Recovery code" hint="Each of them can be used once." />}
        {way === "email_code" &&
          (isSent ? (
            <CodeField hint="It is valid for 10 minutes, in this browser only." />
          ) : (
            <p>
              We send a code to <strong>{auth.session?.user.email}</strong>.
            </p>
          ))}
        {way === "passkey" && <p>Your browser asks for your fingerprint, your face or the PIN of your device.</p>}
        {way !== null && typeof way === "object" && <p>Sign in at {way.label} again, in a window that opens.</p>}
        <Outcome action={action} />
        <div className="button-row">
          <Button onClick={() => dialog.current?.close()}>Cancel</Button>
          {way !== null && (
            <Button look="primary" type="submit" pending={action.pending}>
              {submitOf(way, isSent)}
            </Button>
          )}
        </div>
        {ways.length > 1 && (
          <div className="other-ways" data-testid="other-ways">
            {ways
              .filter((other) => nameOf(other) !== nameOf(way))
              .map((other) => (
                <Button key={nameOf(other)} look="quiet" onClick={() => switchTo(other)}>
                  {typeof other === "string" ? SWITCHES[other] : `Use ${other.label}`}
                </Button>
              ))}
          </div>
        )}
      </form>
    </Dialog>
  );
}

const nameOf = (way: Way | null) => (way !== null && typeof way === "object" ? `provider ${way.name}` : way);

function submitOf(way: Way, isSent: boolean): string {
  if (typeof way === "object") return `Continue with ${way.label}`;
  if (way === "passkey") return "Use a passkey";
  return way === "email_code" && !isSent ? "Send me a code" : "Confirm";
}

/** What is said about an error in this dialog, if it is not what is said everywhere. */
function problemOf(way: Way | null, error: unknown): string | null {
  if (way === "password") return wrongPassword(error);
  if (way === "passkey" && isAuthError(error) && error.code === "invalid_credentials")
    return "This passkey does not belong to your account, or was removed.";
  if (way !== null && typeof way === "object" && error instanceof DOMException)
    return `The window of ${way.label} was closed or blocked. Try again.`;
  return null;
}

/** The providers with which the user can sign in, once they are known. */
function useLinked(isNeeded: boolean): readonly LinkedProvider[] | null {
  const { providers } = useAuth();
  const [linked, setLinked] = useState<readonly LinkedProvider[] | null>(null);
  useEffect(() => {
    if (isNeeded)
      providers.linked().then(setLinked, () => {
        // Without an answer, the other ways are left.
        setLinked([]);
      });
  }, [isNeeded, providers]);
  return linked;
}
