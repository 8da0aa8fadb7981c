import { type Devtools, mountDevtools } from "latchkey-auth/devtools";
import type { FakeSession } from "latchkey-auth/testing";
import { useCallback, useEffect, useRef, useState } from "react";
import { messageOf } from "../../auth/messages.ts";
import { moment } from "../../format/time.ts";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Faults } from "./Faults.tsx";
import { SkipTime } from "./SkipTime.tsx";
import {
  familyLine,
  SIMULATED_FAULTS,
  type Simulation,
  setSimulatedFault,
  signInAgain,
  startSimulation,
} from "./simulation.ts";
import { Table } from "./Table.tsx";

/** How often the service's side is read while time runs by itself, in milliseconds. */
const LOOK_EVERY = 500;

interface Started extends Simulation {
  readonly panel: Devtools;
}

interface Seen {
  readonly now: number;
  readonly sessions: readonly FakeSession[];
  readonly session: string | undefined;
  readonly isSignedOut: boolean;
}

const seenOf = ({ service, auth }: Simulation): Seen => ({
  now: service.now(),
  sessions: service.sessions(),
  session: auth.session?.id,
  isSignedOut: auth.status === "signed-out",
});

/** The real vault, with a simulated service and network, whose time can be skipped. */
export function SimulatedSession() {
  const place = useRef<HTMLDivElement>(null);
  const [started, setStarted] = useState<Started | null>(null);
  const [seen, setSeen] = useState<Seen | null>(null);
  const [fault, setFault] = useState("none");
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    const into = place.current;
    let end: (() => void) | null = () => {};
    startSimulation().then(({ service, auth }) => {
      if (!end || !into) return auth.dispose();
      const panel = mountDevtools(auth, { into, now: service.now });
      panel.note("simulated: the service and the network; the vault is the real one");
      setStarted({ service, auth, panel });
      end = () => {
        panel.unmount();
        auth.dispose();
      };
    }, setError);
    return () => {
      end?.();
      end = null;
    };
  }, []);

  const look = useCallback(() => {
    if (started) setSeen(seenOf(started));
  }, [started]);

  useEffect(() => {
    look();
    const timer = setInterval(look, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [look]);

  function choose(id: string) {
    if (!started) return;
    started.panel.note(`fault: ${id}`);
    setSimulatedFault(started.service, id);
    setFault(id);
  }

  /** The panel shows the call with its result, also if it fails. */
  async function call(act: (simulation: Simulation) => Promise<unknown>) {
    if (!started) return;
    await act(started).catch(() => {});
    look();
  }

  return (
    <>
      <p className="lab-text">
        Simulated: the service and the network are those of <code>latchkey-auth/testing</code>, in the memory of this
        page, with the real service's lifetimes. The vault is the real one, with its WebAssembly. So the clocks of both
        can be skipped, nothing here reaches the real service, and a reload starts anew. Step through the run, or share
        it as a link: the run is in the link's fragment, and no secret is.
      </p>
      {error !== null && <Notice tone="error">{messageOf(error)}</Notice>}
      <div className="machines">
        <div ref={place} data-testid="panel" />
        <div className="machines-side">
          <section className="card" aria-labelledby="time-title">
            <h2 id="time-title" className="card-title">
              Time
            </h2>
            {started && <SkipTime {...started} now={seen?.now ?? 0} familyLine={familyLine} onPassed={look} />}
          </section>
          <section className="card" aria-labelledby="simulated-network-title">
            <h2 id="simulated-network-title" className="card-title">
              The simulated network
            </h2>
            <Faults
              title="Fault between the simulated browser and the simulated service"
              faults={SIMULATED_FAULTS}
              chosen={fault}
              onChoose={choose}
            />
            <div className="button-row">
              <Button onClick={() => void call(({ auth }) => auth.fetch("/api/notes"))}>Call the API</Button>
              {seen?.isSignedOut && <Button onClick={() => void call(signInAgain)}>Sign in again</Button>}
            </div>
          </section>
        </div>
      </div>
      {seen && (
        <section className="card" aria-labelledby="simulated-side-title" data-testid="simulated-side">
          <h2 id="simulated-side-title" className="card-title">
            The simulated service's side
          </h2>
          <Table
            title="Families: one for each session, with the generation of its refresh token"
            heads={["Family", "Generation", "Last used", "Idle expiry", "Absolute expiry", "Ended"]}
            rows={seen.sessions.map((family) => [
              family.id === seen.session ? `${family.id} (this one)` : family.id,
              String(family.generation),
              moment(family.lastUsedAt),
              moment(family.idleExpiresAt),
              moment(family.expiresAt),
              family.endedAt === null ? "no" : `${moment(family.endedAt)}, ${family.endReason ?? ""}`,
            ])}
          />
          <p className="lab-how">
            A session ends as <code>idle</code> when no refresh token was renewed for 7 days, and as{" "}
            <code>expired</code> after 30 days in any case. After 30 days the browser drops the cookie, too, so the
            client learns only that there is no session: its reason is <code>none</code>.
          </p>
        </section>
      )}
    </>
  );
}
