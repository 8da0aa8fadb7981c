import { useState } from "react";
import { Field, type FieldProps } from "./Field.tsx";

type PasswordFieldProps = Omit<FieldProps, "label" | "type" | "name" | "adornment">;

export function PasswordField(props: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props}
      label="Password"
      name="password"
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
