import type { AuthClient, SignOutScope } from "latchkey-auth";
import { useRef, useState } from "react";
import { messageOf } from "../auth/messages.ts";
import { useNow } from "../hooks/useNow.ts";
import { useSessions } from "../hooks/useSessions.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Notice } from "../ui/Notice.tsx";
import { SessionRow } from "./SessionRow.tsx";

interface SessionsCardProps {
  service: AuthClient["sessions"];
  online: boolean;
  pending: SignOutScope | null;
  signOut: (scope: SignOutScope) => Promise<boolean>;
}

/** Where the user is signed in, and the ways to end it. */
export function SessionsCard({ service, online, pending, signOut }: SessionsCardProps) {
  const { sessions, loading, error, load, revoke } = useSessions(service, online);
  const [done, setDone] = useState<string | null>(null);
  const now = useNow(30_000);
  const list = useRef<HTMLDivElement>(null);

  async function onRevoke(id: string) {
    const worked = await revoke(id);
    setDone(worked ? "The session was ended." : null);
    // The button that had the focus is gone with its row.
    if (worked) list.current?.focus();
  }

  async function onSignOutOthers() {
    const worked = await signOut("others");
    setDone(worked ? "Your other devices were signed out." : null);
    if (worked) await load();
  }

  return (
    <Card
      title="Sessions"
      aside={
        <Button look="quiet" pending={loading} onClick={() => void load()}>
          Refresh
        </Button>
      }
    >
      {error !== null && <Notice tone="error">{messageOf(error)}</Notice>}
      <div ref={list} tabIndex={-1} data-testid="sessions-list">
        {sessions ? (
          <ul className="sessions">
            {sessions.map((session) => (
              <SessionRow key={session.id} session={session} now={now} revoke={onRevoke} />
            ))}
          </ul>
        ) : (
          <p className="empty">
            {loading ? "Loading your sessions…" : "Your sessions will be shown when the service is back."}
          </p>
        )}
      </div>
      <p className="done" role="status">
        {done}
      </p>
      <div className="button-row">
        <Button pending={pending === "others"} onClick={() => void onSignOutOthers()}>
          Sign out other devices
        </Button>
        <Button look="danger" pending={pending === "global"} onClick={() => void signOut("global")}>
          Sign out everywhere
        </Button>
      </div>
    </Card>
  );
}
