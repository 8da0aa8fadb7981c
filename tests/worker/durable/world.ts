// The built Worker on the bare runtime, on a disk that outlives the process: it can be killed and started
// again there, unchanged, as another build, or with another configuration.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { builtModules, runtime, wranglerConfig } from "../../bench/gate/candidates.ts";
import { bundle } from "../../bench/harness/bundle.ts";
import { type Module, type RunningWorkerd, type Service, startWorkerd } from "../../bench/harness/workerd.ts";
import { assertCookie, assertTokenResponse } from "../../harness/contract.ts";
import { type Answer, ask } from "../../harness/http.ts";
import { UNLIMITED } from "../../harness/stack.ts";
import { until } from "../../harness/until.ts";
import { newEmail, PASSWORD, post } from "../../harness/visitor.ts";

const EDGE_WORKER = fileURLToPath(new URL("../../../edge-worker", import.meta.url));

export const ISSUER = "http://localhost:8787";
export const METHODS = ["GET", "POST"];

/** A request of a page of the service's own origin, which differs from the port of this server. */
export const fromOurPage = { headers: { Origin: ISSUER } };

/** A program that calls with a token. */
export const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

/** A service that a test provides. */
export interface Beside {
  /** The name of the Worker's binding for it. */
  binding: string;
  kind: "service" | "kv";
  /** Its source. */
  worker: URL;
  /** The server on this machine from which it gets its responses, as its binding `FROM`. */
  from?: string;
}

export interface Life {
  /** Merged into the configuration table. */
  config?: Record<string, unknown>;
  /** Worker secrets. */
  secrets?: Record<string, string>;
  /** Further services. */
  beside?: Beside[];
  /** Whether its `fetch` may reach this machine. */
  reachesLoopback?: boolean;
  /** The binding of the service beside it that receives whatever it sends by `fetch`. */
  outbound?: string;
  /** The origin of `startHasher`: long hashes are computed by that process, as they are on another machine. */
  hasher?: string;
  /** The `edge-worker` directory of another checkout, which must be built. */
  edgeWorker?: string;
  /** Bindings of objects that the Worker does not get, as if wrangler.toml lacked them. */
  unbound?: string[];
}

export interface Fault {
  /** The index of the call, counted from now on. */
  at?: number;
  /** With `at`: counts only calls whose name starts like this. */
  of?: string;
  /** Every call whose name starts like this: `call ACCOUNT`, `sql INSERT`, `setAlarm`. */
  on?: string;
  /** `refused`: the call has no effect. `lost`: it has its effect, but its result does not arrive. */
  kind: "refused" | "lost";
}

export interface Durable {
  readonly dir: string;
  readonly origin: string;
  /** The output of all processes so far. */
  logs(): string;
  /** Kills the process, like a power cut. */
  kill(): Promise<void>;
  /** Starts another process on the same disk; options that are not given stay as before. */
  start(life?: Life): Promise<void>;
  /** Sends an object a call that only the Worker could send. */
  object(object: string, name: string, call: unknown): Promise<Answer>;
  /**
   * Inspects an object: returns when its `alarm` is set for (in milliseconds), makes it `ring`, or runs a
   * query.
   */
  // biome-ignore lint/suspicious/noExplicitAny: depends on the query
  look(object: string, name: string, look: string): Promise<any>;
  /**
   * Makes a call to an object or to a storage fail from now on; `null` removes the fault. Resets the count of
   * calls.
   */
  fault(fault: Fault | null): Promise<void>;
  /**
   * Stops the clock of the Worker and its objects at this time, in milliseconds since the Unix epoch, or lets it run that
   * many milliseconds ahead; `null` lets it show the real time again. The platform's timers and alarms are not affected.
   * The queue for hashes needs a running clock.
   */
  clock(at: number | { ahead: number } | null): Promise<void>;
  /** The calls since then, in order. */
  seen(): Promise<string[]>;
  /**
   * The calls to objects since then, in order, once no more follow: some are made after the response. Without those to the
   * Keyring, which the isolate makes when its copy of the keys is some seconds old.
   */
  settled(): Promise<string[]>;
  /** The objects' replies since then, in order, as far as they have arrived. */
  replies(): Promise<{ what: string; bytes: number }[]>;
  stop(): Promise<void>;
}

/** `prepare` writes to the disk before the first process starts. */
export async function startDurable(first: Life = {}, prepare?: (dir: string) => Promise<unknown>): Promise<Durable> {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-durable-"));
  await prepare?.(dir);
  let [life, running, before] = [first, await begin(dir, first), ""];
  const call = (path: string, body: unknown) =>
    ask(running.origin, path, { method: "POST", body: JSON.stringify(body) });
  const kill = async () => {
    await running.stop();
  };
  return {
    dir,
    get origin() {
      return running.origin;
    },
    logs: () => before + running.logs(),
    kill,
    start: async (next = {}) => {
      await kill();
      before += running.logs();
      life = { ...life, ...next };
      running = await begin(dir, life);
    },
    look: async (object, name, look) => (await call("/__object", { object, name, look })).json(),
    object: (object, name, asked) => call("/__object", { object, name, call: asked }),
    fault: async (fault) => {
      await call("/__fault", fault);
    },
    clock: async (at) => {
      await call("/__clock", at);
    },
    seen: async () => (await call("/__seen", null)).json(),
    settled: async () => {
      let before: string[] | undefined;
      // The process that makes the calls also answers this question, so a busy machine delays both.
      return until("no more calls", async () => {
        const seen: string[] = (await call("/__seen", null)).json();
        const last = before;
        before = seen;
        if (last?.length !== seen.length) return false;
        return seen.filter((name) => name.startsWith("call ") && name !== "call KEYRING");
      });
    },
    replies: async () => (await call("/__replies", null)).json(),
    stop: async () => {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function begin(dir: string, life: Life): Promise<RunningWorkerd> {
  const { config = {}, secrets = {}, beside = [], reachesLoopback = false, unbound = [] } = life;
  const { outbound, hasher, edgeWorker = EDGE_WORKER } = life;
  const wrangler = await wranglerConfig(edgeWorker);
  const built = await builtModules(edgeWorker, wrangler);
  const objects = wrangler.durable_objects.bindings;
  const bound = objects.filter(({ name }) => !unbound.includes(name));
  const route = (revocation: string) => ({
    path: `/${revocation}/*`,
    methods: METHODS,
    access: "token",
    revocation,
    upstream: "echo",
  });
  const table = {
    issuer: ISSUER,
    audience: `${ISSUER}/api`,
    sign_up: "open",
    upstreams: { echo: { service: "ECHO" } },
    routes: [
      ...["none", "1s", "5s", "strict"].map(route),
      { ...route("none"), path: "/page/*", access: "session" },
      { ...route("none"), path: "/recent/*", max_auth_age: 600 },
    ],
    ...UNLIMITED,
    ...config,
  };
  return startWorkerd(dir, [
    {
      name: "service",
      modules: [await shim(built[0]?.name ?? ""), ...built],
      ...runtime(wrangler),
      bindings: [
        { name: "ECHO", service: "echo" },
        { name: "LATCHKEY", json: table },
        ...Object.entries(secrets).map(([name, json]) => ({ name, json })),
        ...bound.map(({ name, class_name: objects }) =>
          hasher !== undefined && objects === HASHER ? { name, objects, of: "hasher" } : { name, objects },
        ),
        ...beside.map(({ binding: name, kind }) => (kind === "kv" ? { name, kv: name } : { name, service: name })),
      ],
      classes: objects.map(({ class_name }) => class_name).filter((name) => hasher === undefined || name !== HASHER),
      reachesLoopback,
      ...(outbound === undefined ? {} : { outbound }),
    },
    ...(hasher === undefined ? [] : [await remoteHasher(wrangler, hasher)]),
    ...(await Promise.all(
      beside.map(async ({ binding, worker, from }) => ({
        name: binding,
        modules: [await bundle(worker)],
        ...runtime(wrangler),
        bindings: from === undefined ? [] : [{ name: "FROM", json: from }],
        reachesLoopback: from !== undefined,
      })),
    )),
    { name: "echo", modules: [await bundle(new URL("workers/echo.ts", import.meta.url))], ...runtime(wrangler) },
  ]);
}

const HASHER = "Hasher";

/** The class of objects that compute long hashes, in the place of the Worker's own: it asks another process. */
const remoteHasher = async (wrangler: Parameters<typeof runtime>[0], origin: string): Promise<Service> => ({
  name: "hasher",
  modules: [await bundle(new URL("workers/remote-hasher.ts", import.meta.url))],
  ...runtime(wrangler),
  bindings: [{ name: "TO", json: origin }],
  classes: [HASHER],
  reachesLoopback: true,
});

/**
 * A process that computes long hashes, by the built Worker's own class. The runtime has one thread for all objects
 * of a process; the platform has many machines.
 */
export async function startHasher(): Promise<{ origin: string; pid: number; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-hasher-"));
  const wrangler = await wranglerConfig(EDGE_WORKER);
  const bindings = [{ name: "HASHER", objects: HASHER, of: "service" }];
  const running = await startWorkerd(dir, [
    {
      name: "front",
      modules: [await bundle(new URL("workers/hasher-front.ts", import.meta.url))],
      ...runtime(wrangler),
      bindings,
    },
    { name: "service", modules: await builtModules(EDGE_WORKER, wrangler), ...runtime(wrangler), classes: [HASHER] },
  ]);
  const stop = async () => {
    await running.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { origin: running.origin, pid: running.pid, stop };
}

async function shim(main: string): Promise<Module> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("workers/faults.ts", import.meta.url))],
    ...{ bundle: true, write: false, format: "esm", target: "es2024", external: ["./MAIN"] },
  });
  return { name: "shim.js", content: (outputFiles[0]?.text ?? "").replaceAll("./MAIN", `./${main}`) };
}

/** An entry of the list of revocations. */
export interface Entry {
  issuer: string;
  kind: "session" | "token" | "epoch";
  id: string;
  least_epoch: number;
  until: number;
}

/** A state of the list of revocations. */
export interface Position {
  list: string;
  change: number;
}

/** The changes that a copy of the list at `since` lacks. */
export async function changes(
  world: Durable,
  since: Position | null = null,
): Promise<{ position: Position; since: number | null; entries: Entry[] }> {
  return (await world.object("REVOCATIONS", "revocations", { Changes: { since } })).json().Changes.update;
}

/** The whole list of revocations. */
export const listed = async (world: Durable): Promise<Entry[]> => (await changes(world)).entries;

export interface Person {
  email: string;
  cookie: string;
  token: string;
  session: string;
}

export async function person(origin: string, email = newEmail()): Promise<Person> {
  return of(await post(origin, "/auth/sign-up", { email, password: PASSWORD }, fromOurPage), 201, email);
}

/** Another session of the same account. */
export async function again(origin: string, email: string, password = PASSWORD): Promise<Person> {
  return of(await post(origin, "/auth/sign-in", { email, password }, fromOurPage), 200, email);
}

function of(answer: Answer, status: 200 | 201, email: string): Person {
  const body = assertTokenResponse(answer, status, 300);
  return { email, cookie: assertCookie(answer).pair, token: body.access_token, session: body.session.id };
}

export const refresh = (origin: string, cookie: string) =>
  post(origin, "/auth/refresh", undefined, { ...fromOurPage, cookie });
