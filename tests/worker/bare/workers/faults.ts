// Runs in front of the built Worker, for tests only: it passes the Worker an `env`, a `fetch`, a
// `crypto.subtle` and `caches` that record every call and make a selected one fail. Each case runs in a fresh
// copy of the Worker, so that its caches are empty and every call is made. The Worker does not know about it.
import { AsyncLocalStorage } from "node:async_hooks";

interface Case {
  copy: number;
  /** Makes the call with this index fail, or the first one with this name. */
  at?: number | string;
  mode?: string;
  /** Every call of that name. */
  every?: boolean;
  /** Returns the calls of a copy's last request, instead of sending it a request. */
  trace?: boolean;
}

interface Run extends Case {
  calls: string[];
  /**
   * Whether the construction of its next response fails. The crate assumes that this is impossible, so Rust
   * panics.
   */
  panics?: boolean;
}

type Fetcher = { fetch(...input: unknown[]): Promise<Response> };
type Gate = Fetcher | (new (context: unknown, env: unknown) => Fetcher);

const current = new AsyncLocalStorage<Run>();
const last = new Map<number, Run>();

/** The delay of a call that is `late`. */
const LATE_MS = 1_000;

const forever = () => new Promise<never>(() => setTimeout(() => {}, 60_000));

/** What a call returns instead of its result, by mode. */
const SPOILED: Record<string, (name: string) => unknown> = {
  throw: (name) => {
    throw new Error(`thrown by ${name}`);
  },
  reject: (name) => Promise.reject(new Error(`rejected by ${name}`)),
  "reject-nothing": () => Promise.reject(undefined),
  hang: forever,
  undefined: () => undefined,
  nothing: () => Promise.resolve(undefined),
  number: () => Promise.resolve(1),
  text: () => Promise.resolve("true"),
  object: () => Promise.resolve({}),
  s500: () => Promise.resolve(new Response("out of order", { status: 500 })),
  html: () => Promise.resolve(new Response("<!doctype html><title>Sign in to the Wi-Fi</title>", HTML)),
  empty: () => Promise.resolve(new Response("")),
  "wrong-json": () => Promise.resolve(Response.json({ keys: [], entries: [], ok: true, session: { account: "x" } })),
  null: () => Promise.resolve(Response.json(null)),
  torn: () =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('{"session":')),
          pull: (controller) => controller.error(new Error("torn")),
        }),
      ),
    ),
  panic: () => Promise.resolve(panicking()),
};
const HTML = { headers: { "Content-Type": "text/html" } };

/** The call's result is not a response, and the Worker can't build its own response about that. */
function panicking(): Response {
  const failed = new Response("out of order", { status: 500 });
  const run = current.getStore();
  if (run) run.panics = true;
  return failed;
}

globalThis.Response = new Proxy(Response, {
  construct: (target, parts: ConstructorParameters<typeof Response>) => {
    const run = current.getStore();
    if (!run?.panics) return new target(...parts);
    run.panics = false;
    throw new Error("the call was made to fail");
  },
});

/** Records the call and makes it, or makes it fail. */
function call<T>(name: string, make: () => T): T {
  const run = current.getStore();
  if (!run) return make();
  const index = run.calls.push(name) - 1;
  const meant = run.at === index || (run.at === name && (run.every || run.calls.indexOf(name) === index));
  if (!meant) return make();
  // The platform's own timers, so that a late call counts as one in progress.
  if (run.mode === "late") return new Promise((resolve) => setTimeout(resolve, LATE_MS)).then(make) as T;
  return SPOILED[run.mode ?? ""]?.(name) as T;
}

/** The object with some members replaced; its methods are called on the object itself. */
function replaced<T extends object>(target: T, member: (name: string | symbol, value: unknown) => unknown): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value = Reflect.get(target, name, target);
      return member(name, typeof value === "function" && name !== "constructor" ? value.bind(target) : value);
    },
  });
}

type Method = (...input: unknown[]) => unknown;

const withFetch = (label: string, fetcher: object) =>
  replaced(fetcher, (name, value) =>
    name === "fetch" ? (...input: unknown[]) => call(label, () => (value as Method)(...input)) : value,
  );

/** A namespace whose objects' `fetch` is recorded; also a service. */
const binding = (label: string, bound: object) =>
  bound.constructor.name === "DurableObjectNamespace"
    ? replaced(bound, (name, value) =>
        name === "get" || name === "getByName"
          ? (...input: unknown[]) => withFetch(label, (value as Method)(...input) as object)
          : value,
      )
    : withFetch(label, bound);

const noted = (env: object) =>
  replaced(env, (name, value) => {
    if (typeof name !== "string" || name === "LATCHKEY" || value === undefined) return value;
    return call(`env.${name}`, () => (typeof value === "object" && value ? binding(name, value) : value));
  });

const { subtle } = crypto;
for (const name of ["importKey", "verify"] as const) {
  const original = (subtle[name] as Method).bind(subtle);
  Object.defineProperty(subtle, name, { value: (...input: unknown[]) => call(name, () => original(...input)) });
}
const originalFetch = globalThis.fetch;
globalThis.fetch = ((...input: Parameters<typeof fetch>) =>
  call("fetch", () => originalFetch(...input))) as typeof fetch;
// The bare runtime has no cache; this one is always empty.
const cache = {
  match: () => call("caches.match", () => Promise.resolve(undefined)),
  put: () => call("caches.put", () => Promise.resolve()),
};
Object.defineProperty(globalThis, "caches", { value: { default: cache, open: () => Promise.resolve(cache) } });

async function gateOf(copy: number): Promise<Gate> {
  const { default: gate } = (await import(`./copy-${copy}/MAIN`)) as { default: Gate };
  return gate;
}

// @ts-expect-error: defined when this runs
export * from "./copy-0/MAIN";

export default {
  async fetch(request: Request, env: object, context: unknown): Promise<Response> {
    const given: Case = JSON.parse(request.headers.get("X-Case") ?? '{"copy":0}');
    if (given.trace) return Response.json(last.get(given.copy)?.calls ?? []);
    const run: Run = { ...given, calls: [] };
    last.set(given.copy, run);
    const headers = new Headers(request.headers);
    headers.delete("X-Case");
    const asked = new Request(request, { headers });
    const gate = await gateOf(given.copy);
    return current.run(run, () =>
      typeof gate === "function" ? new gate(context, noted(env)).fetch(asked) : gate.fetch(asked, noted(env), context),
    );
  },
};
