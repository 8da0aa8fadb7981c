import { type FormEvent, useId, useRef, useState } from "react";
import { Button } from "../ui/Button.tsx";

/** The most the API takes, in UTF-16 units, as `maxlength` counts them. */
const MAX_LENGTH = 2000;

export function NewNote({ add }: { add: (text: string) => Promise<boolean> }) {
  const [text, setText] = useState("");
  const [pending, setPending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (pending) return;
    if (text.trim() === "") return field.current?.focus();
    setPending(true);
    if (await add(text)) setText("");
    setPending(false);
  }

  return (
    <form className="new-note" onSubmit={(event) => void onSubmit(event)}>
      <label className="field-label" htmlFor={id}>
        New note
      </label>
      <textarea
        ref={field}
        id={id}
        className="input"
        rows={2}
        maxLength={MAX_LENGTH}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="new-note-footer">
        <span className="field-hint">
          {text.length > MAX_LENGTH * 0.9 && `${MAX_LENGTH - text.length} characters left`}
        </span>
        <Button look="primary" type="submit" pending={pending}>
          Add note
        </Button>
      </div>
    </form>
  );
}
