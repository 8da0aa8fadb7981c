import type { ReactNode } from "react";

/** A ring that is full at `share` 1 and empty at 0, with something in its middle. The ring itself is decoration. */
export function ProgressRing({ share, children }: { share: number; children: ReactNode }) {
  return (
    <div className="ring">
      <svg viewBox="0 0 120 120" aria-hidden="true" focusable="false">
        <circle className="ring-ticks" cx="60" cy="60" r="54" pathLength="120" strokeDasharray="0.8 1.2" />
        <circle className="ring-track" cx="60" cy="60" r="44" />
        <circle
          className="ring-value"
          cx="60"
          cy="60"
          r="44"
          pathLength="100"
          strokeDasharray={`${(share * 100).toFixed(2)} 100`}
          transform="rotate(-90 60 60)"
        />
      </svg>
      <div className="ring-middle">{children}</div>
    </div>
  );
}
