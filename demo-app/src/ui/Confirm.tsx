import { type ReactNode, useRef } from "react";
import { Button } from "./Button.tsx";
import { Dialog } from "./Dialog.tsx";

interface ConfirmProps {
  title: string;
  children: ReactNode;
  yes: string;
  no: string;
  /** Called once the dialog is gone and the focus is back where it was. */
  onAnswer: (yes: boolean) => void;
}

/** Asks. The harmless answer stands first, so that it has the focus; Escape gives it too. */
export function Confirm({ title, children, yes, no, onAnswer }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <Dialog ref={dialog} title={title} onClose={(value) => onAnswer(value === "yes")}>
      <p>{children}</p>
      <div className="button-row">
        <Button onClick={() => dialog.current?.close()}>{no}</Button>
        <Button look="danger" onClick={() => dialog.current?.close("yes")}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
