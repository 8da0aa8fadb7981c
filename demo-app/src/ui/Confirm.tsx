import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "./Button.tsx";

interface ConfirmProps {
  title: string;
  children: ReactNode;
  yes: string;
  no: string;
  /** Called once the dialog is gone and the focus is back where it was. */
  onAnswer: (yes: boolean) => void;
}

/** Asks in a modal dialog. The harmless answer stands first, so that it has the focus; Escape gives it too. */
export function Confirm({ title, children, yes, no, onAnswer }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);

  return (
    <dialog
      ref={dialog}
      className="card dialog"
      aria-labelledby={titleId}
      onClose={(event) => onAnswer(event.currentTarget.returnValue === "yes")}
    >
      <h3 id={titleId} className="card-title">
        {title}
      </h3>
      <p>{children}</p>
      <div className="button-row">
        <Button onClick={() => dialog.current?.close()}>{no}</Button>
        <Button look="danger" onClick={() => dialog.current?.close("yes")}>
          {yes}
        </Button>
      </div>
    </dialog>
  );
}
