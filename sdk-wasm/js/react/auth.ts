// For servers that render React components of their own: those that use this are the browser's.
"use client";

import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import { type AdapterOptions, type Auth, type ClientSource, type Connection, connect } from "../adapter/connection.js";
import type { InitialSession, Session } from "../types.js";

export type { Auth, AuthSnapshot, ClientSource } from "../adapter/connection.js";

const Context = createContext<Connection | null>(null);

/** What {@link AuthProvider} takes. */
export interface AuthProviderProps extends AdapterOptions {
  /**
   * The client, a promise of it, or a function that makes it. Read once, as by `useState`: to change it, give the
   * provider another `key`.
   */
  client: ClientSource;
  children?: ReactNode;
}

/** Gives the client to everything below it. */
export function AuthProvider({ client, initialSession, children }: AuthProviderProps): ReactNode {
  const [connection] = useState(() => connect(client, initialSession));
  // Keeps the client while the provider is mounted, even if no component reads from it.
  useEffect(() => connection.subscribe(() => {}), [connection]);
  return createElement(Context.Provider, { value: connection }, children);
}

/**
 * What the client says now, and what it can be asked to do. Renders again when any of it changes; its functions never
 * do.
 *
 * On a server and while hydrating, `status` is `loading`, or `signed-in` with the initial session. If the client can't
 * be made, this throws why, for an error boundary.
 */
export function useAuth(): Auth {
  const connection = useConnection();
  return useSyncExternalStore(connection.subscribe, connection.read, () => connection.initial);
}

/** The session, or `null`: also while it isn't known yet. Renders again only when the session changes. */
export function useSession(): Session | InitialSession | null {
  const connection = useConnection();
  return useSyncExternalStore(
    connection.subscribe,
    () => connection.read().session,
    () => connection.initial.session,
  );
}

/** @internal */
export function useConnection(): Connection {
  const connection = useContext(Context);
  if (!connection) throw new Error("useAuth needs an <AuthProvider> above it.");
  return connection;
}
