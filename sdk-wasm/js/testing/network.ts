import { errorOf } from "../error-of.js";
import type { AuthError } from "../errors.js";
import { problem, refusal } from "./refusal.js";
import type { FakeFaults } from "./types.js";

/** Waits, unless there is nothing to wait for, which also works where a test has taken the timers over. */
async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds <= 0) return;
  await new Promise<void>((done, fail) => {
    const stop = () => {
      clearTimeout(timer);
      fail(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      done();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Carries a request to the service. What the service refuses with is thrown; so is what the network does to it. */
export async function carry<T>(faults: FakeFaults, timeoutMs: number, handle: () => T): Promise<T> {
  await pause(Math.min(faults.delayMs, timeoutMs));
  if (faults.delayMs >= timeoutMs) throw errorOf("timeout", { transient: true });
  if (faults.offline) throw networkError();
  if (faults.portal) throw errorOf("bad_response", { status: 200, transient: true });
  if (faults.unavailable !== false) throw refusal("unavailable", retryAfter(faults.unavailable));
  const answer = handle();
  if (isLost(faults)) throw networkError();
  return answer;
}

/** Carries a call to the API and fails as `fetch` does. */
export async function carryCall(
  faults: FakeFaults,
  signal: AbortSignal,
  handle: () => Response | Promise<Response>,
): Promise<Response> {
  await pause(faults.delayMs, signal);
  if (faults.offline) throw new TypeError("Failed to fetch");
  if (faults.portal) return new Response("<!doctype html><p>Welcome", { headers: { "Content-Type": "text/html" } });
  if (faults.unavailable !== false) {
    const { retryAfter: seconds = 1 } = retryAfter(faults.unavailable);
    return problem(503, "unavailable", { "Retry-After": String(seconds) });
  }
  const answer = await handle();
  signal.throwIfAborted();
  if (isLost(faults)) throw new TypeError("Failed to fetch");
  return answer;
}

function networkError(): AuthError {
  return errorOf("network", { transient: true, cause: new TypeError("Failed to fetch") });
}

function retryAfter(unavailable: boolean | number): { retryAfter?: number } {
  return typeof unavailable === "number" ? { retryAfter: unavailable } : {};
}

function isLost(faults: FakeFaults): boolean {
  if (faults.lostAnswers <= 0) return false;
  faults.lostAnswers -= 1;
  return true;
}
