import { useState } from "react";
import { Field, type FieldProps } from "./Field.tsx";

type PasswordFieldProps = Omit<FieldProps, "label" | "type" | "adornment"> & Partial<Pick<FieldProps, "label">>;

export function PasswordField({ label = "Password", ...props }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      name="password"
      {...props}
      label={label}
      type={shown ? "text" : "password"}
      autoCapitalize="none"
      spellCheck={false}
      adornment={
        <button type="button" className="reveal" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? "Hide" : "Show"}
          <span className="visually-hidden"> what you type</span>
        </button>
      }
    />
  );
}
