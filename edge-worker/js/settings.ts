// The constants that Rust states (`settings` in edge-worker/src/entry.rs).
import * as rust from "#rust";
import { instance, revive } from "./recovery.ts";

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
  /** Further headers, in lower case, that decide if `Authorization` has an API key. */
  readWithApiKey: string[];
  /** What every API key begins with. */
  apiKey: string;
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
  /** The values of Rust's `outbound`. */
  outbound: Record<"kept" | "removed" | "cookie" | "authorization" | "connection", number>;
  /** How many bytes of content that is not forwarded are read before the response. */
  maxDrained: number;
}

let known: Settings | undefined;
/** The number of the instance that stated them: another one has other request ids. */
let statedBy = -1;

/** They can't change while the instance lives. */
export function settings(env: Env): Settings {
  if (known === undefined || statedBy !== instance) {
    revive();
    known = JSON.parse(rust.settings(env)) as Settings;
    statedBy = instance;
  }
  return known;
}
