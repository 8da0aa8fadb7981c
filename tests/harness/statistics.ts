// Compares two samples without assumptions about their distributions.

/**
 * The probability that a value of the first sample is smaller than one of the second (equal ones count half):
 * the effect size of the Mann-Whitney U test. At 0.5 neither tends to be smaller; at 0 or 1 every value shows
 * which sample it is from.
 */
export function smaller(first: number[], second: number[]): number {
  let wins = 0;
  for (const a of first) for (const b of second) wins += a < b ? 1 : a === b ? 0.5 : 0;
  return wins / (first.length * second.length);
}

/** The standard deviation of that probability if both samples have the same distribution. */
export const deviation = (first: number, second: number): number =>
  Math.sqrt((first + second + 1) / (12 * first * second));

/** In random order, by Fisher and Yates. */
export function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
