import type { User } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { type FormEvent, useRef, useState } from "react";
import { wrongPassword } from "../auth/messages.ts";
import { PasswordField } from "../sign-in/PasswordField.tsx";
import { passwordProblem } from "../sign-in/validation.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Outcome } from "./Outcome.tsx";
import { useProof } from "./Proof.tsx";
import { useAction } from "./useAction.ts";

/** Another password. It ends every other session. */
export function PasswordCard({ user }: { user: User }) {
  const { changePassword } = useAuth();
  const withProof = useProof();
  // Other users have a passkey or a proved address, with which they may have signed up without a password.
  const mustHaveOne = !user.passkeys && !user.emailVerified;
  const action = useAction(wrongPassword);
  const [problem, setProblem] = useState<string | null>(null);
  const current = useRef<HTMLInputElement>(null);
  const next = useRef<HTMLInputElement>(null);

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const [currentPassword = "", newPassword = ""] = [current.current?.value, next.current?.value];
    const found = passwordProblem(newPassword);
    setProblem(found);
    if (action.pending || (currentPassword === "" && mustHaveOne)) return current.current?.focus();
    if (found !== null) return next.current?.focus();
    const change = () => changePassword({ ...(currentPassword && { currentPassword }), newPassword });
    if (
      await action.run(
        () => withProof(change, currentPassword),
        "Your password was changed. All your other sessions have ended.",
      )
    )
      form.reset();
  }

  return (
    <Card title="Password">
      <form className="form" data-testid="password-form" noValidate onSubmit={(event) => void onSubmit(event)}>
        <PasswordField
          ref={current}
          label="Current password"
          name="current"
          autoComplete="current-password"
          problem={null}
          hint={mustHaveOne ? undefined : "Leave it empty if your account has none yet."}
        />
        <PasswordField
          ref={next}
          label="New password"
          name="next"
          autoComplete="new-password"
          problem={problem}
          hint="8 to 128 characters. A few words in a row are easy to remember."
          onChange={() => setProblem(null)}
        />
        <Outcome action={action} />
        <div className="button-row">
          <Button look="primary" type="submit" pending={action.pending}>
            Change password
          </Button>
        </div>
      </form>
    </Card>
  );
}
