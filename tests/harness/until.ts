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

/** Waits until the clock has passed a time the service gave, in seconds since the epoch. */
export async function untilPast(time: number): Promise<void> {
  await until(`the clock passes ${time}`, () => Date.now() > (time + 1) * 1000, 60);
}
