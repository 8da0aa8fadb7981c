import { lazy, Suspense, useSyncExternalStore } from "react";
import { OwnSession } from "./OwnSession.tsx";

// With the fake service, which is larger than the rest of the lab.
const SimulatedSession = lazy(async () => ({ default: (await import("./SimulatedSession.tsx")).SimulatedSession }));

/** The client's state machine and the service's side: of the visitor's own session, or of a simulated one. */
export function MachinesPart() {
  const isSimulated = useSyncExternalStore(subscribe, () => location.hash.split("&").includes("simulated"));
  return (
    <div className="machines-part">
      <nav aria-label="Whose session">
        <ul className="lab-parts">
          <li>
            <a href="#machines" aria-current={isSimulated ? undefined : "page"}>
              Your own session
            </a>
          </li>
          <li>
            <a href="#machines&simulated" aria-current={isSimulated ? "page" : undefined}>
              A simulated session, in which time can be skipped
            </a>
          </li>
        </ul>
      </nav>
      {isSimulated ? (
        <Suspense fallback={<p className="empty">Loading…</p>}>
          <SimulatedSession />
        </Suspense>
      ) : (
        <OwnSession />
      )}
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
