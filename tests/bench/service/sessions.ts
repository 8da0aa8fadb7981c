// Browsers, as far as the service sees them: each has a cookie, which an answer may replace, and a token.

/** A session that has just rotated may do so again after so many milliseconds: the window of a second, and the rest of the second it ends in. */
const RIPE_AFTER_MS = 2100;

interface Session {
  cookie: string;
  token: string;
}

export class Sessions {
  readonly #all: Session[];
  #ripeAt = Number.NEGATIVE_INFINITY;

  /** @param cookies As they are sent: `name=value`. */
  constructor(cookies: string[]) {
    this.#all = cookies.map((cookie) => ({ cookie, token: "" }));
  }

  get count(): number {
    return this.#all.length;
  }

  /** Every so-manieth of them. */
  every(step: number): Sessions {
    return new Sessions(this.#all.filter((_, at) => at % step === 0).map(({ cookie }) => cookie));
  }

  /** As many parts of them, of one size. What is left over is in none. */
  parts(count: number): Sessions[] {
    const size = Math.floor(this.#all.length / count);
    const part = (at: number) => this.#all.slice(at * size, (at + 1) * size).map(({ cookie }) => cookie);
    return Array.from({ length: count }, (_, at) => new Sessions(part(at)));
  }

  /** The cookie of the n-th, from the beginning again when there are no more. */
  cookie(n: number): string {
    return this.#of(n).cookie;
  }

  /** The token the n-th was given last. */
  token(n: number): string {
    return this.#of(n).token;
  }

  /** Takes what the answer to a refresh brought. Says whether the session has rotated. */
  take(n: number, answer: Buffer): boolean {
    const text = answer.toString("latin1");
    const session = this.#of(n);
    session.token = /"access_token":"([^"]+)"/.exec(text)?.[1] ?? "";
    const cookie = /\r\nset-cookie: *([^;\r]+)/i.exec(text)?.[1] ?? session.cookie;
    const rotated = cookie !== session.cookie;
    session.cookie = cookie;
    if (rotated) this.#ripeAt = performance.now() + RIPE_AFTER_MS;
    return rotated;
  }

  /** For how many milliseconds the last of them is still too young to rotate again. */
  get unripeFor(): number {
    return Math.max(0, this.#ripeAt - performance.now());
  }

  #of(n: number): Session {
    const session = this.#all[n % this.#all.length];
    if (!session) throw new Error("There are no sessions.");
    return session;
  }
}
