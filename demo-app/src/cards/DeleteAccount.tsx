import type { AuthClient, User } from "latchkey-auth";
import { type FormEvent, useRef, useState } from "react";
import { useProof } from "../account/Proof.tsx";
import { useAction } from "../account/useAction.ts";
import { wrongPassword } from "../auth/messages.ts";
import { PasswordField } from "../sign-in/PasswordField.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Notice } from "../ui/Notice.tsx";

interface DeleteAccountProps {
  user: User;
  /** When it succeeds, the client's status takes everything here away. */
  deleteAccount: AuthClient["deleteAccount"];
  onClose: () => void;
}

/** Asks for the password, which stays in its field: it is read when it is sent and is never a part of React's state. */
export function DeleteAccount({ user, deleteAccount, onClose }: DeleteAccountProps) {
  // Other users have a passkey or a proved address, with which they may have signed up without a password.
  const mustHavePassword = !user.passkeys && !user.emailVerified;
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const withProof = useProof();
  const action = useAction(wrongPassword);
  const [missing, setMissing] = useState(false);

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (action.pending) return;
    const currentPassword = field.current?.value ?? "";
    const isMissing = currentPassword === "" && mustHavePassword;
    setMissing(isMissing);
    action.forget();
    if (isMissing) return field.current?.focus();
    const act = () => deleteAccount(currentPassword === "" ? {} : { currentPassword });
    if (await action.run(() => withProof(act, currentPassword))) return;
    field.current?.focus();
    field.current?.select();
  }

  return (
    <Dialog ref={dialog} title="Delete your account?" onClose={onClose}>
      <form className="form" data-testid="delete-form" noValidate onSubmit={(event) => void onSubmit(event)}>
        <p>
          This cannot be undone. Type {user.email === "" ? "your password" : "the password of "}
          <strong>{user.email}</strong> to go on{mustHavePassword ? "." : ", if the account has one."}
        </p>
        {action.problem !== null && (
          <Notice tone="error" data-testid="delete-error">
            {action.problem}
          </Notice>
        )}
        <PasswordField
          ref={field}
          autoComplete="current-password"
          problem={missing ? "Your password is needed for this." : null}
          onChange={() => setMissing(false)}
        />
        <div className="button-row">
          <Button onClick={() => dialog.current?.close()}>Keep it</Button>
          <Button look="danger" type="submit" pending={action.pending}>
            Delete for good
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
