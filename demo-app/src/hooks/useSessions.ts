import type { AuthClient, SessionInfo } from "latchkey-auth";
import { useCallback, useEffect, useState } from "react";

export interface Sessions {
  /** The newest first; `null` until they have been loaded. */
  readonly sessions: readonly SessionInfo[] | null;
  readonly loading: boolean;
  /** What went wrong last, or `null`. */
  readonly error: unknown;
  readonly load: () => Promise<void>;
  /** Resolves to whether it worked. */
  readonly revoke: (id: string) => Promise<boolean>;
}

/** The user's sessions, loaded at first and again whenever `online` comes back. */
export function useSessions(service: AuthClient["sessions"], online: boolean): Sessions {
  const [sessions, setSessions] = useState<readonly SessionInfo[] | null>(null);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const load = useCallback(async () => {
    setLoading(true);
    try {
      setSessions(await service.list());
      setError(null);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setLoading(false);
    }
  }, [service]);

  useEffect(() => {
    if (online) void load();
  }, [online, load]);

  const revoke = async (id: string) => {
    try {
      await service.revoke(id);
      setSessions((older) => older?.filter((session) => session.id !== id) ?? null);
      setError(null);
      return true;
    } catch (thrown) {
      setError(thrown);
      return false;
    }
  };

  return { sessions, loading, error, load, revoke };
}
