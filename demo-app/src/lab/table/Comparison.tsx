// biome-ignore-all lint/a11y/noRedundantRoles: the narrow layout changes `display`, which takes the implied roles away in
// some browsers.
import type { Report } from "../measure/run.ts";
import type { Row, Side } from "../measure/table.ts";

const HEADS = ["", "Sessions, as articles say", "Measured", "JWTs, as articles say", "Measured"];

/** The table. A column with figures stands beside each column with adjectives. */
export function Comparison({ rows, report }: { rows: readonly Row[]; report: Report }) {
  return (
    <table className="comparison" role="table" data-testid="comparison">
      <caption>
        Measured {new Date(report.measured_at).toLocaleString()} on this machine
        {report.token_life !== undefined && `; an access token lives ${report.token_life} s`}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          {HEADS.map((head, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two columns have the same head
            <th key={at} scope="col" role="columnheader">
              {head === "" ? <span className="visually-hidden">Dimension</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={row.dimension} role="row">
            <th scope="row" role="rowheader">
              {row.dimension}
              <details className="how">
                <summary>How measured</summary>
                {row.how}
              </details>
            </th>
            <td role="cell" className="says" data-head="Sessions, as articles say">
              {row.session.says}
            </td>
            <Figures side={row.session} head="Sessions, measured" />
            <td role="cell" className="says" data-head="JWTs, as articles say">
              {row.jwt.says}
            </td>
            <Figures side={row.jwt} head="JWTs, measured" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Figures({ side, head }: { side: Side; head: string }) {
  return (
    <td role="cell" className="measured" data-head={head}>
      <ul>
        {side.figures.map(({ of, value }) => (
          <li key={of} className={value === null ? "unmeasured" : undefined}>
            <span>{of}</span> {value ?? "not measured yet"}
          </li>
        ))}
      </ul>
    </td>
  );
}
