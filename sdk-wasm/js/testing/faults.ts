import type { FakeFaults } from "./types.js";

/** The switches. `offline` tells when it is over, as browsers do. */
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
    delayMs: 0,
    lostAnswers: 0,
    cookieBlocked: false,
    skewSeconds: 0,
  };
}
