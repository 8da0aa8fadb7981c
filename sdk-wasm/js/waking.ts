import type { WakeKind } from "./protocol.js";

/** Tells when the page may have slept, or the network is back. Returns the way to stop it. */
export function watchForWaking(tell: (kind: WakeKind) => void): () => void {
  const watching = new AbortController();
  const { signal } = watching;
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tell("visible"), {
    signal,
  });
  addEventListener("online", () => tell("online"), { signal });
  addEventListener("pagehide", ({ persisted }) => persisted && tell("frozen"), { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && tell("thawed"), { signal });
  return () => watching.abort();
}
