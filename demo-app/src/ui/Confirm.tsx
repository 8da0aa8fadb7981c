import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button } from "./Button.tsx";

interface ConfirmProps {
  title: string;
  children: ReactNode;
  yes: string;
  no: string;
  onYes: () => Promise<void>;
  /** Called once the dialog is gone, whatever the answer was. */
  onClose: () => void;
}

/** Asks in a modal dialog. The harmless answer stands first, so that it has the focus; Escape gives it too. */
export function Confirm({ title, children, yes, no, onYes, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [pending, setPending] = useState(false);
  const titleId = useId();

  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);

  async function confirm() {
    setPending(true);
    await onYes();
    dialog.current?.close();
  }

  return (
    <dialog ref={dialog} className="card dialog" aria-labelledby={titleId} onClose={onClose}>
      <h3 id={titleId} className="card-title">
        {title}
      </h3>
      <p>{children}</p>
      <div className="button-row">
        <Button onClick={() => dialog.current?.close()}>{no}</Button>
        <Button look="danger" pending={pending} onClick={() => void confirm()}>
          {yes}
        </Button>
      </div>
    </dialog>
  );
}
