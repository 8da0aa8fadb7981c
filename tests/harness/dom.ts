// A document for this process, for tests of rendering. Import it first, because frameworks look for a
// document when they are loaded.
import { Window } from "happy-dom";

const window = new Window({ url: "https://app.example.com/" });

/** Keep what Node provides itself: fetch and its classes, timers, events, URLs. */
for (const name of Object.getOwnPropertyNames(window)) {
  if (name in globalThis || /^(undefined|NaN|Infinity)$/.test(name)) continue;
  Object.defineProperty(globalThis, name, {
    value: window[name as keyof Window],
    configurable: true,
    writable: true,
  });
}
Object.defineProperty(globalThis, "window", { value: globalThis, configurable: true });
