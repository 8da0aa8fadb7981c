import { platform } from "./platform.js";

/** `Request` for a page at this address. It takes signals of every realm, and leaves the platform's own class to read the rest. */
export function requestClass(base: () => string): typeof Request {
  const Platform = platform("Request");
  return class extends Platform {
    /** The test's own requests are requests here, too. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Platform;
    }

    constructor(input: RequestInfo | URL, init?: RequestInit | null) {
      const given = input instanceof Platform ? input : undefined;
      const rest: Record<string, unknown> = {};
      // Inherited members count, as for the platform. Vitest's `Request` for jsdom would ignore them.
      for (const name in init) if (name !== "signal") rest[name] = init[name as keyof RequestInit];
      super(given ?? new URL(String(input), base()).href, rest);
      const value = init?.signal ?? given?.signal ?? new AbortController().signal;
      Object.defineProperty(this, "signal", { value });
    }
  };
}
