import { useAuth } from "latchkey-auth/react";
import { type FormEvent, useState } from "react";
import { explain } from "./api";

export function SignIn() {
  const { signIn, signUp } = useAuth();
  const [isNew, setNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const verb = isNew ? "Create account" : "Sign in";

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const { email, password } = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    setBusy(true);
    setProblem("");
    try {
      await (isNew ? signUp : signIn)({ email, password });
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
    }
  }

  function toggle() {
    setNew(!isNew);
    setProblem("");
  }

  return (
    <form className="card" onSubmit={submit}>
      <h2>{verb}</h2>
      <label>
        E-mail
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete={isNew ? "new-password" : "current-password"} required />
      </label>
      <p role="alert">{problem}</p>
      <button type="submit" disabled={busy}>
        {busy ? "One moment…" : verb}
      </button>
      <button type="button" className="quiet" onClick={toggle}>
        {isNew ? "I have an account" : "I need an account"}
      </button>
    </form>
  );
}
