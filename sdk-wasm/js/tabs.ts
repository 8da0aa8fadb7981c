import type { TabNote } from "./generated/vault.js";

/** Receives messages of other tabs, which are only hints (the vault asks the service), and the state of the lock. */
export interface TabListener {
  hear(note: TabNote): void;
  /** This tab has got the lock that it requested under this number. */
  locked(lock: number): void;
  /** The lock is not available, or another tab has stolen it. */
  unlocked(lock: number): void;
}

/** Messages of another version are ignored. */
const VERSION = 1;

/**
 * The connection to the other tabs of this origin that use the same service: a channel and a lock, in a page or in a
 * worker. Either may be missing, and the vault works correctly without them: tabs learn of changes later, and may all
 * renew at once.
 */
export class Tabs {
  readonly #name: string;
  readonly #listener: TabListener;
  #channel: BroadcastChannel | undefined;
  /** The lock that is held or requested: its number, and the function that releases it. */
  #lock: { number: number; release: () => void } | undefined;

  constructor(service: string, listener: TabListener) {
    this.#name = `latchkey:${service}`;
    this.#listener = listener;
  }

  /** Without channels, each tab learns of changes at its next refresh. */
  open(): void {
    if (this.#channel || typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const note = parse(data);
      if (note) this.#listener.hear(note);
    };
  }

  /** An open channel or a lock can keep a page out of the back/forward cache, and a frozen page would not release the lock. */
  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#lock?.release();
    this.#lock = undefined;
  }

  tell(note: TabNote): void {
    this.#channel?.postMessage({ version: VERSION, ...note });
  }

  /** One request at a time. Without locks, `unlocked` is called at once. */
  askLock(number: number): void {
    const asking = new AbortController();
    const held = new Promise<void>((done) => {
      this.#lock = {
        number,
        release: () => {
          done();
          // Ends the request if it still waits; no effect on a lock that is held.
          asking.abort();
        },
      };
    });
    this.#hold(number, asking.signal, held);
  }

  /** Neither `locked` nor `unlocked` is called afterwards. */
  releaseLock(number: number): void {
    if (this.#lock?.number !== number) return;
    this.#lock.release();
    this.#lock = undefined;
  }

  async #hold(number: number, signal: AbortSignal, held: Promise<void>): Promise<void> {
    try {
      await navigator.locks.request(this.#name, { signal }, () => {
        this.#listener.locked(number);
        return held;
      });
    } catch {
      // Locks are not supported, the request was withdrawn, or the lock was stolen.
    }
    if (this.#lock?.number === number) {
      this.#lock = undefined;
      this.#listener.unlocked(number);
    }
  }
}

/** A message of this version. The vault checks whether it is one of the closed set. */
function parse(data: unknown): TabNote | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { version, kind, session, ms } = data as Record<string, unknown>;
  if (version !== VERSION || (typeof session === "string" && session.length > 256)) return undefined;
  return { kind, session, ms } as TabNote;
}
