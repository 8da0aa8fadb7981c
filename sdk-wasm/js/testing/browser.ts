import { runTab } from "#tab";
import bytes from "#vault";
import { AuthError } from "../errors.js";
import type { AuthClient, ClientOptions } from "../types.js";
import type { Accounts } from "./accounts.js";
import { Clock } from "./clock.js";
import type { Given } from "./given.js";
import { carry, later } from "./network.js";
import { platform } from "./platform.js";
import { problem } from "./problem.js";
import { requestClass } from "./request.js";
import { bearerOf, type Reply, reply, routeOf, takesPassword } from "./routes.js";
import { any, release } from "./signals.js";
import type { FakeApi, FakeFaults } from "./types.js";

/** What is around the browsers: the network, and the servers behind it. */
export interface World {
  readonly accounts: Accounts;
  readonly faults: FakeFaults;
  readonly api: FakeApi;
  readonly requests: string[];
  /** The origin of the service, unless a client's options say otherwise. */
  readonly origin: string;
  /** The origin of the pages. */
  readonly page: string;
  /** The pages of all tabs, for the events `visibilitychange` and `online`. */
  readonly pages: Set<EventTarget>;
}

type Note = { name: string; onmessage: ((event: { data: unknown }) => void) | undefined };

let compiled: WebAssembly.Module | undefined;

/** One browser profile: what the tabs of one browser share. */
export class Browser {
  cookie: string | undefined;
  readonly #world: World;
  readonly #storage = new Map<string, string>();
  readonly #channels = new Set<Note>();
  #lock: Promise<unknown> = Promise.resolve();

  constructor(world: World) {
    this.#world = world;
  }

  /** Opens a tab in which the page creates a client. */
  open({ service = this.#world.origin, ...options }: Partial<ClientOptions>): Promise<AuthClient> {
    // The vault is in this file, and there is no service worker.
    const { vault, serviceWorker, workerUrl, wasmUrl, headers, ...rest } = options;
    // Synchronously, which every engine can, so that a test with replaced timers need not wait for it.
    compiled ??= new WebAssembly.Module(bytes);
    const tab = runTab(this.#tab(service), () => ({ AuthError }));
    return tab.createClient(compiled, { service, ...rest }, headers);
  }

  #tab(service: string): Given {
    const { pages, page } = this.#world;
    const events = new EventTarget();
    pages.add(events);
    const baseURI = () => (globalThis.location?.origin === page ? globalThis.location.href : `${page}/`);
    const clock = new Clock();
    const addEventListener = events.addEventListener.bind(events);
    return {
      fetch: (request, init) => this.#fetch(service, request, init),
      Request: requestClass(baseURI),
      Headers: platform("Headers"),
      AbortSignal: { any },
      TextDecoder: platform("TextDecoder"),
      TextEncoder: platform("TextEncoder"),
      setTimeout: clock.setTimeout,
      clearTimeout: (cancel) => (cancel as () => void)(),
      setInterval: clock.setInterval,
      clearInterval: (cancel) => (cancel as () => void)(),
      performance: clock,
      // Chance spreads load, which is none here, and a test wants the same times in each run.
      random: () => 0,
      // Not the global function, which tests replace together with the timers.
      queueMicrotask: (task) => void Promise.resolve().then(task),
      // Node has no `reportError`. There the error becomes an unhandled rejection, which test runners report.
      reportError: (error) => (globalThis.reportError ? globalThis.reportError(error) : void Promise.reject(error)),
      addEventListener,
      document: {
        get baseURI() {
          return baseURI();
        },
        visibilityState: "visible",
        addEventListener,
      },
      location: { origin: page },
      navigator: { onLine: true, locks: { request: (_, { signal }, callback) => this.#requestLock(signal, callback) } },
      localStorage: {
        getItem: (key) => this.#storage.get(key) ?? null,
        setItem: (key, value) => void this.#storage.set(key, value),
        removeItem: (key) => void this.#storage.delete(key),
      },
      BroadcastChannel: this.#channelClass(),
    };
  }

  async #fetch(service: string, request: Request, init: RequestInit): Promise<Response> {
    const { faults } = this.#world;
    const signal = init.signal ?? request.signal;
    const url = new URL(request.url);
    const isService = url.origin === service && url.pathname.startsWith("/auth/");
    try {
      const handle = () => (isService ? this.#askService(request, url) : this.#callApi(request, url));
      const { response, cookie } = await carry(faults, signal, handle);
      if (cookie !== undefined && !faults.cookieBlocked) this.cookie = cookie ?? undefined;
      return response;
    } finally {
      release(signal);
    }
  }

  async #askService(request: Request, url: URL): Promise<Reply> {
    const { requests, accounts, faults } = this.#world;
    const route = routeOf(request, url);
    requests.push(route);
    if (faults.rateLimited !== false && takesPassword(route)) return later("rate_limited", faults.rateLimited);
    return reply(accounts, request, faults.cookieBlocked ? undefined : this.cookie);
  }

  async #callApi(request: Request, { pathname }: URL): Promise<Reply> {
    const { requests, accounts, api } = this.#world;
    requests.push(`${request.method} ${pathname}`);
    const caller = accounts.verify(bearerOf(request));
    if (caller) return { response: await api(request, caller) };
    return { response: problem("invalid_token", { "WWW-Authenticate": 'Bearer error="invalid_token"' }) };
  }

  async #requestLock(signal: AbortSignal, callback: () => Promise<void>): Promise<void> {
    const held = this.#lock.then(() => (signal.aborted ? undefined : callback()));
    this.#lock = held;
    await held;
  }

  #channelClass(): Given["BroadcastChannel"] {
    const channels = this.#channels;
    return class {
      readonly name: string;
      onmessage: Note["onmessage"];

      constructor(name: string) {
        this.name = name;
        channels.add(this);
      }

      postMessage(data: unknown): void {
        for (const each of channels) {
          if (each !== this && each.name === this.name) void Promise.resolve().then(() => each.onmessage?.({ data }));
        }
      }

      close(): void {
        channels.delete(this);
        this.onmessage = undefined;
      }
    };
  }
}
