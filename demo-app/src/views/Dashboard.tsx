import type { Session } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { messageOf } from "../auth/messages.ts";
import { AccountCard } from "../cards/AccountCard.tsx";
import { CallApi } from "../cards/CallApi.tsx";
import { CallLog } from "../cards/CallLog.tsx";
import { NotesCard } from "../cards/NotesCard.tsx";
import { SessionClock } from "../cards/SessionClock.tsx";
import { SessionsCard } from "../cards/SessionsCard.tsx";
import { useCallLog } from "../hooks/useCallLog.ts";
import { useSignOut } from "../hooks/useSignOut.ts";
import { Notice } from "../ui/Notice.tsx";
import { StatusBanner } from "../ui/StatusBanner.tsx";
import { TopBar } from "../ui/TopBar.tsx";

/** What a signed-in user sees, also while the service can't be reached. */
export function Dashboard({ session }: { session: Session }) {
  const { status, tokenClock, fetch, sessions, signOut: end, deleteAccount, reauthenticate } = useAuth();
  const { call, calls } = useCallLog(fetch);
  const { pending, error, signOut } = useSignOut(end);
  const online = status === "signed-in";

  return (
    <div className="app" data-testid="app">
      <TopBar email={session.user.email} pending={pending} signOut={signOut} />
      <StatusBanner online={online} />
      <main className="board">
        <h1 className="visually-hidden">Latchkey demo</h1>
        {error !== null && <Notice tone="error">{messageOf(error)}</Notice>}
        <div className="board-column">
          <SessionClock session={session} clock={tokenClock} />
          <NotesCard call={call} online={online} />
        </div>
        <div className="board-column">
          <CallApi call={call} />
          <CallLog calls={calls} />
          <SessionsCard service={sessions} online={online} pending={pending} signOut={signOut} />
          <AccountCard user={session.user} deleteAccount={deleteAccount} reauthenticate={reauthenticate} />
        </div>
      </main>
    </div>
  );
}
