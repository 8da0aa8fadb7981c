import { useMemo } from "react";
import type uPlot from "uplot";
import { Chart } from "../charts/Chart.tsx";
import { colorOf } from "../charts/theme.ts";

/** The latency of the newest calls, with a gap for each call that was not accepted. */
export function Sparkline({ label, values }: { label: string; values: readonly (number | null)[] }) {
  const data = useMemo<uPlot.AlignedData>(() => [values.map((_, at) => at), [...values]], [values]);
  return <Chart label={label} height={56} data={data} options={options} />;
}

function options(element: Element): Omit<uPlot.Options, "width" | "height"> {
  return {
    axes: [{ show: false }, { show: false }],
    cursor: { show: false },
    legend: { show: false },
    padding: [4, 0, 4, 0],
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(10, max ?? 0)] } },
    series: [
      {},
      {
        stroke: colorOf(element, "--accent"),
        fill: colorOf(element, "--accent-wash"),
        width: 1.5,
        points: { show: false },
      },
    ],
  };
}
