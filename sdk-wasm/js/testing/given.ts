import type { Authenticator, PUBLIC_KEY_CREDENTIAL } from "./authenticator.js";

type Globals = typeof globalThis;

/** The globals of a fake tab. Code that is bundled for it (see `built.d.ts`) uses these; all other globals are the test's. */
export interface Given {
  readonly fetch: (request: Request, init: RequestInit) => Promise<Response>;
  readonly Request: Globals["Request"];
  readonly Headers: Globals["Headers"];
  readonly AbortSignal: { any(signals: AbortSignal[]): AbortSignal };
  readonly TextDecoder: Globals["TextDecoder"];
  readonly TextEncoder: Globals["TextEncoder"];
  readonly setTimeout: (callback: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly setInterval: (callback: () => void, ms: number) => unknown;
  readonly clearInterval: (timer: unknown) => void;
  readonly performance: { now(): number };
  /** `Date.now`, by tools/build/package.mjs. */
  readonly dateNow: () => number;
  /** `Math.random`, by tools/build/package.mjs. */
  readonly random: () => number;
  readonly queueMicrotask: (task: () => void) => void;
  readonly reportError: (error: unknown) => void;
  readonly addEventListener: EventTarget["addEventListener"];
  readonly document: {
    readonly baseURI: string;
    readonly visibilityState: "visible";
    readonly hasFocus: () => boolean;
    readonly addEventListener: EventTarget["addEventListener"];
  };
  readonly location: { readonly origin: string; assign(url: string | URL): void };
  readonly open: (url: string | URL) => { readonly closed: boolean };
  readonly navigator: {
    readonly onLine: true;
    readonly locks: {
      request(name: string, options: { signal: AbortSignal }, callback: () => Promise<void>): Promise<void>;
    };
    readonly credentials: Authenticator["credentials"];
  };
  readonly PublicKeyCredential: typeof PUBLIC_KEY_CREDENTIAL | undefined;
  readonly localStorage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  readonly BroadcastChannel: new (
    name: string,
  ) => { onmessage: ((event: { data: unknown }) => void) | undefined; postMessage(data: unknown): void; close(): void };
}

/** The parameter of the function into which this module is bundled. */
declare const given: Given;

export const {
  fetch,
  Request,
  Headers,
  AbortSignal,
  TextDecoder,
  TextEncoder,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  performance,
  queueMicrotask,
  reportError,
  addEventListener,
  document,
  location,
  open,
  navigator,
  PublicKeyCredential,
  localStorage,
  BroadcastChannel,
} = given;
