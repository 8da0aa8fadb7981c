import { createSubscriber } from "svelte/reactivity";
import {
  type AdapterOptions,
  type Auth,
  type AuthSnapshot,
  type ClientSource,
  type Connection,
  connect,
} from "../adapter/connection.js";
import type { LateActions } from "../adapter/late-actions.js";

export type { AdapterOptions, Auth, AuthSnapshot, ClientSource } from "../adapter/connection.js";

/**
 * What {@link createAuth} gives. Its members are reactive wherever runes are (`{auth.status}`, `$derived`, `$effect`),
 * and it is a store too (`{$auth.status}`).
 */
export interface AuthStore extends LateActions, AuthSnapshot {
  /** The store contract: calls `run` now and at each change, until what it returns is called. */
  subscribe(run: (auth: Auth) => void): () => void;
}

/** @internal What `<SignIn>` uses. */
export const connections = new WeakMap<AuthStore, Connection>();

/**
 * What the client says, reactively, and what it can be asked to do.
 *
 * The client starts when something first reads from it in a component or subscribes; until then, and on a server,
 * `status` is `loading`, or `signed-in` with the initial session. A server that renders pages with an initial session
 * must call this once for each request: in a component, not in a module. If what a server rendered is hydrated, give a
 * function or a promise rather than a client that may know its session already. If the client can't be made, reading
 * throws why, for `<svelte:boundary>`.
 */
export function createAuth(source: ClientSource, options?: AdapterOptions): AuthStore {
  const connection = connect(source, options?.initialSession);
  const track = createSubscriber((update) => connection.subscribe(update));
  const now = () => {
    track();
    return connection.read();
  };
  const store: AuthStore = {
    ...connection.initial,
    get status() {
      return now().status;
    },
    get session() {
      return now().session;
    },
    get tokenClock() {
      return now().tokenClock;
    },
    get lastError() {
      return now().lastError;
    },
    subscribe: (run) => {
      run(connection.read());
      return connection.subscribe(() => {
        try {
          run(connection.read());
        } catch (error) {
          reportError(error);
        }
      });
    },
  };
  connections.set(store, connection);
  return store;
}
