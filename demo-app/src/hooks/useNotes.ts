import { useCallback, useEffect, useState } from "react";
import type { Call } from "../api/call.ts";
import { accepted } from "../api/refusal.ts";

/** A note as the API sends it. */
export interface Note {
  readonly id: string;
  readonly text: string;
  /** Seconds since the Unix epoch. */
  readonly created_at: number;
}

export interface Notes {
  /** The newest first; `null` until they have been loaded. */
  readonly notes: readonly Note[] | null;
  /** What went wrong last, or `null`. */
  readonly error: unknown;
  readonly load: () => Promise<void>;
  /** Resolves to whether it worked, as does `remove`. */
  readonly add: (text: string) => Promise<boolean>;
  readonly remove: (id: string) => Promise<boolean>;
}

/** The user's notes, loaded at first and again whenever `online` comes back. */
export function useNotes(call: Call, online: boolean): Notes {
  const [notes, setNotes] = useState<readonly Note[] | null>(null);
  const [error, setError] = useState<unknown>(null);

  const attempt = useCallback(async (action: () => Promise<void>): Promise<boolean> => {
    try {
      await action();
      setError(null);
      return true;
    } catch (thrown) {
      setError(thrown);
      return false;
    }
  }, []);

  const load = useCallback(async () => {
    await attempt(async () => {
      const response = await accepted(await call("GET", "/api/notes"));
      setNotes(((await response.json()) as { notes: Note[] }).notes);
    });
  }, [attempt, call]);

  useEffect(() => {
    if (online) void load();
  }, [online, load]);

  const add = (text: string) =>
    attempt(async () => {
      const response = await accepted(await call("POST", "/api/notes", { text }));
      const note = (await response.json()) as Note;
      setNotes((older) => [note, ...(older ?? [])]);
    });

  const remove = (id: string) =>
    attempt(async () => {
      const response = await call("DELETE", `/api/notes/${encodeURIComponent(id)}`);
      // Another tab may have deleted it already; then it is as the user wants it.
      if (response.status !== 404) await accepted(response);
      setNotes((older) => older?.filter((note) => note.id !== id) ?? null);
    });

  return { notes, error, load, add, remove };
}
