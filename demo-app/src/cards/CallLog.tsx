// biome-ignore-all lint/a11y/noRedundantRoles: the narrow layout changes `display`, which takes the implied roles away in
// some browsers.
import type { LoggedCall } from "../api/call.ts";
import { Card } from "../ui/Card.tsx";

/** The calls made through `auth.fetch`, the newest first. */
export function CallLog({ calls }: { calls: readonly LoggedCall[] }) {
  return (
    <Card title="Calls" aside={calls.length > 0 && <span className="count">{calls.length}</span>}>
      <div className="calls" data-testid="call-log">
        {calls.length === 0 ? <p className="empty">No calls yet.</p> : <CallTable calls={calls} />}
      </div>
    </Card>
  );
}

function CallTable({ calls }: { calls: readonly LoggedCall[] }) {
  return (
    <table className="call-table" role="table">
      <caption className="visually-hidden">Calls made, the newest first</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">
            Method
          </th>
          <th scope="col" role="columnheader">
            Path
          </th>
          <th scope="col" role="columnheader">
            Status
          </th>
          <th scope="col" role="columnheader" className="number">
            Duration
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {calls.map((call) => (
          <CallRow key={call.id} call={call} />
        ))}
      </tbody>
    </table>
  );
}

function CallRow({ call }: { call: LoggedCall }) {
  const ok = typeof call.outcome === "number" && call.outcome < 400;
  return (
    <tr role="row">
      <td role="cell" className="call-method">
        {call.method}
      </td>
      <td role="cell" className="call-path" title={call.path}>
        {call.path}
      </td>
      <td role="cell" className="call-status">
        <span className={ok ? "tag tag-good" : "tag tag-bad"}>{call.outcome}</span>
      </td>
      <td role="cell" className="call-duration number">
        {Math.round(call.duration)} ms
      </td>
    </tr>
  );
}
