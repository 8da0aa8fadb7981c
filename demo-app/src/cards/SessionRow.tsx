import type { SessionInfo } from "latchkey-auth";
import { useId, useState } from "react";
import { browserName } from "../format/browser.ts";
import { moment, since } from "../format/time.ts";
import { Button } from "../ui/Button.tsx";
import { Confirm } from "../ui/Confirm.tsx";

interface SessionRowProps {
  session: SessionInfo;
  now: number;
  revoke: (id: string) => Promise<void>;
}

export function SessionRow({ session, now, revoke }: SessionRowProps) {
  const [asking, setAsking] = useState(false);
  const [pending, setPending] = useState(false);
  const nameId = useId();

  async function onAnswer(yes: boolean) {
    setAsking(false);
    if (!yes) return;
    setPending(true);
    await revoke(session.id);
    setPending(false);
  }

  return (
    <li className="session">
      <div className="session-body">
        <p className="session-name" title={session.userAgent}>
          <span id={nameId}>{browserName(session.userAgent)}</span>
          {session.current && <span className="tag tag-good">this browser</span>}
        </p>
        <p className="session-times">
          <span title={moment(session.lastUsedAt)}>Used {since(session.lastUsedAt, now)}</span>
          <span>Signed in {moment(session.createdAt)}</span>
        </p>
      </div>
      {!session.current && (
        <Button look="quiet" pending={pending} aria-describedby={nameId} onClick={() => setAsking(true)}>
          Revoke
        </Button>
      )}
      {asking && (
        <Confirm title="End this session?" yes="Yes, revoke" no="Keep it" onAnswer={(yes) => void onAnswer(yes)}>
          {browserName(session.userAgent)} will have to sign in again.
        </Confirm>
      )}
    </li>
  );
}
