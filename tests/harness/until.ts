// Waits for a condition, with a deadline, or until a time that the service has stated.
//
// A deadline only ends a test whose condition never comes true, so it is far longer than any step takes on a busy
// machine. A bound that the service promises is asserted separately, on times that the load of the machine can't
// lengthen: when a request was sent, see refusedWithin.
import { setTimeout as pause } from "node:timers/promises";

/** How long a test waits for one step, in milliseconds. */
export const STEP_LIMIT = 60_000;

/** Calls `probe` repeatedly until it returns a value other than `undefined` or `false`. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = STEP_LIMIT / 1000,
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
 * be rejected, however long their responses take on a busy machine; or they are not decided yet, which is 503. Returns
 * after how many milliseconds the first rejected one was sent.
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
    if (sent > bound && status !== 503) throw new Error(`${what}: admitted ${sent} ms after the response`);
    return undefined;
  });
}

/** Waits until the clock has passed a time stated by the service, in seconds since the epoch. */
export async function untilPast(time: number): Promise<void> {
  await until(`the clock passes ${time}`, () => Date.now() > (time + 1) * 1000);
}
