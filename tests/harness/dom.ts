// A document around this process, for tests of what renders. Import it first: frameworks look for one when they are loaded.
import { Window } from "happy-dom";

const window = new Window({ url: "https://app.example.com/" });

/** What Node has itself stays Node's: fetch and its classes, timers, events, URLs. */
for (const name of Object.getOwnPropertyNames(window)) {
  if (name in globalThis || /^(undefined|NaN|Infinity)$/.test(name)) continue;
  Object.defineProperty(globalThis, name, {
    value: window[name as keyof Window],
    configurable: true,
    writable: true,
  });
}
Object.defineProperty(globalThis, "window", { value: globalThis, configurable: true });
