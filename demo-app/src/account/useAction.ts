import { useState } from "react";
import { messageOf } from "../auth/messages.ts";

/** Something that the user does on this page, and what became of it. */
export interface Action {
  readonly pending: boolean;
  /** What went wrong last, in words; `null` if nothing did. */
  readonly problem: string | null;
  /** What the last one has achieved, in words. */
  readonly done: string | null;
  /** Resolves to whether it worked. `said` is shown if it did. */
  readonly run: (act: () => Promise<unknown>, said?: string) => Promise<boolean>;
  /** Removes what is shown about the last one. */
  readonly forget: () => void;
}

const IDLE = { pending: false, problem: null, done: null };

/** `wordsFor`: what is said about an error here, or `null` for what is said everywhere. */
export function useAction(wordsFor: (error: unknown) => string | null = () => null): Action {
  const [state, setState] = useState<Omit<Action, "run" | "forget">>(IDLE);
  const run = async (act: () => Promise<unknown>, said: string | null = null) => {
    setState({ ...IDLE, pending: true });
    try {
      await act();
      setState({ ...IDLE, done: said });
      return true;
    } catch (thrown) {
      setState({ ...IDLE, problem: thrown instanceof Cancelled ? null : (wordsFor(thrown) ?? messageOf(thrown)) });
      return false;
    }
  };
  return { ...state, run, forget: () => setState(IDLE) };
}

/** The user has closed a dialog that the action needed. */
export class Cancelled extends Error {}
