import { SignIn, useAuth } from "latchkey-auth/react";
import { en } from "latchkey-auth/texts/en";
import { Account } from "./Account";

export function App() {
  const { status, session } = useAuth();
  if (status === "loading") return <p role="status">One moment…</p>;
  return (
    <section className="card">
      <h2>{session ? "Your account" : "Welcome"}</h2>
      {session && status === "offline" && <p role="status">No connection. Trying again…</p>}
      {session ? <Account email={session.user.email} /> : <SignIn texts={en} />}
    </section>
  );
}
