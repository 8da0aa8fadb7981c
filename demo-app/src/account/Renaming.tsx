import { type FormEvent, useEffect, useRef } from "react";
import { Button } from "../ui/Button.tsx";

interface RenamingProps {
  /** What is renamed, for screen readers: "Name of the passkey". */
  label: string;
  name: string;
  /** Called with a name that is not empty. */
  onSave: (name: string) => void;
  onCancel: () => void;
}

/** The form with which a row of a list gets another name. */
export function Renaming({ label, name, onSave, onCancel }: RenamingProps) {
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    field.current?.select();
  }, []);

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const typed = field.current?.value.trim();
    if (typed) onSave(typed);
    else field.current?.focus();
  }

  return (
    <form className="form-row" noValidate onSubmit={onSubmit}>
      <input ref={field} className="input" aria-label={label} defaultValue={name} maxLength={64} />
      <Button type="submit" look="quiet">
        Save name
      </Button>
      <Button look="quiet" onClick={onCancel}>
        Cancel
      </Button>
    </form>
  );
}
