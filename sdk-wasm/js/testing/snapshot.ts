import type { AuthError } from "../errors.js";
import type { AuthStatus, Session, TokenClock } from "../types.js";

/** What a client shows, and who wants to hear of it. */
export class Snapshot {
  status: AuthStatus = "loading";
  session: Session | null = null;
  tokenClock: TokenClock = { expiresAt: null, refreshes: 0 };
  lastError: AuthError | null = null;
  readonly #listeners = new Set<() => void>();

  subscribe(listener: () => void): () => void {
    const call = () => listener();
    this.#listeners.add(call);
    return () => {
      this.#listeners.delete(call);
    };
  }

  silence(): void {
    this.#listeners.clear();
  }

  /** Shows something else, and tells if it is. What says the same stays the same object. */
  show(status: AuthStatus, session: Session | null, tokenClock: TokenClock, lastError: AuthError | null): void {
    const before = { ...this };
    this.status = status;
    if (!says(this.session, session)) this.session = session;
    if (!says(this.tokenClock, tokenClock)) this.tokenClock = tokenClock;
    this.lastError = lastError;
    if (
      before.status === status &&
      before.session === this.session &&
      before.tokenClock === this.tokenClock &&
      before.lastError === lastError
    ) {
      return;
    }
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // Node has no reportError; there it ends as an unhandled rejection, which a test runner tells of.
        if (typeof reportError === "function") reportError(error);
        else void Promise.reject(error);
      }
    }
  }
}

function says(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
