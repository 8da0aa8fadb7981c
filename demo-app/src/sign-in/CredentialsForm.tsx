import type { Credentials } from "latchkey-auth";
import { type FormEvent, useRef, useState } from "react";
import { messageOf } from "../auth/messages.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Field } from "./Field.tsx";
import { PasswordField } from "./PasswordField.tsx";
import { emailProblem, passwordProblem } from "./validation.ts";

export type Mode = "sign-in" | "sign-up";

interface CredentialsFormProps {
  mode: Mode;
  /** What was typed in the other mode. */
  email: string;
  onEmail: (email: string) => void;
  /** When it succeeds, the client's status takes this form away. */
  submit: (credentials: Credentials) => Promise<unknown>;
}

interface Problems {
  email: string | null;
  password: string | null;
}

const NO_PROBLEMS: Problems = { email: null, password: null };

/** The password stays in its field: it is read when it is sent and is never a part of React's state. */
export function CredentialsForm({ mode, email, onEmail, submit }: CredentialsFormProps) {
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);

  const check = (name: keyof Problems, problem: string | null) => setProblems((now) => ({ ...now, [name]: problem }));

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const password = passwordField.current?.value ?? "";
    const found = { email: emailProblem(email), password: passwordProblem(password) };
    setProblems(found);
    setError(null);
    if (found.email !== null) return emailField.current?.focus();
    if (found.password !== null) return passwordField.current?.focus();

    setPending(true);
    try {
      await submit({ email: email.trim(), password });
    } catch (thrown) {
      setError(thrown);
      passwordField.current?.focus();
    } finally {
      setPending(false);
    }
  }

  return (
    <form className="form" data-testid={`${mode}-form`} noValidate onSubmit={(event) => void onSubmit(event)}>
      {error !== null && (
        <Notice tone="error" data-testid="form-error">
          {messageOf(error)}
        </Notice>
      )}
      <Field
        ref={emailField}
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        inputMode="email"
        autoCapitalize="none"
        spellCheck={false}
        value={email}
        problem={problems.email}
        onChange={(event) => {
          onEmail(event.target.value);
          if (problems.email !== null) check("email", emailProblem(event.target.value));
        }}
        onBlur={() => email !== "" && check("email", emailProblem(email))}
      />
      <PasswordField
        ref={passwordField}
        autoComplete={mode === "sign-in" ? "current-password" : "new-password"}
        problem={problems.password}
        hint={mode === "sign-up" ? "8 to 128 characters. A few words in a row are easy to remember." : undefined}
        onChange={(event) => problems.password !== null && check("password", passwordProblem(event.target.value))}
        onBlur={(event) => event.target.value !== "" && check("password", passwordProblem(event.target.value))}
      />
      <Button look="primary" type="submit" pending={pending}>
        {mode === "sign-in" ? "Sign in" : "Create account"}
      </Button>
    </form>
  );
}
