import type { Session, TokenClock } from "latchkey-auth";
import { useMemo } from "react";
import { countdown, distance, moment } from "../format/time.ts";
import { useNow } from "../hooks/useNow.ts";
import { Card } from "../ui/Card.tsx";
import { ProgressRing } from "../ui/ProgressRing.tsx";

/** How long the access token and the session still live. */
export function SessionClock({ session, clock }: { session: Session; clock: TokenClock }) {
  const now = useNow(500);
  // The client doesn't say how long the token lives in all; what was left when it was first seen comes close.
  const lifetime = useMemo(() => (clock.expiresAt === null ? 0 : clock.expiresAt - Date.now()), [clock.expiresAt]);
  const left = clock.expiresAt === null ? 0 : Math.max(0, clock.expiresAt - now);

  return (
    <Card title="Session clock">
      <div className="clock">
        <ProgressRing share={lifetime > 0 ? Math.min(1, left / lifetime) : 0}>
          <span className="clock-countdown" role="timer" data-testid="token-countdown">
            {clock.expiresAt === null ? "–:––" : countdown(left)}
          </span>
          <span className="clock-caption">token time left</span>
        </ProgressRing>
        <dl className="facts">
          <div>
            <dt>Refreshes so far</dt>
            <dd data-testid="refresh-count">{clock.refreshes}</dd>
          </div>
          <Deadline label="Session ends" at={session.expiresAt} now={now} />
          <Deadline label="Or, if you do not use it" at={session.idleExpiresAt} now={now} />
        </dl>
      </div>
    </Card>
  );
}

function Deadline({ label, at, now }: { label: string; at: number; now: number }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {distance(at, now)} <small>{moment(at)}</small>
      </dd>
    </div>
  );
}
