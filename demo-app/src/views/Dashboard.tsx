import type { Session } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { ProofProvider } from "../account/Proof.tsx";
import { messageOf } from "../auth/messages.ts";
import { usePlace } from "../hooks/usePlace.ts";
import { useSignOut } from "../hooks/useSignOut.ts";
import { Notice } from "../ui/Notice.tsx";
import { StatusBanner } from "../ui/StatusBanner.tsx";
import { TopBar } from "../ui/TopBar.tsx";
import { Account } from "./Account.tsx";
import { Home } from "./Home.tsx";

/** What a signed-in user sees, also while the service can't be reached. */
export function Dashboard({ session }: { session: Session }) {
  const { status, signOut: end } = useAuth();
  const { pending, error, signOut } = useSignOut(end);
  const { place, link } = usePlace();
  const online = status === "signed-in";

  return (
    <div className="app" data-testid="app">
      <TopBar user={session.user} place={place} pending={pending} signOut={signOut} />
      <StatusBanner online={online} />
      <main className="board">
        <h1 className="visually-hidden">{place === "account" ? "Your account" : "Latchkey demo"}</h1>
        {error !== null && <Notice tone="error">{messageOf(error)}</Notice>}
        <ProofProvider>
          {place === "account" ? (
            <Account user={session.user} link={link} />
          ) : (
            <Home session={session} online={online} pending={pending} signOut={signOut} />
          )}
        </ProofProvider>
      </main>
    </div>
  );
}
