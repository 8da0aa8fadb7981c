import { useAuth } from "latchkey-auth/react";
import { useState } from "react";
import { messageOf } from "../auth/messages.ts";
import { CredentialsForm, type Mode } from "../sign-in/CredentialsForm.tsx";
import { ModeSwitch } from "../sign-in/ModeSwitch.tsx";
import { Pitch } from "../sign-in/Pitch.tsx";
import { Brand } from "../ui/Brand.tsx";
import { Notice } from "../ui/Notice.tsx";

/** The way in: sign in, or create an account. */
export function SignedOut() {
  const { signIn, signUp, lastError } = useAuth();
  const [mode, setMode] = useState<Mode>("sign-in");
  const [email, setEmail] = useState("");

  return (
    <div className="welcome">
      <header className="welcome-header">
        <Brand />
        <a href="/docs/">Documentation</a>
      </header>
      <main className="welcome-main">
        <section className="card entry" aria-labelledby="entry-title">
          <h1 id="entry-title" className="entry-title">
            {mode === "sign-in" ? "Welcome back" : "Make yourself a key"}
          </h1>
          {lastError && (
            <Notice tone="info" data-testid="session-notice">
              {messageOf(lastError)}
            </Notice>
          )}
          <ModeSwitch mode={mode} onChange={setMode} />
          <CredentialsForm
            key={mode}
            mode={mode}
            email={email}
            onEmail={setEmail}
            submit={mode === "sign-in" ? signIn : signUp}
          />
        </section>
        <Pitch />
      </main>
    </div>
  );
}
