import type { WakeKind } from "./protocol.js";

/** Whether the page is being left: its `pagehide` has begun. */
export let isLeaving = false;

/** Tells how things stand, if they aren't as usual, and from then on each change. Returns the way to stop it. */
export function watchForWaking(tell: (kind: WakeKind) => void): () => void {
  const watching = new AbortController();
  const { signal } = watching;
  const look = () => tell(document.visibilityState === "hidden" ? "hidden" : "visible");
  document.addEventListener("visibilitychange", look, { signal });
  for (const what of ["online", "offline"] as const) addEventListener(what, () => tell(what), { signal });
  for (const [event, what] of [
    ["pagehide", "frozen"],
    ["pageshow", "thawed"],
  ] as const) {
    const listener = ({ persisted }: PageTransitionEvent) => {
      isLeaving = what === "frozen";
      if (persisted) tell(what);
    };
    // Before the app's own listeners, whose calls are the last ones.
    addEventListener(event, listener, { signal, capture: true });
  }
  if (document.visibilityState === "hidden") tell("hidden");
  if (navigator.onLine === false) tell("offline");
  return () => watching.abort();
}
