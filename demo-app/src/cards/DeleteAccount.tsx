import { type AuthClient, isAuthError } from "latchkey-auth";
import { type FormEvent, useRef, useState } from "react";
import { messageOf } from "../auth/messages.ts";
import { PasswordField } from "../sign-in/PasswordField.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Notice } from "../ui/Notice.tsx";

interface DeleteAccountProps {
  email: string;
  /** When it succeeds, the client's status takes everything here away. */
  deleteAccount: AuthClient["deleteAccount"];
  reauthenticate: AuthClient["reauthenticate"];
  onClose: () => void;
}

/** Asks for the password, which stays in its field: it is read when it is sent and is never a part of React's state. */
export function DeleteAccount({ email, deleteAccount, reauthenticate, onClose }: DeleteAccountProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [missing, setMissing] = useState(false);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (pending) return;
    const currentPassword = field.current?.value ?? "";
    setMissing(currentPassword === "");
    setError(null);
    if (currentPassword === "") return field.current?.focus();

    setPending(true);
    try {
      await freshly(
        () => deleteAccount({ currentPassword }),
        () => reauthenticate({ password: currentPassword }),
      );
    } catch (thrown) {
      setError(thrown);
      setPending(false);
      field.current?.focus();
      field.current?.select();
    }
  }

  return (
    <Dialog ref={dialog} title="Delete your account?" onClose={onClose}>
      <form className="form" data-testid="delete-form" noValidate onSubmit={(event) => void onSubmit(event)}>
        <p>
          There is no way back. Type the password of <strong>{email}</strong> to go on.
        </p>
        {error !== null && (
          <Notice tone="error" data-testid="delete-error">
            {isWrongPassword(error) ? "That isn't your password." : messageOf(error)}
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
          <Button look="danger" type="submit" pending={pending}>
            Delete for good
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Acts; if the user signed in too long ago for that, proves the password again first. */
async function freshly(act: () => Promise<void>, prove: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    if (!isAuthError(thrown) || thrown.code !== "reauthentication_required") throw thrown;
    await prove();
    await act();
  }
}

function isWrongPassword(error: unknown): boolean {
  return isAuthError(error) && error.code === "invalid_credentials";
}
