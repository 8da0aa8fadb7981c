import { type ComponentProps, type ReactNode, useId } from "react";

export interface FieldProps extends ComponentProps<"input"> {
  label: string;
  /** What is wrong with the value, or `null`. */
  problem: string | null;
  /** Shown while nothing is wrong. */
  hint?: string | undefined;
  /** Stands at the end of the field. */
  adornment?: ReactNode;
}

export function Field({ label, problem, hint, adornment, ...input }: FieldProps) {
  const id = useId();
  const noteId = useId();
  const note = problem ?? hint;
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className="field-box">
        <input
          className="input"
          required
          {...input}
          id={id}
          aria-invalid={problem !== null}
          aria-describedby={note ? noteId : undefined}
        />
        {adornment}
      </div>
      {note && (
        <p id={noteId} className={problem === null ? "field-hint" : "field-problem"} aria-live="polite">
          {note}
        </p>
      )}
    </div>
  );
}
