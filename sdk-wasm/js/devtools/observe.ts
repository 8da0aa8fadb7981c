import type { AuthClient } from "../types.js";
import { redacted } from "./run.js";

/** What hears of a client. */
export interface Observer {
  /** The client whose state is shown from now on. */
  show(client: AuthClient): void;
  /** Something has happened, in words. */
  add(what: string): void;
  /** The time of the client, in milliseconds. */
  now(): number;
}

type Functions = { [name: string]: unknown };

/** Functions that send nothing. */
const SILENT = ["subscribe", "wrap", "dispose"];

/** Tells of every change and call of the client, and of what the browser tells it. Returns the way to stop it. */
export function observe(client: AuthClient, observer: Observer): () => void {
  observer.show(client);
  observer.add("the panel is mounted");
  const restore = observeCalls(client as unknown as Functions, "", observer);
  const unsubscribe = client.subscribe(changes(client, observer));
  const watching = new AbortController();
  const { signal } = watching;
  for (const event of ["online", "offline"]) {
    addEventListener(event, () => observer.add(`the browser says: ${event}`), { signal });
  }
  document.addEventListener("visibilitychange", () => observer.add(`the page is ${document.visibilityState}`), {
    signal,
  });
  return () => {
    watching.abort();
    unsubscribe();
    restore();
  };
}

/** The code of the client's last error, with the reason of an ended session: `session_ended (idle)`. */
export function errorOf({ lastError }: AuthClient): string | null {
  return lastError && (lastError.reason ? `${lastError.code} (${lastError.reason})` : lastError.code);
}

/** A listener of the client that says what has changed since it was called last. */
function changes(client: AuthClient, observer: Observer): () => void {
  const seen = () => ({
    status: client.status,
    refreshes: client.tokenClock.refreshes,
    session: client.session,
    error: errorOf(client),
  });
  let before = seen();
  return () => {
    const now = seen();
    const news: string[] = [];
    if (now.status !== before.status) news.push(`${before.status} → ${now.status}`);
    if (now.error !== before.error) news.push(now.error ? `error ${now.error}` : "no error any more");
    if (now.refreshes !== before.refreshes) news.push(`access token ${now.refreshes} has arrived`);
    if (now.session !== before.session && now.session && before.session) {
      news.push(now.session.id === before.session.id ? "the session has changed" : "another session");
    }
    before = now;
    if (news.length > 0) observer.add(news.join(", "));
  };
}

/** Replaces the functions of an object, and of the objects in it, by ones that tell of their calls. */
function observeCalls(functions: Functions, prefix: string, observer: Observer): () => void {
  const restores: (() => void)[] = [];
  for (const [name, { value, writable }] of Object.entries(Object.getOwnPropertyDescriptors(functions))) {
    if (!writable || SILENT.includes(prefix + name)) continue;
    if (typeof value === "function") {
      const observed = observedCall(value as (...args: unknown[]) => unknown, prefix + name, observer);
      functions[name] = observed;
      restores.push(() => {
        if (functions[name] === observed) functions[name] = value;
      });
    } else if (typeof value === "object" && value !== null) {
      restores.push(observeCalls(value as Functions, `${prefix}${name}.`, observer));
    }
  }
  return () => {
    for (const restore of restores) restore();
  };
}

function observedCall(act: (...args: unknown[]) => unknown, name: string, { add, now }: Observer) {
  return (...args: unknown[]): unknown => {
    const began = now();
    const what = name === "fetch" ? requestOf(args[0], args[1]) : `auth.${name}()`;
    const tell = (result: string) => add(`${what}: ${result}, ${Math.round(now() - began)} ms`);
    const result = act(...args);
    // The caller gets the same promise, so that an error is handled, or reported as unhandled, as without the panel.
    void Promise.resolve(result).then(
      (value) => tell(value instanceof Response ? String(value.status) : "done"),
      (error: unknown) => tell(nameOf(error)),
    );
    return result;
  };
}

/** The method and the path. The origin is left out if it is the page's own; the query always, because it may have secrets. */
function requestOf(input: unknown, init: unknown): string {
  try {
    const from = input instanceof Request ? input : undefined;
    const { origin, pathname } = new URL(from?.url ?? String(input), document.baseURI);
    const { method = from?.method ?? "GET" } = Object(init) as RequestInit;
    return `${redacted(String(method)).toUpperCase()} ${origin === location.origin ? "" : origin}${redacted(pathname)}`;
  } catch {
    return "auth.fetch()";
  }
}

/** The code of an `AuthError`, or the name of an error of the platform: never its message. */
function nameOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : redacted(String(name));
}
