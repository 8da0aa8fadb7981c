import type { AuthClient } from "../types.js";
import { observe } from "./observe.js";
import { openPanel } from "./panel.js";
import { redacted } from "./run.js";

export interface DevtoolsOptions {
  /** Where the panel is placed. Default: `document.body`, where it floats in the lower right corner of the page. */
  into?: Element;
  /**
   * The time of the client, in milliseconds since the Unix epoch. Default: `Date.now`. For a client of
   * `latchkey-auth/testing` whose time is skipped: `now` of its service.
   */
  now?: () => number;
}

/** A mounted panel. */
export interface Devtools {
  /** Adds a line to the run, for example what a test is about to do. Words of 20 or more characters are left out of it. */
  note(text: string): void;
  /** Removes the panel, and no longer observes the client. */
  unmount(): void;
}

/**
 * Shows a panel for developers: the client's state, its timers, the tabs that show a panel, and each change and call with
 * its result. The run can be stepped through, and shared as a link, whose fragment contains it.
 *
 * For development only. The panel shows no token, cookie, body, query, e-mail address or result of a call, and neither
 * does the link. A panel on another host than localhost writes a warning to the console. On a server, it does nothing.
 *
 * ```ts
 * if (import.meta.env.DEV) (await import("latchkey-auth/devtools")).mountDevtools(auth);
 * ```
 *
 * It observes calls by replacing the functions of the client with its own, until it is unmounted.
 */
export function mountDevtools(
  auth: AuthClient | PromiseLike<AuthClient>,
  { into, now = Date.now }: DevtoolsOptions = {},
): Devtools {
  if (typeof document === "undefined") return { note() {}, unmount() {} };
  if (!/(^|\.)localhost$|^127\.|^\[::1\]$/.test(location.hostname)) {
    console.warn("latchkey-auth/devtools is mounted. It is for development only.");
  }
  const panel = openPanel(into ?? document.body, into !== undefined, now);
  let stop: (() => void) | undefined;
  let isMounted = true;
  void Promise.resolve(auth).then(
    (client) => {
      if (isMounted) stop = observe(client, panel);
    },
    (error: unknown) => panel.add(`the client has not started: ${codeOf(error)}`),
  );
  return {
    note: (text) => panel.add(redacted(text)),
    unmount() {
      isMounted = false;
      stop?.();
      panel.close();
    },
  };
}

function codeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : String(name);
}
