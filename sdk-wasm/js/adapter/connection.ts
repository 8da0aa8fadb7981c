import type { AuthError } from "../errors.js";
import type { AuthClient, AuthStatus, Session, TokenClock } from "../types.js";
import { type LateActions, lateActions } from "./late-actions.js";

/**
 * Where a framework's adapter gets its client from.
 *
 * - A client, or a promise of one: yours. It is used, never disposed of.
 * - A function that makes one, `() => createClient({ … })`: called in the browser only, when the first component needs
 *   it, and disposed of when the last one is gone.
 */
export type ClientSource = AuthClient | PromiseLike<AuthClient> | (() => AuthClient | PromiseLike<AuthClient>);

/** What the client says at one moment. All members are as in {@link AuthClient}; `loading` until there is a client. */
export interface AuthSnapshot {
  readonly status: AuthStatus;
  readonly session: Session | null;
  readonly tokenClock: TokenClock;
  readonly lastError: AuthError | null;
}

/**
 * The client as a component sees it: a snapshot, and what it can be asked to do. The functions are the same for the
 * adapter's whole life. Those called before there is a client wait for it, and fail with what it failed with.
 */
export interface Auth extends AuthSnapshot, LateActions {}

/** What adapters make of a {@link ClientSource}. Making one does nothing yet, so whatever is thrown away unused leaks nothing. */
export interface Connection {
  /** The latest snapshot: another object only when it says something else. Throws what kept the client from starting. */
  read(): Auth;
  /** What a server renders, and what is hydrated: `loading`. */
  readonly initial: Auth;
  /** Tells of changes; each listener is a function of its own. The first subscriber starts the client; when none is left, one of the adapter's own is disposed of. */
  subscribe(listener: () => void): () => void;
}

export function connect(source: ClientSource): Connection {
  const owned = typeof source === "function";
  const listeners = new Set<() => void>();
  let client = !owned && !("then" in source) ? source : undefined;
  let starting: Promise<AuthClient> | undefined;
  let failure: { error: unknown } | undefined;
  let detach: (() => void) | undefined;

  const emit = () => {
    for (const listener of [...listeners]) listener();
  };

  const start = () => {
    if (starting) return starting;
    const mine = new Promise<AuthClient>((done) => done(client ?? (owned ? source() : source)));
    starting = mine;
    mine.then(
      (arrived) => {
        if (mine !== starting) {
          // Everybody has left meanwhile.
          if (owned) arrived.dispose();
          return;
        }
        client = arrived;
        if (listeners.size > 0) attach();
        emit();
      },
      (error: unknown) => {
        if (mine !== starting) return;
        failure = { error };
        emit();
      },
    );
    return mine;
  };

  const attach = () => {
    detach ??= client?.subscribe(emit);
  };

  const stop = () => {
    detach?.();
    detach = undefined;
    if (!owned) return;
    client?.dispose();
    client = starting = failure = undefined;
  };

  const actions = lateActions((act) => (client ? act(client) : start().then(act)));
  const initial: Auth = {
    status: "loading",
    session: null,
    tokenClock: { expiresAt: null, refreshes: 0 },
    lastError: null,
    ...actions,
  };
  let latest = initial;

  return {
    initial,
    read: () => {
      if (failure) throw failure.error;
      const { status, session, tokenClock, lastError } = client ?? initial;
      if (
        latest.status !== status ||
        latest.session !== session ||
        latest.tokenClock !== tokenClock ||
        latest.lastError !== lastError
      ) {
        latest = { status, session, tokenClock, lastError, ...actions };
      }
      return latest;
    },
    subscribe: (listener) => {
      // A server renders `loading` and asks nobody.
      if (typeof document === "undefined") return () => {};
      listeners.add(listener);
      void start();
      attach();
      return () => {
        listeners.delete(listener);
        // In a moment: StrictMode leaves and comes back at once.
        queueMicrotask(() => {
          if (listeners.size === 0) stop();
        });
      };
    },
  };
}
