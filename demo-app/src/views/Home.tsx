import type { Session, SignOutScope } from "latchkey-auth";
import { useAuth } from "latchkey-auth/react";
import { CallApi } from "../cards/CallApi.tsx";
import { CallLog } from "../cards/CallLog.tsx";
import { LabCard } from "../cards/LabCard.tsx";
import { NotesCard } from "../cards/NotesCard.tsx";
import { SessionClock } from "../cards/SessionClock.tsx";
import { SessionsCard } from "../cards/SessionsCard.tsx";
import { useCallLog } from "../hooks/useCallLog.ts";

interface HomeProps {
  session: Session;
  online: boolean;
  pending: SignOutScope | null;
  signOut: (scope: SignOutScope) => Promise<boolean>;
}

/** The session, and what the API does with it. */
export function Home({ session, online, pending, signOut }: HomeProps) {
  const { tokenClock, fetch, sessions } = useAuth();
  const { call, calls } = useCallLog(fetch);
  return (
    <>
      <LabCard />
      <div className="board-column">
        <SessionClock session={session} clock={tokenClock} />
        <NotesCard call={call} online={online} />
      </div>
      <div className="board-column">
        <CallApi call={call} />
        <CallLog calls={calls} />
        <SessionsCard service={sessions} online={online} pending={pending} signOut={signOut} />
      </div>
    </>
  );
}
