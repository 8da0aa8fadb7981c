/** Makes globals of what a window has and Node has not. Node keeps its own fetch, events, timers and URLs. */
export function provide(window) {
  for (const name of Object.getOwnPropertyNames(window)) {
    if (name in globalThis) continue;
    Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
  }
  Object.defineProperty(globalThis, "window", { value: globalThis, configurable: true });
}
