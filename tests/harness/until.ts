// Waiting without guessing: for a condition, with a deadline, or for a moment that the service itself has named.
import { setTimeout as pause } from "node:timers/promises";

/** Asks `probe` again and again until it gives something other than `undefined` or `false`. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 30,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const value = await probe();
    if (value !== undefined && value !== false) return value as T;
    await pause(100);
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

/**
 * Asks until the answer is 401. Whatever was *sent* later than `bound` milliseconds after `since` must have been refused, however long
 * its answer was under way on a busy machine. Gives the milliseconds after which the first refused one was sent.
 */
export async function refusedWithin(
  what: string,
  bound: number,
  since: number,
  request: () => Promise<{ status: number }>,
): Promise<number> {
  return until(`${what} refuses`, async () => {
    const sent = Date.now() - since;
    const { status } = await request();
    if (status === 401) return sent + 1;
    if (sent > bound) throw new Error(`${what}: let through ${sent} ms after the answer`);
    return undefined;
  });
}

/** Waits until the clock has passed a time the service gave, in seconds since the epoch. */
export async function untilPast(time: number): Promise<void> {
  await until(`the clock passes ${time}`, () => Date.now() > (time + 1) * 1000, 60);
}
