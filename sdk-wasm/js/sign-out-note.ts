/**
 * A note, where a reload finds it, that the service must still be told of a sign-out. Nothing secret: only that
 * somebody signed out, and of which sessions. Without storage the sign-out holds as long as the page does.
 */
export class SignOutNote {
  readonly #key: string;

  constructor(service: string) {
    this.#key = `latchkey:sign-out:${service}`;
  }

  read(): string | undefined {
    try {
      return localStorage.getItem(this.#key) ?? undefined;
    } catch {
      return undefined;
    }
  }

  write(scope: "local" | "global" | undefined): void {
    try {
      if (scope) localStorage.setItem(this.#key, scope);
      else localStorage.removeItem(this.#key);
    } catch {
      // Blocked or full.
    }
  }
}
