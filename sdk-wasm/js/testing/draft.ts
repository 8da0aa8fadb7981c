/** A call of `auth.fetch` as its caller described it. */
export interface Draft {
  readonly url: URL;
  readonly signal: AbortSignal | undefined;
  /** Whether it can be sent a second time: anything can but a stream. */
  readonly replayable: boolean;
  /** The request with this token on it. */
  build(token: string): Request;
}

/** Fails as `fetch` does, with a `TypeError`. `base` is what relative addresses are relative to. */
export function draft(input: RequestInfo | URL, init: RequestInit | undefined, base: string): Draft {
  // Handed over by itself: a page's signals, where a test has put a page around Node, are not Node's.
  const { signal, ...rest } = init ?? {};
  const given = input instanceof Request ? input : undefined;
  const request = given ? new Request(given, rest) : new Request(new URL(String(input), base), rest);
  const replayable = !(rest.body instanceof ReadableStream);
  return {
    url: new URL(request.url),
    signal: signal ?? given?.signal,
    replayable,
    build: (token) => {
      const copy = replayable ? request.clone() : request;
      copy.headers.set("Authorization", `Bearer ${token}`);
      return copy;
    },
  };
}

/** A signal that follows others, whoever made them, until it is let go. */
export function linked(...signals: (AbortSignal | undefined)[]): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const undo: (() => void)[] = [];
  for (const signal of signals) {
    if (!signal) continue;
    const stop = () => controller.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    undo.push(() => signal.removeEventListener("abort", stop));
  }
  const release = () => {
    for (const each of undo) each();
  };
  return { signal: controller.signal, release };
}

/** The promise's outcome, or the signal's reason if that comes first. */
export async function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
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
