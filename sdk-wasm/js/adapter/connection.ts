import type { AuthError } from "../errors.js";
import type { MarkedPromise } from "../is-for-vault.js";
import type { AuthClient, AuthStatus, Session, TokenClock } from "../types.js";
import { type LateActions, lateActions } from "./late-actions.js";

/**
 * Where a framework's adapter gets its client from.
 *
 * - A client, or a promise of one. The adapter never disposes of it.
 * - A function that returns one, `() => createClient({ … })`: called in the browser only, when the first component needs a
 *   client, and again if a component needs one after the last component was unmounted. Then the adapter lets go of the client,
 *   and disposes of it when it has been garbage collected: a client that your code still refers to, because the function
 *   returns the same one every time, goes on.
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

/** What adapters make of a {@link ClientSource}. Creating one has no effect, so one that is never used needs no clean-up. */
export interface Connection {
  /** The latest snapshot: another object only when it says something else. Throws what kept the client from starting. */
  read(): Auth;
  /** What a server renders, and what is hydrated: `loading`. */
  readonly initial: Auth;
  /**
   * Calls `listener`, a function that is not subscribed yet, after each change. The first subscriber starts the client; after
   * the last has unsubscribed, a client that a function returned is let go.
   */
  subscribe(listener: () => void): () => void;
}

/** Disposes of the clients that functions returned, when nothing refers to them. */
let collected: FinalizationRegistry<() => void> | undefined;

export function connect(source: ClientSource): Connection {
  const owned = typeof source === "function";
  const listeners = new Set<() => void>();
  let client = !owned && !("then" in source) ? source : undefined;
  let starting: Promise<AuthClient> | undefined;
  let failure: { error: unknown } | undefined;
  let detach: (() => void) | undefined;
  let marks: MarkedPromise = {};

  const emit = () => {
    for (const listener of [...listeners]) listener();
  };

  const make = async (): Promise<AuthClient> => {
    const given = client ?? (owned ? source() : source);
    marks = given as MarkedPromise;
    return given;
  };

  const start = () => {
    if (starting) return starting;
    const mine = make();
    starting = mine;
    mine.then(
      (arrived) => {
        if (owned) {
          // When the last component is unmounted, it cannot be known whether the function returns a new client each time or
          // always the same one. But if only the adapter had the client, it is garbage from then on.
          // Not created when the module is loaded: some servers have no `FinalizationRegistry`.
          collected ??= new FinalizationRegistry((dispose) => dispose());
          collected.register(arrived, arrived.dispose);
        }
        // Else the last component has been unmounted meanwhile.
        if (mine !== starting) return;
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

  const actions = lateActions(
    (act) => (client ? act(client) : start().then(act)),
    (input) => {
      void start();
      return marks.isForVault?.(input) !== false;
    },
  );
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
      // A server renders `loading` and sends no request.
      if (typeof document === "undefined") return () => {};
      listeners.add(listener);
      void start();
      attach();
      return () => {
        listeners.delete(listener);
        // In a moment: StrictMode leaves and comes back at once.
        queueMicrotask(() => {
          if (listeners.size > 0) return;
          detach?.();
          detach = undefined;
          if (owned) client = starting = failure = undefined;
        });
      };
    },
  };
}
