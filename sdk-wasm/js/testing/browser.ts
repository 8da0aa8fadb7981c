import { runTab } from "#tab";
import bytes from "#vault";
import { AuthError } from "../errors.js";
import type { AuthClient, ClientOptions } from "../types.js";
import type { Backend } from "./asked.js";
import { Authenticator, PUBLIC_KEY_CREDENTIAL } from "./authenticator.js";
import type { Given } from "./given.js";
import { carry, later } from "./network.js";
import { platform } from "./platform.js";
import { problem } from "./problem.js";
import { requestClass } from "./request.js";
import { bearerOf, isLimited, type Reply, reply, routeOf } from "./routes.js";
import type { SetCookie } from "./sessions.js";
import { any, release } from "./signals.js";
import type { FakeApi } from "./types.js";
import type { UnderWay } from "./under-way.js";

/** What is around the browsers: the network, and the servers behind it. */
export interface World {
  readonly backend: Backend;
  readonly api: FakeApi;
  readonly requests: string[];
  readonly underWay: UnderWay;
  /** The pages of all tabs, for the events `visibilitychange` and `online`. */
  readonly pages: Set<EventTarget>;
}

type Note = { name: string; onmessage: ((event: { data: unknown }) => void) | undefined };

let compiled: WebAssembly.Module | undefined;

/** One browser profile: what the tabs of one browser share. */
export class Browser {
  location: string | null = null;
  readonly authenticator: Authenticator;
  /** The session's cookie, and when it expires, in milliseconds since the Unix epoch. */
  #cookie: { readonly value: string; readonly expiresAt: number } | undefined;
  #challenge: string | undefined;
  readonly #world: World;
  readonly #storage = new Map<string, string>();
  readonly #channels = new Set<Note>();
  #lock: Promise<unknown> = Promise.resolve();

  constructor(world: World) {
    this.#world = world;
    this.authenticator = new Authenticator(world.backend.page);
  }

  /** The value of the session's cookie. */
  get cookie(): string | undefined {
    return this.#cookie && this.#world.backend.clock.wall() < this.#cookie.expiresAt ? this.#cookie.value : undefined;
  }

  store({ value, maxAge }: SetCookie): void {
    this.#cookie = { value, expiresAt: this.#world.backend.clock.wall() + maxAge * 1000 };
  }

  /** Opens a tab in which the page creates a client. */
  open({ service = this.#world.backend.origin, ...options }: Partial<ClientOptions>): Promise<AuthClient> {
    // The vault is in this file, and there is no service worker.
    const { vault, serviceWorker, workerUrl, wasmUrl, headers, onStepUp, ...rest } = options;
    // Synchronously, which every engine can, so that a test with replaced timers need not wait for it.
    compiled ??= new WebAssembly.Module(bytes);
    const tab = runTab(this.#tab(service), () => ({ AuthError }));
    return tab.createClient(compiled, { service, ...rest }, { headers, onStepUp });
  }

  #tab(service: string): Given {
    const { pages, backend } = this.#world;
    const { clock, page } = backend;
    const events = new EventTarget();
    pages.add(events);
    const baseURI = () => (globalThis.location?.origin === page ? globalThis.location.href : `${page}/`);
    const addEventListener = events.addEventListener.bind(events);
    return {
      fetch: (request, init) => this.#fetch(service, request, init),
      Request: requestClass(baseURI),
      Headers: platform("Headers"),
      AbortSignal: { any },
      TextDecoder: platform("TextDecoder"),
      TextEncoder: platform("TextEncoder"),
      setTimeout: clock.setTimeout,
      clearTimeout: (cancel) => (cancel as (() => void) | undefined)?.(),
      setInterval: clock.setInterval,
      clearInterval: (cancel) => (cancel as (() => void) | undefined)?.(),
      performance: clock,
      dateNow: clock.wall,
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
        hasFocus: () => true,
        addEventListener,
      },
      location: { origin: page, assign: (url) => void this.#navigate(String(url)) },
      open: (url) => this.#openWindow(new URL(url)),
      navigator: {
        onLine: true,
        locks: { request: (_, { signal }, callback) => this.#requestLock(signal, callback) },
        credentials: this.authenticator.credentials,
      },
      PublicKeyCredential: this.authenticator.isAvailable ? PUBLIC_KEY_CREDENTIAL : undefined,
      localStorage: {
        getItem: (key) => this.#storage.get(key) ?? null,
        setItem: (key, value) => void this.#storage.set(key, value),
        removeItem: (key) => void this.#storage.delete(key),
      },
      BroadcastChannel: this.#channelClass(),
    };
  }

  async #fetch(service: string, request: Request, init: RequestInit): Promise<Response> {
    const { backend, underWay } = this.#world;
    const signal = init.signal ?? request.signal;
    const url = new URL(request.url);
    const isService = url.origin === service && url.pathname.startsWith("/auth/");
    try {
      const handle = () =>
        isService
          ? underWay.during("service", this.#askService(request, url))
          : underWay.during("api", this.#callApi(request, url));
      const answer = await carry(backend, signal, handle);
      this.#keep(answer);
      return isService ? underWay.reading(answer.response) : answer.response;
    } finally {
      release(signal);
    }
  }

  /** Keeps the cookies of an answer. */
  #keep({ cookie, challenge }: Reply): void {
    if (this.#world.backend.faults.cookieBlocked) return;
    if (cookie) this.store(cookie);
    if (cookie === null) this.#cookie = undefined;
    if (challenge !== undefined) this.#challenge = challenge ?? undefined;
  }

  /** The page leaves for another address, and by way of a provider comes to the one that `location` says. */
  async #navigate(url: string): Promise<void> {
    const request = new (platform("Request"))(url);
    const answer = await this.#askService(request, new URL(url));
    this.#keep(answer);
    this.location = answer.response.headers.get("Location") ?? url;
  }

  /** A provider's window: it says what became of the sign-in, as the service's page in it does, and closes. */
  #openWindow(url: URL): { readonly closed: boolean } {
    const opened = { closed: false };
    const finish = async () => {
      const answer = await this.#askService(new (platform("Request"))(url), url);
      this.#keep(answer);
      const { searchParams } = new URL(answer.response.headers.get("Location") ?? url);
      const methods = (searchParams.get("methods") ?? "").split(",").filter(Boolean);
      const id = url.searchParams.get("popup");
      const Channel = this.#channelClass();
      new Channel("latchkey-provider").postMessage({
        ...{ latchkey: "provider", id, error: searchParams.get("error"), methods },
      });
      opened.closed = true;
    };
    void finish();
    return opened;
  }

  async #askService(request: Request, url: URL): Promise<Reply> {
    const { requests, backend } = this.#world;
    const { faults } = backend;
    const route = routeOf(request, url);
    requests.push(route);
    if (faults.rateLimited !== false && isLimited(route)) return later("rate_limited", faults.rateLimited);
    const cookies = { session: this.cookie, challenge: this.#challenge };
    return reply(backend, request, faults.cookieBlocked ? { session: undefined, challenge: undefined } : cookies);
  }

  async #callApi(request: Request, { pathname }: URL): Promise<Reply> {
    const { requests, backend, api } = this.#world;
    requests.push(`${request.method} ${pathname}`);
    const caller = backend.sessions.verify(bearerOf(request));
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
