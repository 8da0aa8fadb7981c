import type { SignOutScope } from "./types.js";

/**
 * A note in `localStorage`, for every page of the origin, of a sign-out that the service has not confirmed: its scope,
 * `global` or `local`, and the session's id. It contains no secret. Without storage, the sign-out is remembered only
 * while the page exists.
 */
export class SignOutNote {
  readonly #key: string;

  constructor(service: string) {
    this.#key = `latchkey:sign-out:${service}`;
  }

  read(): string | null {
    try {
      return localStorage.getItem(this.#key);
    } catch {
      return null;
    }
  }

  /** Adds a sign-out of the session with this id. A note with the wider scope stays. The vault completes the sign-out. */
  add(scope: SignOutScope, session = ""): void {
    if (!this.read()?.startsWith("global")) this.write(`${scope} ${session}`);
  }

  write(note: string | undefined): void {
    try {
      if (note) localStorage.setItem(this.#key, note);
      else localStorage.removeItem(this.#key);
    } catch {
      // Storage is blocked or full.
    }
  }
}
