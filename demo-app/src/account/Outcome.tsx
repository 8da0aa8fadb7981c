import { Notice } from "../ui/Notice.tsx";
import type { Action } from "./useAction.ts";

/** What became of an action. */
export function Outcome({ action: { problem, done } }: { action: Action }) {
  return (
    <>
      {problem !== null && <Notice tone="error">{problem}</Notice>}
      <p className="done" role="status">
        {done}
      </p>
    </>
  );
}
