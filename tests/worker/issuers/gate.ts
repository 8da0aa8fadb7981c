// The built Worker on the bare runtime with other issuers in its configuration, and one route per issuer with
// its name.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtWorker, runtime, wranglerConfig } from "../../bench/gate/candidates.ts";
import { type RunningWorkerd, type Service, startWorkerd } from "../../bench/harness/workerd.ts";
import type { Answer } from "../../harness/http.ts";
import { ask } from "../../harness/http.ts";
import { until } from "../../harness/until.ts";

export interface Gate {
  readonly origin: string;
  /** Requests the route of an issuer, or another route by the first segment of its path, with a token. */
  take(route: string, token: string): Promise<Answer>;
  logs(): string;
  /** Waits for a line of the log: the event, and its fields. */
  logged(event: string, particulars: Record<string, unknown>): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export interface GateOptions {
  issuers: Record<string, unknown>;
  upstream: string;
  /** Routes in addition to the one per issuer; members that are left out are as there. */
  routes?: Record<string, unknown>[];
  /** Worker secrets. */
  secrets?: Record<string, string>;
  /**
   * The URL of the server behind the platform's cache, as served by `cache.ts`; without one there is no
   * cache.
   */
  cache?: string;
}

/** The log of a Worker, one JSON object per line. */
export function lines(logs: string): Record<string, unknown>[] {
  const objects = logs.split("\n").map((line) => line.slice(line.indexOf("{")));
  return objects.flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

/** Forwards workerd's cache requests to a server of the test, with the cache key as a header. */
const CACHE_WORKER = `export default { async fetch(request, env) {
  const headers = { "X-Key": request.url };
  if (request.method === "PUT") {
    const answer = await fetch(env.STORE, { method: "PUT", headers, body: await request.arrayBuffer() });
    return new Response(null, { status: answer.status });
  }
  const answer = await fetch(env.STORE, { headers });
  if (answer.status !== 200) return new Response(null, { status: 504, headers: { "CF-Cache-Status": "MISS" } });
  const found = new Response(answer.body, answer);
  found.headers.set("CF-Cache-Status", "HIT");
  return found;
} };`;

export async function startGate({ issuers, upstream, routes = [], secrets = {}, cache }: GateOptions): Promise<Gate> {
  const edgeWorker = fileURLToPath(new URL("../../../edge-worker", import.meta.url));
  const config = await wranglerConfig(edgeWorker);
  const table = {
    issuer: "http://localhost:8787",
    audience: "http://localhost:8787/api",
    server_timing: true,
    upstreams: { echo: { url: upstream } },
    issuers,
    routes: [...Object.keys(issuers).map((name) => ({ path: `/${name}/*`, issuers: [name] })), ...routes].map(
      (route) => ({
        methods: ["GET"],
        access: "token",
        revocation: "none",
        upstream: "echo",
        ...route,
      }),
    ),
  };
  const bindings = Object.entries(secrets).map(([name, json]) => ({ name, json }));
  const services: Service[] = [
    {
      ...(await builtWorker(edgeWorker, "gate", table, bindings)),
      reachesLoopback: true,
      ...(cache ? { cache: "cache" } : {}),
    },
  ];
  if (cache)
    services.push({
      name: "cache",
      modules: [{ name: "worker.js", content: CACHE_WORKER }],
      ...runtime(config),
      bindings: [{ name: "STORE", json: cache }],
      reachesLoopback: true,
    });
  const dir = await mkdtemp(join(tmpdir(), "latchkey-issuers-"));
  const workerd: RunningWorkerd = await startWorkerd(dir, services);
  return {
    origin: workerd.origin,
    take: (route, token) => ask(workerd.origin, `/${route}/x`, { headers: { Authorization: `Bearer ${token}` } }),
    logs: workerd.logs,
    logged: (event, particulars) =>
      until(`the log says ${event} ${JSON.stringify(particulars)}`, () =>
        lines(workerd.logs()).find(
          (line) => line.event === event && Object.entries(particulars).every(([name, value]) => line[name] === value),
        ),
      ),
    stop: async () => {
      await workerd.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
