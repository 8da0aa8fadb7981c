import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Field } from "../sign-in/Field.tsx";
import { Button } from "../ui/Button.tsx";
import { LIFETIMES, type Terms, termsInWords, termsOf } from "./key-terms.ts";
import { SCOPES } from "./scopes.ts";

interface NewApiKeyProps {
  /** The user's roles, of which the key can have any. */
  roles: readonly string[];
  pending: boolean;
  /** Resolves to whether it worked, and shows why not. */
  create: (terms: Terms) => Promise<boolean>;
  cancel: () => void;
}

/** The form with the terms of a new key. */
export function NewApiKey({ roles, pending, create, cancel }: NewApiKeyProps) {
  const form = useRef<HTMLFormElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [nothing, setNothing] = useState(false);
  const [words, setWords] = useState<readonly string[]>([]);
  const lifetimeId = useId();
  const nothingId = useId();

  const tell = () => {
    if (form.current) setWords(termsInWords(termsOf(new FormData(form.current)), Date.now()));
  };

  useEffect(() => {
    name.current?.focus();
    if (form.current) setWords(termsInWords(termsOf(new FormData(form.current)), Date.now()));
  }, []);

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (pending) return;
    const terms = termsOf(new FormData(event.currentTarget));
    const isNothing = terms.scopes.length === 0 && terms.roles.length === 0;
    setNothing(isNothing);
    setProblem(terms.name === "" ? "Give the key a name by which you will recognise it." : null);
    if (terms.name === "") return name.current?.focus();
    if (isNothing) return form.current?.querySelector<HTMLInputElement>("[name=scope]")?.focus();
    await create(terms);
  }

  return (
    <form
      ref={form}
      className="form"
      data-testid="api-key-form"
      noValidate
      onChange={tell}
      onSubmit={(event) => void onSubmit(event)}
    >
      <Field
        ref={name}
        label="Name of the new key"
        name="name"
        maxLength={64}
        placeholder="Nightly backup"
        autoComplete="off"
        problem={problem}
        onChange={() => setProblem(null)}
      />
      <fieldset className="choices" aria-describedby={nothing ? nothingId : undefined}>
        <legend className="field-label">What a program may do with it</legend>
        {Object.entries(SCOPES).map(([scope, inWords]) => (
          <label key={scope} className="choice">
            <input
              type="checkbox"
              name="scope"
              value={scope}
              defaultChecked={scope === "notes:read"}
              onChange={() => setNothing(false)}
            />
            <span>
              {inWords} <code>{scope}</code>
            </span>
          </label>
        ))}
        {nothing && (
          <p id={nothingId} className="field-problem" role="alert">
            Choose at least one thing that the key may do.
          </p>
        )}
      </fieldset>
      {roles.length > 0 && (
        <fieldset className="choices" data-testid="api-key-roles">
          <legend className="field-label">Which of your roles it has</legend>
          {roles.map((role) => (
            <label key={role} className="choice">
              <input type="checkbox" name="role" value={role} onChange={() => setNothing(false)} />
              <span>{role}</span>
            </label>
          ))}
          <p className="field-hint">A program can do what its roles permit. Give it only those that it needs.</p>
        </fieldset>
      )}
      <div className="field">
        <label className="field-label" htmlFor={lifetimeId}>
          Valid for
        </label>
        <select id={lifetimeId} name="lifetime" className="input" defaultValue="90 days">
          {Object.keys(LIFETIMES).map((lifetime) => (
            <option key={lifetime}>{lifetime}</option>
          ))}
        </select>
      </div>
      <Field
        label="Networks"
        name="networks"
        required={false}
        placeholder="203.0.113.0/24, 2001:db8::/32"
        autoComplete="off"
        spellCheck={false}
        problem={null}
        hint="Only from these addresses. Leave it empty to allow all."
      />
      <p className="notice notice-info" role="status" data-testid="api-key-words">
        {words.join(" ")}
      </p>
      <div className="button-row">
        <Button look="primary" type="submit" pending={pending}>
          Create the key
        </Button>
        <Button onClick={cancel}>Cancel</Button>
      </div>
    </form>
  );
}
