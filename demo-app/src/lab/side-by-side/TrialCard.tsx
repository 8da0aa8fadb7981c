import { columnsFor, KINDS } from "../measure/columns.ts";
import type { Kept } from "../measure/figures.ts";
import { ACTION_TITLES } from "../measure/lab-service.ts";
import { keptAsText, ms } from "../measure/table.ts";
import type { RunningTrial, Trial } from "../measure/trial.ts";
import { Timeline } from "./Timeline.tsx";

interface TrialCardProps {
  running: RunningTrial;
  trial: Trial;
  /** Seconds. */
  expiresIn: number | null;
}

/** The newest trial: every call around it, and for how long each column accepted the old credential. */
export function TrialCard({ running, trial, expiresIn }: TrialCardProps) {
  const columns = columnsFor(trial.bound);
  const counted = running.callers.reduce((sum, { calls }) => sum + calls.length, 0);
  return (
    <section className="card" aria-labelledby="trial-title" data-testid="trial">
      <header className="card-header">
        <h2 id="trial-title" className="card-title">
          {ACTION_TITLES[trial.action]}
        </h2>
        <code className="trial-request">{trial.request}</code>
      </header>
      <p className="lab-text">
        Each dot is a call; the dashed line is the moment in which the service answered. For how long did the old
        credential still work?
      </p>
      <Timeline
        running={running}
        label={`The calls around “${ACTION_TITLES[trial.action]}”; the list below says when each column rejected`}
        width={counted}
      />
      <dl className="kept">
        {KINDS.map((kind) => (
          <div key={kind} data-testid={`kept-${kind}`}>
            <dt>{columns.find((column) => column.kind === kind)?.title}</dt>
            <dd>
              <strong>{keptAsText(trial.kept[kind])}</strong>
              <small>{remark(trial, kind, trial.kept[kind], expiresIn)}</small>
            </dd>
          </div>
        ))}
      </dl>
      <p className="visually-hidden" role="status">
        {running.isSettled ? spoken(trial) : ""}
      </p>
    </section>
  );
}

function remark({ action }: Trial, kind: (typeof KINDS)[number], kept: Kept, expiresIn: number | null): string {
  if (kept.rejectedAfter !== null) return `the next call, at ${ms(kept.rejectedAfter)}, was rejected`;
  if (kind === "session" && action === "key") return "its cookie is not made with the signing key";
  if (kind === "session") return "";
  return expiresIn === null || expiresIn < 0 ? "" : `the token expires in ${Math.ceil(expiresIn)} s`;
}

/** The outcome, read out once. */
function spoken({ action, kept, bound }: Trial): string {
  const parts = columnsFor(bound).map(({ kind, title }) => `${title}: ${keptAsText(kept[kind])}`);
  return `${ACTION_TITLES[action]}. ${parts.join(". ")}.`;
}
