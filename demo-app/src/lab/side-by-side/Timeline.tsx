import { useMemo } from "react";
import type uPlot from "uplot";
import { Chart } from "../charts/Chart.tsx";
import { colorOf } from "../charts/theme.ts";
import type { RunningTrial } from "../measure/trial.ts";

/** Seconds shown before the action. */
const BEFORE = 1;

/** Every call around an action as a dot, one line for each column: accepted ones in one colour, others in another. */
export function Timeline({ running, label, width }: { running: RunningTrial; label: string; width: number }) {
  const titles = running.callers.map(({ column }) => column.title);
  // `width` grows while calls come in.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the calls are kept in place
  const data = useMemo(() => dataOf(running), [running, width]);
  const options = (element: Element) => optionsFor(element, titles);
  return <Chart key={titles.join()} label={label} height={40 + 34 * titles.length} data={data} options={options} />;
}

function dataOf({ callers, since }: RunningTrial): uPlot.AlignedData {
  const begin = since ?? performance.now();
  const points = callers.flatMap(({ calls }, line) =>
    calls
      .filter(({ at }) => at > begin - BEFORE * 1000)
      .map(({ at, outcome }) => ({ x: (at - begin) / 1000, line, accepted: outcome === "accepted" })),
  );
  points.sort((a, b) => a.x - b.x);
  const series = callers.flatMap((_, line) =>
    [true, false].map((accepted) =>
      points.map((point) => (point.line === line && point.accepted === accepted ? callers.length - line : null)),
    ),
  );
  return [points.map(({ x }) => x), ...series] as uPlot.AlignedData;
}

function optionsFor(element: Element, titles: readonly string[]): Omit<uPlot.Options, "width" | "height"> {
  const [text, line, accepted, rejected] = ["--text-soft", "--line", "--accent", "--danger"].map((name) =>
    colorOf(element, name),
  ) as [string, string, string, string];
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const dots = (color: string, space: number): uPlot.Series => ({
    paths: () => null,
    points: { show: true, size: 5, fill: color, stroke: color, space },
  });
  return {
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false, range: (_, min, max) => [Math.min(min, -BEFORE), Math.max(max, 3)] },
      y: { range: [0.4, titles.length + 0.6] },
    },
    axes: [
      {
        stroke: text,
        font,
        grid: { stroke: line, width: 1 },
        ticks: { stroke: line, width: 1 },
        values: (_, splits) => splits.map((value) => `${value} s`),
      },
      {
        stroke: text,
        font,
        size: 116,
        grid: { show: false },
        ticks: { show: false },
        splits: () => titles.map((_, at) => titles.length - at),
        values: () => [...titles],
      },
    ],
    series: [{}, ...titles.flatMap(() => [dots(accepted, 0), dots(rejected, 0)])],
    hooks: {
      draw: [
        (plot) => {
          const x = plot.valToPos(0, "x", true);
          const { top, height } = plot.bbox;
          plot.ctx.save();
          plot.ctx.strokeStyle = text;
          plot.ctx.setLineDash([4, 4]);
          plot.ctx.beginPath();
          plot.ctx.moveTo(x, top);
          plot.ctx.lineTo(x, top + height);
          plot.ctx.stroke();
          plot.ctx.restore();
        },
      ],
    },
  };
}
