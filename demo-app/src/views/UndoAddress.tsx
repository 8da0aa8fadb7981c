import { useAuth } from "latchkey-auth/react";
import type { FormEvent } from "react";
import { CodeField } from "../account/CodeField.tsx";
import { Outcome } from "../account/Outcome.tsx";
import { useAction } from "../account/useAction.ts";
import { Field } from "../sign-in/Field.tsx";
import { Brand } from "../ui/Brand.tsx";
import { Button } from "../ui/Button.tsx";

/** Where the mail to a former address leads: its user gives the account that address back. Needs no session. */
export function UndoAddress() {
  const { email } = useAuth();
  const action = useAction();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    const [address, code] = ["email", "code"].map((name) => String(typed.get(name)).trim());
    if (action.pending || !address || !code) return;
    const undo = () => email.undoChange({ email: address, code });
    void action.run(
      undo,
      "The account has this address again, and all its sessions have ended. You can sign in with it.",
    );
  }

  return (
    <div className="welcome">
      <header className="welcome-header">
        <Brand />
      </header>
      <main className="welcome-main welcome-single">
        <section className="card entry" aria-labelledby="undo-title" data-testid="undo-form">
          <h1 id="undo-title" className="entry-title">
            Undo the change of your address
          </h1>
          <p className="account-note">
            The mail to your former address has a code. With it, the account gets that address back, and every session
            ends.
          </p>
          <form className="form" noValidate onSubmit={onSubmit}>
            <Field
              label="Former address"
              name="email"
              type="email"
              autoComplete="email"
              autoCapitalize="none"
              problem={null}
            />
            <CodeField hint="It is valid for 7 days after the change." />
            <Outcome action={action} />
            <div className="button-row">
              <Button look="primary" type="submit" pending={action.pending}>
                Undo the change
              </Button>
              <a className="button button-plain" href="/">
                Back to the app
              </a>
            </div>
          </form>
        </section>
      </main>
    </div>
  );
}
