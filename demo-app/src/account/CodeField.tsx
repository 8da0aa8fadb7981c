import type { Ref } from "react";
import { Field } from "../sign-in/Field.tsx";

interface CodeFieldProps {
  ref?: Ref<HTMLInputElement>;
  label?: string;
  hint?: string;
  /** Digits, as authenticator apps show them. */
  digits?: boolean;
  /** What a mail's link has brought. */
  defaultValue?: string | undefined;
}

export function CodeField({ label = "Code from the e-mail", digits = false, ...rest }: CodeFieldProps) {
  return (
    <Field
      {...rest}
      label={label}
      name="code"
      className="input input-code"
      autoComplete="one-time-code"
      inputMode={digits ? "numeric" : "text"}
      autoCapitalize={digits ? "none" : "characters"}
      spellCheck={false}
      problem={null}
    />
  );
}
