import type { AuthError } from "../errors.js";
import type { MarkedPromise } from "../is-for-vault.js";
import type { AuthClient, AuthStatus, InitialSession, Session, TokenClock } from "../types.js";
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

/** What an adapter takes besides its client. */
export interface AdapterOptions {
  /**
   * The session that the server has seen on the request for this page, from `initialSession` of `latchkey-auth/server`.
   * Until the vault knows whether there is a session, `status` is `signed-in` with this one instead of `loading`, on
   * the server too. Default: none.
   */
  initialSession?: InitialSession | null | undefined;
}

/**
 * What the client says at one moment. All members are as in {@link AuthClient}. Until there is a client, `status` is
 * `loading`, or `signed-in` with the initial session.
 */
export interface AuthSnapshot {
  readonly status: AuthStatus;
  readonly session: Session | InitialSession | null;
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
  /** What a server renders, and what is hydrated: `loading`, or the initial session. */
  readonly initial: Auth;
  /**
   * Calls `listener`, a function that is not subscribed yet, after each change. The first subscriber starts the client;
   * after the last has unsubscribed, a client that a function returned is let go.
   */
  subscribe(listener: () => void): () => void;
}

/** Disposes of the clients that functions returned, when nothing refers to them. */
let collected: FinalizationRegistry<() => void> | undefined;

const LOADING: AuthSnapshot = {
  status: "loading",
  session: null,
  tokenClock: { expiresAt: null, refreshes: 0 },
  lastError: null,
};

/** The names of the members of a snapshot. */
export const MEMBERS = Object.keys(LOADING) as (keyof AuthSnapshot)[];

export function connect(source: ClientSource, initialSession: InitialSession | null = null): Connection {
  const owned = typeof source === "function";
  const listeners = new Set<() => void>();
  let client = owned || "then" in source ? undefined : source;
  let starting: Promise<AuthClient> | undefined;
  let fail: (() => never) | undefined;
  let detach: (() => void) | undefined;
  let given: ReturnType<Extract<ClientSource, () => unknown>> | undefined;

  const emit = () => {
    for (const listener of [...listeners]) listener();
  };

  const start = () => {
    if (starting) return starting;
    const mine = (async () => {
      given = owned ? source() : source;
      return given;
    })();
    starting = mine;
    mine.then(
      (arrived) => {
        if (owned) {
          // When the last component is unmounted, it cannot be known whether the function returns a new client each
          // time or always the same one. But if only the adapter had the client, it is garbage from then on. Not
          // created when the module is loaded: some servers have no `FinalizationRegistry`.
          collected ??= new FinalizationRegistry((dispose) => dispose());
          collected.register(arrived, arrived.dispose);
        }
        // Else the last component has been unmounted meanwhile.
        if (mine !== starting) return;
        client = arrived;
        attach();
        emit();
      },
      (error: unknown) => {
        if (mine !== starting) return;
        fail = () => {
          throw error;
        };
        emit();
      },
    );
    return mine;
  };

  const attach = () => {
    if (listeners.size) detach ??= client?.subscribe(emit);
  };

  const actions = lateActions(
    (act) => (client ? act(client) : start().then(act)),
    (input) => {
      void start();
      return (given as MarkedPromise).isForVault?.(input) !== false;
    },
  );
  /** What components see: with the initial session until the vault knows whether there is one. */
  const seen = ({ status, session, tokenClock, lastError }: AuthSnapshot): Auth => {
    // From then on it is not shown again, also not after the last component was unmounted.
    if (session || status === "signed-out") initialSession = null;
    if (initialSession && status === "loading") status = "signed-in";
    return { status, session: session ?? initialSession, tokenClock, lastError, ...actions };
  };
  const initial = seen(LOADING);
  let latest = initial;

  return {
    initial,
    read: () => {
      fail?.();
      const now = seen(client ?? LOADING);
      if (MEMBERS.some((name) => latest[name] !== now[name])) latest = now;
      return latest;
    },
    subscribe: (listener) => {
      // A server renders what is known initially and sends no request.
      if (!globalThis.document) return () => {};
      listeners.add(listener);
      void start();
      attach();
      return () => {
        listeners.delete(listener);
        // In a moment: StrictMode leaves and comes back at once.
        queueMicrotask(() => {
          if (listeners.size) return;
          detach = void detach?.();
          if (owned) client = starting = fail = undefined;
        });
      };
    },
  };
}
