const unfollow = new WeakMap<AbortSignal, () => void>();

/** `AbortSignal.any`, for signals of different realms: those of Node and those of a page that a test environment has put around it. */
export function any(signals: AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const undo = signals.map((signal) => {
    const stop = () => controller.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    return () => signal.removeEventListener("abort", stop);
  });
  unfollow.set(controller.signal, () => {
    for (const each of undo) each();
  });
  return controller.signal;
}

/** Lets go of the signals that a signal made by {@link any} follows. */
export function release(signal: AbortSignal): void {
  unfollow.get(signal)?.();
}

/** The promise's outcome, or the signal's reason if that comes first. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let stop = () => {};
  const stopped = new Promise<never>((_, fail) => {
    stop = () => fail(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
