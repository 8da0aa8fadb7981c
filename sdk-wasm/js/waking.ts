import type { WakeKind } from "./protocol.js";

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
    addEventListener(event, ({ persisted }) => persisted && tell(what), { signal });
  }
  if (document.visibilityState === "hidden") tell("hidden");
  if (navigator.onLine === false) tell("offline");
  return () => watching.abort();
}
