import type { TabNote } from "./generated/vault.js";

/** What comes of the messages. They are hints: the vault asks the service. */
export interface TabListener {
  hear(note: TabNote): void;
  /** The lock that was asked for under this number is this tab's. */
  locked(lock: number): void;
  /** It can't be had, or has been taken away. */
  unlocked(lock: number): void;
}

/** Messages of another version are ignored. */
const VERSION = 1;

/**
 * The tabs of one service on this origin: a channel and a lock, in a page or in a worker. Either may be missing, and the
 * vault is right without them: they let tabs know sooner, and keep them from asking all at once.
 */
export class Tabs {
  readonly #name: string;
  readonly #listener: TabListener;
  #channel: BroadcastChannel | undefined;
  /** The lock that is held or asked for: its number, and how to let go of it. */
  #lock: { number: number; release: () => void } | undefined;

  constructor(service: string, listener: TabListener) {
    this.#name = `latchkey:${service}`;
    this.#listener = listener;
  }

  /** Where there are no channels, each tab finds out at its next refresh. */
  open(): void {
    if (this.#channel || typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const note = parse(data);
      if (note) this.#listener.hear(note);
    };
  }

  /** An open channel or a lock can keep a page out of the back/forward cache, and a frozen page would keep the lock. */
  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#lock?.release();
    this.#lock = undefined;
  }

  tell(note: TabNote): void {
    this.#channel?.postMessage({ version: VERSION, ...note });
  }

  /** One at a time. Where there are no locks, `unlocked` is called at once. */
  askLock(number: number): void {
    const asking = new AbortController();
    const held = new Promise<void>((done) => {
      this.#lock = {
        number,
        release: () => {
          done();
          // Has no effect on a lock that is held already.
          asking.abort();
        },
      };
    });
    this.#hold(number, asking.signal, held);
  }

  /** Nothing follows. */
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
      // No locks here, not asked for any longer, or stolen.
    }
    if (this.#lock?.number === number) {
      this.#lock = undefined;
      this.#listener.unlocked(number);
    }
  }
}

/** A message of this version. Whether it is one of the closed set, the vault says. */
function parse(data: unknown): TabNote | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { version, kind, session, ms } = data as Record<string, unknown>;
  if (version !== VERSION || (typeof session === "string" && session.length > 256)) return undefined;
  return { kind, session, ms } as TabNote;
}
