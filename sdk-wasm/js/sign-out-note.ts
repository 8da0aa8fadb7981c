import type { OwedScope } from "./protocol.js";

/**
 * A note, where a reload finds it, that the service must still be told of a sign-out. Nothing secret: only that
 * somebody signed out, and of which sessions. Without storage the sign-out holds as long as the page does.
 */
export class SignOutNote {
  readonly #key: string;

  constructor(service: string) {
    this.#key = `latchkey:sign-out:${service}`;
  }

  read(): OwedScope | undefined {
    try {
      const scope = localStorage.getItem(this.#key);
      return scope === null ? undefined : scope === "global" ? scope : "local";
    } catch {
      return undefined;
    }
  }

  /** One sign-out more: the wider scope counts. */
  add(scope: OwedScope): void {
    if (this.read() !== "global") this.write(scope);
  }

  write(scope: OwedScope | undefined): void {
    try {
      if (scope) localStorage.setItem(this.#key, scope);
      else localStorage.removeItem(this.#key);
    } catch {
      // Blocked or full.
    }
  }
}
