import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { messageOf } from "../../auth/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { useLab } from "../frame/LabProvider.tsx";
import { LabFailed } from "../measure/lab-service.ts";
import { Actions } from "./Actions.tsx";
import { BoundSlider } from "./BoundSlider.tsx";
import { ColumnCard } from "./ColumnCard.tsx";
import { LiveRun, type LiveState } from "./live-run.ts";
import { TrialCard } from "./TrialCard.tsx";
import { TrialsTable } from "./TrialsTable.tsx";

/** How often the report of the lab learns what was measured here, in milliseconds. */
const RECORD_EVERY = 1000;

/** Four ways to authenticate the same calls, at the same time. */
export function SideBySide() {
  const { transport, report, record } = useLab();
  const first = useRef(report.bound);
  const run = useMemo(() => new LiveRun(transport, first.current), [transport]);
  const live = useSyncExternalStore(run.subscribe, run.read);
  const recording = useRef(record);
  recording.current = record;

  useEffect(() => {
    void run.start();
    const timer = setInterval(() => recording.current(run.found), RECORD_EVERY);
    // A page that the browser may show again keeps its user.
    const leave = ({ persisted }: PageTransitionEvent) => persisted || run.leave();
    addEventListener("pagehide", leave);
    return () => {
      clearInterval(timer);
      removeEventListener("pagehide", leave);
      recording.current(run.found);
      void run.stop();
    };
  }, [run]);

  // A hidden page calls nothing, unless a trial goes on.
  useEffect(() => {
    const isHidden = () => document.visibilityState === "hidden";
    let paused = false;
    const changed = () => {
      if (isHidden() && run.read().isCalling && !run.read().running) {
        paused = true;
        run.pause();
      } else if (!isHidden() && paused) {
        paused = false;
        run.resume();
      }
    };
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, [run]);

  return (
    <div className="side-by-side">
      <p className="lab-text">
        Four columns call the same handler behind the gate, each call after the one before, as one throw-away user. Only
        the credential and the route's <code>revocation</code> differ. Then end the user's credentials with a button:
        the calls go on with the old ones.
      </p>
      {live.error !== null && (
        <Notice tone="error">{live.error instanceof LabFailed ? live.error.message : messageOf(live.error)}</Notice>
      )}
      <div className="lab-controls">
        <div className="button-row">
          <Button
            aria-pressed={!live.isCalling}
            onClick={() => (live.isCalling ? run.pause() : run.resume())}
            pending={live.pending === "user"}
          >
            {live.isCalling ? "Pause calls" : "Continue calls"}
          </Button>
          <Button pending={live.pending !== null} onClick={() => void run.newUser()}>
            New user
          </Button>
        </div>
        <BoundSlider bound={live.bound} onChange={(bound) => run.setBound(bound)} />
        <label className="switch">
          <input
            type="checkbox"
            role="switch"
            aria-checked={live.storeIsDown}
            checked={live.storeIsDown}
            onChange={({ target }) => run.setStoreIsDown(target.checked)}
          />
          <span>
            Store is down <small>for these calls: a fault switch in the demo's Worker, simulated</small>
          </span>
        </label>
      </div>
      {live.storeIsDown && (
        <Notice tone="info">
          Every call of a Durable Object fails for these calls. In the same outage, a sign-in gets{" "}
          {answerTo(live, "down-sign-in")}, and a refresh gets {answerTo(live, "down-refresh")}. No user is signed out:
          the vault keeps the session and tries again.
        </Notice>
      )}
      <Actions live={live} onAct={(action) => void run.act(action)} />
      {live.running && live.trial && <TrialCard running={live.running} trial={live.trial} expiresIn={live.expiresIn} />}
      <div className="columns">
        {live.columns.map((state) => (
          <ColumnCard key={state.column.kind} state={state} live={live} />
        ))}
      </div>
      {live.trials.length > 0 && <TrialsTable trials={live.trials} />}
    </div>
  );
}

function answerTo({ probes }: LiveState, name: string): string {
  const probe = probes.find((each) => each.name === name);
  return probe ? `${probe.status} ${probe.code}` : "…";
}
