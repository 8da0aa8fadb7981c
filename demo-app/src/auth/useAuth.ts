import type { AuthClient, AuthError, AuthStatus, Session, TokenClock } from "latchkey";
import { use, useCallback, useSyncExternalStore } from "react";
import { startingClient } from "./client.ts";

export interface Auth {
  readonly client: AuthClient;
  readonly status: AuthStatus;
  readonly session: Session | null;
  readonly tokenClock: TokenClock;
  readonly lastError: AuthError | null;
}

/** The client and what it says now. Suspends until there is a client. */
export function useAuth(): Auth {
  const client = use(startingClient);
  const subscribe = useCallback((listener: () => void) => client.subscribe(listener), [client]);
  return {
    client,
    status: useSyncExternalStore(subscribe, () => client.status),
    session: useSyncExternalStore(subscribe, () => client.session),
    tokenClock: useSyncExternalStore(subscribe, () => client.tokenClock),
    lastError: useSyncExternalStore(subscribe, () => client.lastError),
  };
}
