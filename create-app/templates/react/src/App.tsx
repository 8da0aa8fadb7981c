import { useAuth } from "latchkey-auth/react";
import { Account } from "./Account";
import { SignIn } from "./SignIn";

export function App() {
  const { status, session } = useAuth();
  if (status === "loading") return <p role="status">One moment…</p>;
  return (
    <>
      {status === "offline" && <p role="status">No connection. Trying again…</p>}
      {session && <Account email={session.user.email} />}
      {status === "signed-out" && <SignIn />}
    </>
  );
}
