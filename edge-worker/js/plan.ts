// What becomes of a request. Rust fills it in, by calls with numbers, which cross to JavaScript at almost no cost.
import { instance } from "./recovery.ts";
import type { Settings } from "./settings.ts";

/** A request's number, and the instance that gave it: another instance may give it to another request. */
export interface Checked {
  readonly number: number;
  readonly instance: number;
}

export class Plan {
  /** The `Origin` of the request. */
  readonly origin: string | null;
  #number = 0;
  /** The origin of the page that asks, if it is listed. */
  listed: string | null = null;
  /** The value of `Server-Timing`; empty: none. */
  timing = "";
  /** The index of the route whose upstream is asked. */
  route = -1;
  /** What the upstream is told about the caller: names and values in turn. */
  identity: readonly string[] = [];
  /** The length of the URL that the upstream gets; 0: all of it. */
  urlEnds = 0;
  /** The `Set-Cookie` of the session, which the response gets; empty: none. */
  cookie = "";
  /** Until when, by `Date.now()`. A later response goes without it: it could overwrite a newer cookie in the browser. */
  cookieUntil = 0;
  /** The response of the Worker's own. */
  own: Response | undefined;
  /** Whether the signature of the request's token is genuine, while that is checked. */
  genuine: Promise<boolean> | undefined;
  /** By what the instance knows the request meanwhile. */
  checked: Checked | undefined;

  constructor(origin: string | null) {
    this.origin = origin;
  }

  begin(number: number, listed: boolean): void {
    this.#number = number;
    if (listed) this.listed = this.origin;
  }

  /** The platform copies the bytes before this returns (Web Cryptography API, section 14.3.4). */
  check(algorithm: AlgorithmIdentifier, key: CryptoKey, signature: BufferSource, data: BufferSource): void {
    this.checked = { number: this.#number, instance };
    this.genuine = crypto.subtle.verify(algorithm, key, signature, data);
  }

  /** Ages in milliseconds; below 0: none. */
  time(hit: boolean, keysAge: number, revocationsAge: number): void {
    this.timing = `token;desc=${hit ? "hit" : "miss"}`;
    if (keysAge >= 0) this.timing += `, keys;dur=${keysAge}`;
    if (revocationsAge >= 0) this.timing += `, revocations;dur=${revocationsAge}`;
  }

  forward(route: number, identity: string[], urlEnds: number): void {
    this.route = route;
    this.identity = identity;
    this.urlEnds = urlEnds;
  }

  setCookie(cookie: string, withinMs: number): void {
    this.cookie = cookie;
    this.cookieUntil = Date.now() + withinMs;
  }

  answer(own: Response): void {
    this.own = own;
  }

  /** The request's id, as Rust writes it (edge-worker/src/random.rs). */
  id({ instance }: Settings): string {
    return instance + this.#number.toString(16).padStart(8, "0");
  }
}
