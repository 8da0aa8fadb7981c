import { useEffect, useRef, useState } from "react";
// Before uPlot.
import "./language.ts";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { onScheme } from "./theme.ts";

interface ChartProps {
  /** What the chart shows, for users who can't see it. */
  label: string;
  /** In pixels. */
  height: number;
  data: uPlot.AlignedData;
  /** Everything but the size. Read when the chart is created and when the colour scheme changes; `element` has the colours. */
  options: (element: Element) => Omit<uPlot.Options, "width" | "height">;
}

/** A chart of uPlot that follows its container's width and the colour scheme. */
export function Chart({ label, height, data, options }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data, options });
  latest.current = { data, options };
  const [scheme, setScheme] = useState(0);
  useEffect(() => onScheme(() => setScheme((number) => number + 1)), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `scheme` has the colours read again
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(
      { ...latest.current.options(element), width: element.clientWidth, height },
      latest.current.data,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [height, scheme]);

  useEffect(() => plot.current?.setData(data), [data]);

  return <div ref={box} className="chart" role="img" aria-label={label} />;
}
