// What Rust exports (edge-worker/src/entry.rs), and the constants that it states.
import Bound from "./index.js";
import type { Plan } from "./plan.ts";

interface Rust {
  /** Fills in the plan for a request that may go to its upstream; false if that can't be said yet. */
  admit(head: string, now: number, plan: Plan): boolean;
  /** The same, when the signature of the request's token has been checked. */
  settle(number: number, genuine: boolean, now: number, plan: Plan): boolean;
  /** Fills in the plan for any request. `number`: the one that `settle` was called with. */
  answer(
    request: Request,
    head: string,
    env: Env,
    context: unknown,
    plan: Plan,
    number?: number,
  ): undefined | Promise<undefined>;
  /** {@link Settings} as JSON. */
  settings(env: Env): string;
  /** One of {@link Settings.outbound}: what becomes of a header, by its name in lower case, on its way to an upstream. */
  outbound(name: string): number;
  /** A `Cookie` header without those that no upstream may see. */
  otherCookies(cookies: string): string | undefined;
  /** `Set-Cookie` values as lines, without those that set one of Latchkey's cookies. */
  allowedCookies(cookies: string): string;
  unavailable(): Response;
  contentRejected(): Response;
  /** Does nothing; see recovery.ts. */
  renew(): void;
  failed(route: number, id: string, code: string, cause: string): Response;
}

export type Env = Record<string, unknown>;
export type Pairs = [name: string, value: string][];

/** The headers that a response gets and loses. */
export interface Changes {
  sets: Pairs;
  removes: string[];
}

/** How a route's upstream is asked, and what becomes of its response. */
export interface Route extends Changes {
  /** The binding of the Worker that is the upstream. */
  service?: string;
  /** Or the origin of the URLs that are requested. */
  origin?: string;
  /** The host that the request goes to, although its URL has another. */
  resolveOverride?: string;
  /** The binding of the secret that proves to the upstream who asks. */
  secret?: string;
  /** Milliseconds until the head of the response must be there. */
  timeout: number;
  /** Whether the upstream gets the token too. */
  authorization: boolean;
  /** Inbound headers, in lower case, that pass although they are removed elsewhere. */
  keeps: string[];
}

export interface Settings {
  /** The beginning of the request ids of this instance. */
  instance: string;
  /** The headers, in lower case, that decide about most requests. */
  alwaysRead: string[];
  /** On every response. */
  always: Pairs;
  /** On a response that a page of a listed origin may read. */
  listed: Pairs;
  /** Whether responses differ by the origin of the page that asks, which caches must know. */
  variesByOrigin: boolean;
  /** Whether responses have `Server-Timing`. */
  serverTiming: boolean;
  /** What the gate says of the request itself. */
  forwarded: Pairs;
  secretHeader: string;
  viaHeader: string;
  /** On a response with the session's cookie. */
  withCookie: Changes;
  routes: Route[];
  /** The values of {@link Rust.outbound}. */
  outbound: Record<"kept" | "removed" | "cookie" | "authorization" | "connection", number>;
  /** How many bytes of content that is not forwarded are read before the response. */
  maxDrained: number;
}

export const rust = Bound.prototype as Rust;

let known: Settings | undefined;

/** They can't change while the instance lives. */
export function settings(env: Env): Settings {
  known ??= JSON.parse(rust.settings(env)) as Settings;
  return known;
}

/** Another instance has other request ids. */
export function forgetSettings(): void {
  known = undefined;
}
