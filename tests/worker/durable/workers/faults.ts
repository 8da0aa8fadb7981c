// Runs in front of the built Worker, in the same isolate: it counts the Worker's calls to objects, the
// objects' calls to their storage, and the calls of both to WebCrypto and its randomness, and makes one of
// these calls fail. It also forwards a test's own calls to an object, which can't be reached from outside, and
// stops the isolate's clock at a time that a test sets.

// @ts-expect-error: the built Worker, which is next to this module at run time
import entry, * as built from "./MAIN";

type Handler = { fetch(request: Request): Promise<Response>; alarm?(): Promise<unknown> };
type Door = { fetch(request: Request, env: object, context: object): Promise<Response> };
type Instance = new (...parts: unknown[]) => Handler;
type Fn = (...values: unknown[]) => unknown;
type Storage = { getAlarm(): Promise<number | null>; sql: { exec(query: string): { toArray(): unknown[] } } };
type Bag = Record<PropertyKey, unknown>;

/** `lost`: the call has its effect, but its result does not arrive. */
type Kind = "refused" | "lost";

let seen: string[] = [];
/** Replies of objects to the Worker and to each other. */
let replies: { what: string; bytes: number }[] = [];
/** Which call fails: the one with this index, or every one whose name starts like this. */
let fault: { at?: number; of?: string; on?: string; kind: Kind } | undefined;

/** Counts a call and returns whether it is the one that fails. */
function strikes(what: string): Kind | undefined {
  seen.push(what);
  if (!fault) return undefined;
  const { of = "" } = fault;
  const isIt = what.startsWith(of) && fault.at === seen.filter((name) => name.startsWith(of)).length;
  return isIt || (fault.on !== undefined && what.startsWith(fault.on)) ? fault.kind : undefined;
}

const broken = (what: string) => new Error(`injected: ${what}`);

function sync(what: string, work: () => unknown): unknown {
  const strike = strikes(what);
  if (strike === "refused") throw broken(what);
  const done = work();
  if (strike === "lost") throw broken(what);
  return done;
}

async function later(what: string, work: () => unknown): Promise<unknown> {
  const strike = strikes(what);
  if (strike === "refused") throw broken(what);
  const done = await work();
  if (strike === "lost") throw broken(what);
  return done;
}

/** The same object with some members replaced. The platform's methods must be called on the object itself. */
function over(thing: object, members: Bag): object {
  return new Proxy(thing, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return members[name];
      const value = Reflect.get(target, name);
      return typeof value === "function" && name !== "constructor" ? value.bind(target) : value;
    },
  });
}

const method = (thing: object, name: string) => (Reflect.get(thing, name) as Fn).bind(thing);

function stateOf(state: object): object {
  const storage = Reflect.get(state, "storage") as object;
  const sql = Reflect.get(storage, "sql") as object;
  const exec = method(sql, "exec");
  const late = (name: string) => [name, (...values: unknown[]) => later(name, () => method(storage, name)(...values))];
  return over(state, {
    storage: over(storage, {
      sql: over(sql, { exec: (...values: unknown[]) => sync(`sql ${words(values[0])}`, () => exec(...values)) }),
      ...Object.fromEntries(["setAlarm", "getAlarm", "deleteAlarm", "deleteAll"].map(late)),
    }),
  });
}

const words = (statement: unknown) => String(statement).replace(/\s+/g, " ").slice(0, 40);

function envOf(env: object): object {
  return over(
    env,
    Object.fromEntries(
      Object.entries(env)
        .filter(([, binding]) => (binding as object)?.constructor?.name === "DurableObjectNamespace")
        // A test that is about jurisdictions says so, because the runtime itself refuses them.
        .map(([name, namespace]) => [name, namespaceOf(name, namespace as object, "JURISDICTIONS" in env)]),
    ),
  );
}

/**
 * The objects of a jurisdiction, as on the platform: those of the same name in another one are other objects. The
 * runtime has no jurisdictions itself.
 */
function within(namespace: object, jurisdiction: string): object {
  const byName = (name: unknown) => method(namespace, "getByName")(`${jurisdiction}/${name}`);
  return over(namespace, { getByName: byName });
}

function namespaceOf(name: string, namespace: object, divides: boolean): object {
  const stub =
    (by: string) =>
    (...values: unknown[]) => {
      const stub = method(namespace, by)(...values) as object;
      const fetch = method(stub, "fetch");
      const measured = async (...sent: unknown[]) => {
        const reply = (await fetch(...sent)) as Response;
        const body = await reply.arrayBuffer();
        replies.push({ what: `call ${name}`, bytes: body.byteLength });
        return new Response(body, reply);
      };
      return over(stub, { fetch: (...sent: unknown[]) => later(`call ${name}`, () => measured(...sent)) });
    };
  const jurisdiction = (chosen: unknown) => namespaceOf(name, within(namespace, String(chosen)), false);
  return over(namespace, {
    ...{ get: stub("get"), getByName: stub("getByName") },
    ...(divides ? { jurisdiction } : {}),
  });
}

// Both belong to the whole isolate, and are looked up on every call.
const { subtle } = crypto;
for (const name of [
  "importKey",
  "exportKey",
  "generateKey",
  "sign",
  "verify",
  "encrypt",
  "decrypt",
  "deriveKey",
  "deriveBits",
]) {
  const original = method(subtle, name);
  const value = (...values: unknown[]) => later(`crypto ${name}`, () => original(...values));
  Object.defineProperty(subtle, name, { value });
}
const random = method(crypto, "getRandomValues");
Object.defineProperty(crypto, "getRandomValues", {
  value: (...values: unknown[]) => sync("crypto random", () => random(...values)),
});

/**
 * What the isolate's clock shows: always the same time, in milliseconds since the Unix epoch, or a time that many
 * milliseconds ahead of the real one; `undefined`: the real time.
 */
let clock: number | { ahead: number } | undefined;
const realNow = Date.now;
const shownNow = () => (typeof clock === "number" ? clock : realNow() + (clock?.ahead ?? 0));
globalThis.Date = new Proxy(Date, {
  construct: (real, values: [] | ConstructorParameters<typeof Date>) =>
    values.length === 0 ? new real(shownNow()) : new real(...values),
  get: (real, name) => (name === "now" ? shownNow : Reflect.get(real, name)),
});

const object = (name: string) =>
  class {
    readonly #inner: Handler;
    readonly #storage: Storage;
    constructor(state: object, env: object) {
      this.#storage = Reflect.get(state, "storage") as Storage;
      this.#inner = new (Reflect.get(built, name) as Instance)(stateOf(state), envOf(env));
    }
    async fetch(request: Request) {
      const look = request.headers.get("x-look");
      if (look === "alarm") return Response.json(await this.#storage.getAlarm());
      try {
        if (look === "ring") return Response.json((await this.#inner.alarm?.()) && null);
        if (look) return Response.json(this.#storage.sql.exec(look).toArray());
      } catch (error) {
        return Response.json({ failed: String(error) });
      }
      return this.#inner.fetch(request);
    }
    alarm() {
      return this.#inner.alarm?.();
    }
  };

export const Account = object("Account");
export const Clients = object("Clients");
export const Devices = object("Devices");
export const Directory = object("Directory");
export const Keyring = object("Keyring");
export const Revocations = object("Revocations");
export const Limiter = object("Limiter");
export const Hasher = object("Hasher");

interface Asked {
  object: string;
  name: string;
  call?: unknown;
  /** `alarm`: returns when the alarm is set for. `ring`: runs the alarm now. Anything else is a query. */
  look?: string;
}

export default {
  async fetch(request: Request, env: Bag, context: object): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case "/__fault":
        fault = (await request.json()) ?? undefined;
        seen = [];
        replies = [];
        return new Response();
      case "/__clock":
        clock = (await request.json()) ?? undefined;
        return new Response();
      case "/__seen":
        return Response.json(seen);
      case "/__replies":
        return Response.json(replies);
      case "/__object": {
        const { object, name, call, look } = (await request.json()) as Asked;
        const namespace = env[object] as object;
        const isId = /^[0-9a-f]{64}$/.test(name);
        const by = (way: string, value: unknown) => method(namespace, way)(value) as Handler;
        const stub = isId ? by("get", by("idFromString", name)) : by("getByName", name);
        const headers = { ...(look ? { "x-look": look } : {}) };
        const asked = { method: "POST", body: JSON.stringify(call ?? null), headers };
        const answer = await stub.fetch(new Request("https://object/", asked));
        return new Response(answer.body, answer);
      }
      default:
        return (entry as Door).fetch(request, envOf(env), context);
    }
  },
};
