import type { SignOutScope } from "./types.js";

/**
 * A note, where every page of the origin finds it, that the service must still be told of a sign-out: `global`, or `local`
 * and the session's id. Nothing secret. Without storage the sign-out is remembered as long as the page lives.
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

  /** One sign-out more, of the session with this id: the wider scope counts. The vault completes it. */
  add(scope: SignOutScope, session = ""): void {
    if (!this.read()?.startsWith("global")) this.write(`${scope} ${session}`);
  }

  write(note: string | undefined): void {
    try {
      if (note) localStorage.setItem(this.#key, note);
      else localStorage.removeItem(this.#key);
    } catch {
      // Blocked or full.
    }
  }
}
