import { SignIn } from "latchkey-auth/react";
import "latchkey-auth/sign-in.css";
import { en } from "latchkey-auth/texts/en";
import { Pitch } from "../sign-in/Pitch.tsx";
import { Brand } from "../ui/Brand.tsx";

/** The way in: every method that the service offers, by the package's own form. */
export function SignedOut() {
  return (
    <div className="welcome">
      <header className="welcome-header">
        <Brand />
        <nav className="welcome-nav">
          <a href="/mailbox" target="_blank" rel="noreferrer">
            Mailbox
          </a>
          <a href="/docs/">Documentation</a>
        </nav>
      </header>
      <main className="welcome-main">
        <section className="card entry" aria-labelledby="entry-title" data-testid="sign-in-form">
          <h1 id="entry-title" className="entry-title">
            Welcome
          </h1>
          <SignIn texts={en} />
        </section>
        <Pitch />
      </main>
    </div>
  );
}
