// Waits for a condition, with a deadline, or until a time that the service has stated.
import { setTimeout as pause } from "node:timers/promises";

/** Calls `probe` repeatedly until it returns a value other than `undefined` or `false`. */
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
 * Sends requests until the response is 401. Requests *sent* more than `bound` milliseconds after `since` must
 * be rejected, however long their responses take on a busy machine. Returns after how many milliseconds the
 * first rejected one was sent.
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
    if (sent > bound) throw new Error(`${what}: admitted ${sent} ms after the response`);
    return undefined;
  });
}

/** Waits until the clock has passed a time stated by the service, in seconds since the epoch. */
export async function untilPast(time: number): Promise<void> {
  await until(`the clock passes ${time}`, () => Date.now() > (time + 1) * 1000, 60);
}
