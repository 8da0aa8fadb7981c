// Medians and quantiles. What is compared is compared round by round, and the median of that is what counts: a machine
// that was busy for one round says nothing then.

/** Linear between neighbours; `NaN` for no values. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/** The median and the quartiles on both sides of it. */
export interface Spread {
  median: number;
  quartiles: [lower: number, upper: number];
}

export const spread = (values: number[]): Spread => ({
  median: median(values),
  quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
});
