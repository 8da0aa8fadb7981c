import { type Devtools, mountDevtools } from "latchkey-auth/devtools";
import { useAuth } from "latchkey-auth/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { startingClient } from "../../auth/client.ts";
import { messageOf } from "../../auth/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { useLab } from "../frame/LabProvider.tsx";
import { LabFailed } from "../measure/lab-service.ts";
import { AccountTables } from "./AccountTables.tsx";
import { type AccountSide, accountSide, summaryOf } from "./account-side.ts";
import { Faults } from "./Faults.tsx";
import { FAULTS, faultNow, setFault } from "./faults.ts";

/** The client's state machine and the account's, of the visitor's own session, side by side. */
export function OwnSession() {
  const { transport } = useLab();
  const { fetch: send, session, status, tokenClock } = useAuth();
  const [fault, choose] = useState(faultNow);
  const [side, setSide] = useState<AccountSide | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [renewing, setRenewing] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const panel = useRef<Devtools | null>(null);
  const summary = useRef("");
  const current = useRef(fault);
  current.current = fault;

  useEffect(() => {
    if (!place.current) return;
    const mounted = mountDevtools(startingClient, { into: place.current });
    panel.current = mounted;
    return () => {
      mounted.unmount();
      // Not the fault of another tab.
      if (current.current !== "none") setFault("none", current.current);
      choose("none");
    };
  }, []);

  const sessionId = session?.id ?? "";
  const look = useCallback(async () => {
    try {
      const found = await accountSide(transport);
      const line = summaryOf(found, sessionId);
      if (line !== summary.current) panel.current?.note(line);
      summary.current = line;
      setSide(found);
      setError(null);
    } catch (thrown) {
      setError(thrown);
    }
  }, [transport, sessionId]);

  // The service's side changes with each refresh of this client.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number of refreshes is what it waits for
  useEffect(() => {
    if (status === "signed-in") void look();
  }, [look, status, tokenClock.refreshes]);

  function change(next: string) {
    panel.current?.note(`fault: ${next}`);
    setFault(next, fault);
    choose(next);
  }

  async function renew() {
    setRenewing(true);
    panel.current?.note("skip to the token's expiry: the API answers 401");
    try {
      const headers = { "Lab-Expired": crypto.randomUUID() };
      await send(`${location.origin}/lab/api/strict`, { headers, cache: "no-store" });
    } catch {
      // The panel shows the call with its error.
    } finally {
      setRenewing(false);
    }
  }

  return (
    <>
      <p className="lab-text">
        Your own session, live: the client's state machine in this page, and what the service keeps about it. Switch a
        fault on, skip to the token's expiry, and see what both do. Then step through the run, or share it as a link:
        the run is in the link's fragment, and no secret is.
      </p>
      <div className="machines">
        <div ref={place} data-testid="panel" />
        <section className="card" aria-labelledby="faults-title">
          <h2 id="faults-title" className="card-title">
            The network
          </h2>
          <Faults
            title="Fault between this browser and the service, for at most 5 minutes"
            faults={FAULTS}
            chosen={fault}
            onChoose={change}
          />
          <div className="button-row">
            <Button look="primary" pending={renewing} onClick={() => void renew()}>
              Skip to the token's expiry
            </Button>
            <a className="button button-plain" href="/lab#machines" target="_blank" rel="noreferrer">
              Open a second tab
            </a>
          </div>
          <p className="lab-how">
            The skip: the API answers one call with 401, as it answers an expired token, so the vault renews it. The
            real service's clock is not skipped, because accounts and keys would store times of the future, which stay
            when the clock goes back after a restart. Time itself is skipped in{" "}
            <a href="#machines&simulated">a simulated session</a>.
          </p>
        </section>
      </div>
      {error !== null && (
        <Notice tone="info">
          The account's side cannot be read: {error instanceof LabFailed ? error.message : messageOf(error)}
        </Notice>
      )}
      {side && <AccountTables side={side} session={sessionId} onLook={() => void look()} />}
    </>
  );
}
