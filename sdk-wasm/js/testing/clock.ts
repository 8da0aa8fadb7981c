/**
 * Time as a test has it: by `Date.now` and `setTimeout` as they are when they are called, because a test may replace
 * either or both at any moment.
 */
export class Clock {
  #elapsed = 0;
  #lastWall = Date.now();

  /** Milliseconds that never go backwards. A wall clock that is set back stands for no time. */
  readonly now = (): number => {
    const wall = Date.now();
    this.#elapsed += Math.max(0, wall - this.#lastWall);
    this.#lastWall = wall;
    return this.#elapsed;
  };

  /** Gives the function that cancels the timer. */
  readonly setTimeout = (callback: () => void, ms: number): (() => void) => {
    const due = this.now() + ms;
    // The same implementation must cancel it that has set it.
    const { clearTimeout } = globalThis;
    const timer = setTimeout(() => {
      // A test that has replaced only `setTimeout` has let this time pass, too.
      this.#elapsed = Math.max(this.now(), due);
      callback();
    }, ms);
    // In Node a client that is not disposed of must not keep the process alive.
    (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  };

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
}
