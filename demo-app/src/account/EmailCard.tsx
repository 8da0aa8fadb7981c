import { isAuthError, type User } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useFocusBack } from "../hooks/useFocusBack.ts";
import { Field } from "../sign-in/Field.tsx";
import { emailProblem } from "../sign-in/validation.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { CodeField } from "./CodeField.tsx";
import type { MailLink } from "./mail-link.ts";
import { Outcome } from "./Outcome.tsx";
import { useProof } from "./Proof.tsx";
import { useAction } from "./useAction.ts";

/** What the user is doing: nothing, waiting for the code of the present address, naming another one, or waiting for its code. */
type Step = "idle" | "verify" | "change" | "confirm";

/** The user's address: proving it, and changing it. */
export function EmailCard({ user, link }: { user: User; link: MailLink | null }) {
  const { email } = useAuth();
  const withProof = useProof();
  const action = useAction();
  const [step, setStep] = useState<Step>(stepOf(link, user));
  // The code of a link is for one step, and for one time.
  const [isSpent, setSpent] = useState(false);
  const code = !isSpent && step === stepOf(link, user) ? link?.code : undefined;
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const opener = useFocusBack<HTMLButtonElement>(step !== "idle");
  // A user who has signed up with a passkey may have none.
  const hasAddress = user.email !== "";

  // Where the user goes on.
  useEffect(() => {
    if (step !== "idle") field.current?.focus();
  }, [step]);

  async function act(run: () => Promise<unknown>, next: Step, said?: string) {
    if (await action.run(run, said)) {
      setSpent(true);
      setStep(next);
    } else field.current?.focus();
  }

  /** A code that has expired is not asked for again. */
  const within = (run: () => Promise<unknown>, start: Step) => () =>
    run().catch((thrown: unknown) => {
      if (isAuthError(thrown) && thrown.code === "challenge_expired") {
        setSpent(true);
        setStep(start);
      }
      throw thrown;
    });

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const value = field.current?.value.trim() ?? "";
    if (action.pending || value === "") return field.current?.focus();
    if (step === "verify")
      void act(
        within(() => email.verify({ code: value }), "idle"),
        "idle",
        "Your address is verified.",
      );
    if (step === "confirm") {
      const confirm = within(() => withProof(() => email.confirmChange({ code: value })), "change");
      void act(confirm, "idle", "Your address was changed.");
    }
    if (step === "change") {
      const found = emailProblem(value);
      setProblem(found);
      action.forget();
      if (found === null) void act(() => withProof(() => email.change({ email: value })), "confirm");
    }
  }

  return (
    <Card
      title="E-mail address"
      aside={
        hasAddress && (
          <span className={user.emailVerified ? "tag tag-good" : "tag tag-warn"}>
            {user.emailVerified ? "verified" : "not verified"}
          </span>
        )
      }
    >
      <p className="account-value" data-testid="account-email">
        {hasAddress ? user.email : "None yet"}
      </p>
      <p className="account-note">
        You also get a mail when a new browser signs in, when your password or address changes, when a passkey is added,
        an API key is created or an app is connected, and when an administrator removes your second factor.
      </p>
      {link?.kind === "reauthentication" && (
        <p role="status">
          Your code is <strong>{link.code}</strong>. Enter it in the window in which you requested it.
        </p>
      )}
      <form className="form" data-testid="email-form" noValidate onSubmit={onSubmit}>
        {step === "change" && (
          <Field
            ref={field}
            label="New address"
            name="email"
            type="email"
            autoComplete="email"
            autoCapitalize="none"
            problem={problem}
            onChange={() => setProblem(null)}
          />
        )}
        {(step === "verify" || step === "confirm") && (
          <CodeField
            key={step}
            ref={field}
            hint="It is valid for 10 minutes, in this browser only."
            defaultValue={code}
          />
        )}
        <Outcome action={action} />
        <div className="button-row">
          {step === "idle" ? (
            <>
              {hasAddress && !user.emailVerified && (
                <Button
                  look="primary"
                  pending={action.pending}
                  onClick={() => void act(() => email.requestVerification(), "verify")}
                >
                  Verify it
                </Button>
              )}
              <Button
                ref={opener}
                onClick={() => {
                  action.forget();
                  setStep("change");
                }}
              >
                {hasAddress ? "Change it" : "Add one"}
              </Button>
            </>
          ) : (
            <>
              <Button look="primary" type="submit" pending={action.pending}>
                {step === "change" ? "Send a code" : "Confirm"}
              </Button>
              <Button
                onClick={() => {
                  action.forget();
                  setStep("idle");
                }}
              >
                Cancel
              </Button>
            </>
          )}
          <a className="button button-plain" href="/mailbox" target="_blank" rel="noreferrer">
            Open the mailbox
          </a>
        </div>
      </form>
    </Card>
  );
}

/** Where a mail's link leads. */
function stepOf(link: MailLink | null, user: User): Step {
  if (link?.kind === "email_verification" && !user.emailVerified) return "verify";
  return link?.kind === "email_change" ? "confirm" : "idle";
}
