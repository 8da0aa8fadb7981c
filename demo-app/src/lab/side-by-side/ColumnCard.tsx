import { useId } from "react";
import { perRow } from "../measure/figures.ts";
import { digits, ms } from "../measure/table.ts";
import type { ColumnState, LiveState } from "./live-run.ts";
import { Sparkline } from "./Sparkline.tsx";

/** One way to authenticate the calls, and what it costs. */
export function ColumnCard({ state, live }: { state: ColumnState; live: LiveState }) {
  const { column, cost, recent, newest } = state;
  const id = useId();
  return (
    <section className="card column" aria-labelledby={id} data-testid={`column-${column.kind}`}>
      <header className="column-head">
        <h3 id={id} className="card-title">
          {column.title}
        </h3>
        <Tag newest={newest} isCalling={live.isCalling} />
      </header>
      <p className="column-route">
        <code>{column.route}</code>
      </p>
      <Sparkline
        label={`Latency of the last ${recent.length} calls${cost ? `: p50 ${ms(cost.p50)}, p99 ${ms(cost.p99)}` : ""}`}
        values={recent}
      />
      <dl className="figures">
        <Figure name="Latency, p50 / p99" value={cost && `${ms(cost.p50)} / ${ms(cost.p99)}`} />
        <Figure name="Look-ups per request" value={cost && `${digits(cost.lookups)} calls`} />
        <Figure
          name="Objects asked per request"
          value={cost && `${digits(cost.objects)}${cost.bindings.length > 0 ? ` (${namesOf(cost.bindings)})` : ""}`}
        />
        <Figure name="Credential per request" value={cost && `${cost.credentialBytes} bytes`} />
        <Figure name="Stored for these calls" value={storedFor(state, live)} />
        <Figure name="With the store down" value={outageOf(state)} />
      </dl>
    </section>
  );
}

function Tag({ newest, isCalling }: { newest: ColumnState["newest"]; isCalling: boolean }) {
  if (!newest) return <span className="tag tag-warn">starting</span>;
  const { outcome, status } = newest;
  if (outcome === "accepted" && !isCalling) return <span className="tag tag-warn">paused</span>;
  const look = outcome === "accepted" ? "tag-good" : outcome === "rejected" ? "tag-bad" : "tag-warn";
  return (
    <span className={`tag ${look}`}>
      {outcome === "rejected" && status === 200 ? "role gone" : outcome} {status || ""}
    </span>
  );
}

function Figure({ name, value }: { name: string; value: string | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? "not measured yet"}</dd>
    </div>
  );
}

/** Names of bindings as words. */
const namesOf = (bindings: readonly string[]) => bindings.map((name) => name.toLowerCase()).join(", ");

/** What the server keeps so that it can decide about the calls of this column, and what it keeps anyway. */
function storedFor({ column }: ColumnState, { stored }: LiveState): string | null {
  if (!stored) return null;
  if (column.kind === "none") return "nothing";
  if (column.kind === "bound") {
    const list = perRow(stored.revocations, "revocation");
    return list ? `${list.rows} of ${list.bytes} bytes: revocations of all users` : "no revocations yet";
  }
  const session = perRow(stored.account, "family");
  return session && `${session.bytes} bytes per session`;
}

function outageOf({ outage }: ColumnState): string | null {
  return outage && `${outage.accepted} of ${outage.calls} calls accepted`;
}
