import type { Clock } from "./clock.js";
import { platform } from "./platform.js";
import { problem } from "./problem.js";
import type { Reply } from "./routes.js";
import { unlessAborted } from "./signals.js";
import type { FakeFaults } from "./types.js";

/** The switches. When `offline` becomes `false` again, `onOnline` is called. */
export function newFaults(onOnline: () => void): FakeFaults {
  let offline = false;
  return {
    get offline() {
      return offline;
    },
    set offline(value) {
      const over = offline && !value;
      offline = value;
      if (over) onOnline();
    },
    portal: false,
    unavailable: false,
    rateLimited: false,
    mailUnavailable: false,
    delayMs: 0,
    lostAnswers: 0,
    cookieBlocked: false,
    skewSeconds: 0,
  };
}

/** What is between a browser and the servers. */
interface Network {
  readonly faults: FakeFaults;
  readonly clock: Clock;
}

/** Delivers a request to `handle`, and its answer. Fails as `fetch` does. */
export function carry({ faults, clock }: Network, signal: AbortSignal, handle: () => Promise<Reply>): Promise<Reply> {
  const delivered = async (): Promise<Reply> => {
    // Without a delay there is no timer, so that it also works where a test has replaced the timers and lets no time pass.
    await (faults.delayMs > 0 ? clock.wait(faults.delayMs, signal) : undefined);
    if (signal.aborted) throw signal.reason;
    if (faults.offline) throw new TypeError("Failed to fetch");
    if (faults.portal) return { response: portal() };
    if (faults.unavailable !== false) return later("unavailable", faults.unavailable);
    const answer = await handle();
    if (faults.lostAnswers > 0) {
      faults.lostAnswers -= 1;
      throw new TypeError("Failed to fetch");
    }
    return answer;
  };
  return unlessAborted(signal, delivered());
}

/** The refusal of a request that may be sent again after some seconds; `true`: one. */
export function later(code: "unavailable" | "rate_limited", seconds: number | true): Reply {
  return { response: problem(code, { "Retry-After": String(seconds === true ? 1 : seconds) }) };
}

function portal(): Response {
  return new (platform("Response"))("<!doctype html><p>Welcome", { headers: { "Content-Type": "text/html" } });
}
