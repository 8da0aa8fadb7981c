const FIRST_MS = 200;
const MOST_MS = 30_000;

/** The one thing a client will do later: renew its token, or try again what failed. */
export class Schedule {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** The service asked not to be called before, in milliseconds since the epoch. */
  #askedUntil = 0;

  /** Whether the service has asked for more patience than this. */
  get mustWait(): boolean {
    return Date.now() < this.#askedUntil;
  }

  at(milliseconds: number, act: () => void): void {
    this.cancel();
    // Beyond 2^31 - 1 a timer would fire at once.
    this.#timer = setTimeout(act, Math.min(milliseconds, 2 ** 31 - 1));
    // Where timers keep a process alive, a client that somebody forgot must not.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** 200 ms, doubled with each failure, 30 s at most; and as long as the service asks for. No jitter: tests want none. */
  afterFailure(retryAfterSeconds: number | undefined, act: () => void): void {
    const delay = Math.min(FIRST_MS * 2 ** this.#failures, MOST_MS);
    this.#failures += 1;
    const asked = (retryAfterSeconds ?? 0) * 1000;
    this.#askedUntil = Date.now() + asked;
    this.at(Math.max(delay, asked), act);
  }

  succeeded(): void {
    this.cancel();
    this.#failures = 0;
    this.#askedUntil = 0;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
