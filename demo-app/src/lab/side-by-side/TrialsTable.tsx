// biome-ignore-all lint/a11y/noRedundantRoles: the narrow layout changes `display`, which takes the implied roles away in
// some browsers.
import { KINDS, type Kind } from "../measure/columns.ts";
import { ACTION_TITLES, ACTIONS } from "../measure/lab-service.ts";
import { keptAsText } from "../measure/table.ts";
import type { Trial } from "../measure/trial.ts";

const HEADS: Readonly<Record<Kind, string>> = {
  session: "Session",
  none: "Pure JWT",
  bound: "Bound",
  strict: "Strict",
};

/** The last trial of each action. */
export function TrialsTable({ trials }: { trials: readonly Trial[] }) {
  const shown = ACTIONS.flatMap((action) => trials.filter((trial) => trial.action === action));
  return (
    <section className="card" aria-labelledby="trials-title">
      <h2 id="trials-title" className="card-title">
        How long old credentials worked
      </h2>
      <table className="trials" role="table" data-testid="trials">
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">
              After
            </th>
            {KINDS.map((kind) => (
              <th key={kind} scope="col" role="columnheader">
                {HEADS[kind]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map(({ action, kept, bound }) => (
            <tr key={action} role="row">
              <th scope="row" role="rowheader">
                {ACTION_TITLES[action]}
              </th>
              {KINDS.map((kind) => (
                <td key={kind} role="cell" data-head={HEADS[kind]}>
                  {keptAsText(kept[kind])}
                  {kind === "bound" && kept[kind].rejectedAfter !== null && <small> of {bound} s</small>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="lab-how">
        From the answer to the action until the last accepted call began. The calls of a column follow each other after
        20 ms, so a figure is exact to the duration of one call and this pause.
      </p>
    </section>
  );
}
