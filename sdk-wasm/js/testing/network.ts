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
    delayMs: 0,
    lostAnswers: 0,
    cookieBlocked: false,
    skewSeconds: 0,
  };
}

/** Delivers a request to `handle`, and its answer. Fails as `fetch` does. */
export function carry(faults: FakeFaults, signal: AbortSignal, handle: () => Promise<Reply>): Promise<Reply> {
  const delivered = async (): Promise<Reply> => {
    await pause(faults.delayMs, signal);
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

/** Without a delay there is no timer, so that it also works where a test has replaced the timers and lets no time pass. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    });
  }
  if (signal.aborted) throw signal.reason;
}
