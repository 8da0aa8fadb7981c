// Comparing two samples without assuming how they are spread.

/**
 * The probability that a value of the first sample is smaller than one of the second (equal ones count half): the effect size
 * of the Mann-Whitney U test. 0.5: neither tends to be smaller; 0 or 1: every value tells which sample it is from.
 */
export function smaller(first: number[], second: number[]): number {
  let wins = 0;
  for (const a of first) for (const b of second) wins += a < b ? 1 : a === b ? 0.5 : 0;
  return wins / (first.length * second.length);
}

/** The standard deviation of that probability when both samples are of one kind. */
export const deviation = (first: number, second: number): number =>
  Math.sqrt((first + second + 1) / (12 * first * second));

/** In an order of its own, by Fisher and Yates. */
export function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
