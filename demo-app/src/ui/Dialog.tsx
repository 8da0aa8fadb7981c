import { type ReactNode, type RefObject, useEffect, useId } from "react";

interface DialogProps {
  ref: RefObject<HTMLDialogElement | null>;
  title: string;
  children: ReactNode;
  /** Called once the dialog is gone and the focus is back where it was; with what it was closed with. */
  onClose: (value: string) => void;
}

/** A modal dialog, as long as it is rendered. Escape closes it. */
export function Dialog({ ref, title, children, onClose }: DialogProps) {
  const titleId = useId();

  useEffect(() => {
    if (!ref.current?.open) ref.current?.showModal();
  }, [ref]);

  return (
    <dialog
      ref={ref}
      className="card dialog"
      aria-labelledby={titleId}
      onClose={(event) => onClose(event.currentTarget.returnValue)}
    >
      <h3 id={titleId} className="card-title">
        {title}
      </h3>
      {children}
    </dialog>
  );
}
