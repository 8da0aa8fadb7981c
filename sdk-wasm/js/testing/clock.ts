interface Timer {
  /** When it is due, by {@link Clock.now}. */
  readonly due: number;
  readonly callback: () => void;
  /** Whether it keeps Node's process alive. */
  readonly isKept: boolean;
  /** Cancels the timer of the test that stands for it, if there is one. */
  disarm: () => void;
}

/**
 * Time as clients and service have it: that of the test, by `Date.now` and `setTimeout` as they are when they are called,
 * because a test may replace either or both at any moment; and in addition what has been skipped.
 */
export class Clock {
  #elapsed = 0;
  #lastDate = Date.now();
  /** How far {@link wall} is ahead of `Date.now`, in milliseconds. */
  #ahead = 0;
  /** `Date.now()` at the beginning of a skip, during which time passes only from timer to timer. `null`: it runs. */
  #stoppedAt: number | null = null;
  readonly #timers = new Set<Timer>();

  /** Milliseconds that never go backwards. A `Date` that is set back stands for no time. */
  readonly now = (): number => {
    const date = this.#date();
    this.#elapsed += Math.max(0, date - this.#lastDate);
    this.#lastDate = date;
    return this.#elapsed;
  };

  /** Milliseconds since the Unix epoch. */
  readonly wall = (): number => this.#date() + this.#ahead;

  /** In Node, a timer does not keep the process alive. Gives the function that cancels it. */
  readonly setTimeout = (callback: () => void, ms: number): (() => void) => this.#set(callback, ms, false);

  /** By `setTimeout`, so that a test need not replace another function. Gives the function that cancels it. */
  readonly setInterval = (callback: () => void, ms: number): (() => void) => {
    let cancel = () => {};
    const repeat = () => {
      cancel = this.setTimeout(() => {
        repeat();
        callback();
      }, ms);
    };
    repeat();
    return () => cancel();
  };

  /** Resolves after this time, or when the signal is aborted. In Node, it keeps the process alive until then. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      const cancel = this.#set(done, ms, true);
      const stop = () => {
        cancel();
        done();
      };
      signal.addEventListener("abort", stop, { once: true });
    });
  }

  /**
   * Lets time pass: calls the timers that fall due, in their order, each at its time. Waits for `handled` before the
   * first one and after each.
   */
  async skip(ms: number, handled: () => Promise<void>): Promise<void> {
    this.#stop();
    try {
      await handled();
      const end = this.now() + ms;
      for (let next = this.#dueBy(end); next; next = this.#dueBy(end)) {
        this.#forward(next.due - this.now());
        this.#fire(next);
        await handled();
      }
      this.#forward(end - this.now());
    } finally {
      this.#start();
    }
  }

  /** Sets the wall clock forward, and nothing else. */
  sleep(ms: number): void {
    this.#ahead += ms;
  }

  #date(): number {
    return this.#stoppedAt ?? Date.now();
  }

  #set(callback: () => void, ms: number, isKept: boolean): () => void {
    const timer: Timer = { due: this.now() + ms, callback, isKept, disarm: () => {} };
    this.#timers.add(timer);
    if (this.#stoppedAt === null) this.#arm(timer, ms);
    return () => {
      this.#timers.delete(timer);
      timer.disarm();
    };
  }

  #arm(timer: Timer, ms: number): void {
    // The implementation that has set a timer must cancel it.
    const { clearTimeout } = globalThis;
    const id = setTimeout(() => this.#fire(timer), ms);
    if (!timer.isKept) (id as { unref?: () => void }).unref?.();
    timer.disarm = () => clearTimeout(id);
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    // A test that has replaced only `setTimeout` has let this time pass, too.
    this.#elapsed = Math.max(this.now(), timer.due);
    timer.callback();
  }

  /** The first timer that is due at `end` or earlier; of several with the same time, the one that was set first. */
  #dueBy(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && !(first && first.due <= timer.due)) first = timer;
    }
    return first;
  }

  #forward(ms: number): void {
    const passed = Math.max(0, ms);
    this.#elapsed += passed;
    this.#ahead += passed;
  }

  #stop(): void {
    this.now();
    this.#stoppedAt = Date.now();
    for (const timer of this.#timers) timer.disarm();
  }

  /** The time that the skip took is not added to the one that it skipped. */
  #start(): void {
    const date = Date.now();
    this.#ahead -= date - this.#date();
    this.#lastDate = date;
    this.#stoppedAt = null;
    for (const timer of this.#timers) this.#arm(timer, Math.max(0, timer.due - this.#elapsed));
  }
}
