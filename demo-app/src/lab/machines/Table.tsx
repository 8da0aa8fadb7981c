// biome-ignore-all lint/a11y/noRedundantRoles: the narrow layout changes `display`, which takes the implied roles away in
// some browsers.
import type { ReactNode } from "react";

/** A table that becomes a list of its cells where it is narrow. */
export function Table({ title, heads, rows }: { title: string; heads: string[]; rows: ReactNode[][] }) {
  return (
    <table className="trials" role="table">
      <caption>{title}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {heads.map((head) => (
            <th key={head} scope="col" role="columnheader">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.length === 0 && (
          <tr role="row">
            <td colSpan={heads.length} role="cell">
              None.
            </td>
          </tr>
        )}
        {rows.map((cells, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no state
          <tr key={row} role="row">
            {cells.map((cell, column) => (
              <td key={heads[column]} role="cell" data-head={heads[column]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
