// The Worker as it was built, on a disk that outlives the process: it is filled in one life and measured in others.
import { newCredential } from "../../harness/operator.ts";
import { UNLIMITED } from "../../harness/stack.ts";
import { builtWorker, runtime, wranglerConfig } from "../gate/candidates.ts";
import { bundle } from "../harness/bundle.ts";
import { type RunningWorkerd, type Service, startWorkerd } from "../harness/workerd.ts";

export const ISSUER = "http://localhost:8787";

/** Routes of the gate by how soon they refuse a revoked token. */
export const ROUTES = { none: "/api/none", strict: "/api/strict" } as const;

/** The operator who moves users in. */
export const OPERATOR = newCredential();

/** In seconds. With the longest window there is, nothing rotates during a turn; with the shortest, a family does every two seconds. */
export const WINDOWS = { young: 600, rotating: 1 } as const;

/** @param window How long a family doesn't rotate again, in seconds. */
export async function startService(dir: string, edgeWorker: string, window: number): Promise<RunningWorkerd> {
  return startWorkerd(dir, await services(edgeWorker, window));
}

/** With the Worker in front that opens sessions. */
export async function startFilling(dir: string, edgeWorker: string): Promise<RunningWorkerd> {
  const behind = await services(edgeWorker, WINDOWS.young);
  const bindings = [
    { name: "SERVICE", service: "service" },
    { name: "ACCOUNT", objects: "Account", of: "service" },
    { name: "KEYRING", objects: "Keyring", of: "service" },
    { name: "REVOCATIONS", objects: "Revocations", of: "service" },
  ];
  const modules = [await bundle(new URL("workers/fill.ts", import.meta.url))];
  return startWorkerd(dir, [
    { ...runtime(await wranglerConfig(edgeWorker)), name: "fill", modules, bindings },
    ...behind,
  ]);
}

async function services(edgeWorker: string, window: number): Promise<Service[]> {
  const config = await wranglerConfig(edgeWorker);
  const route = (revocation: keyof typeof ROUTES) => ({
    path: `${ROUTES[revocation]}/*`,
    methods: ["GET"],
    ...{ access: "token", revocation, upstream: "bench" },
  });
  const table = {
    issuer: ISSUER,
    audience: `${ISSUER}/api`,
    replay_window: window,
    admin_credentials: [OPERATOR.hash],
    // All come from one address. Passwords are kept as they are by default, and as many wait for their hash.
    limits: UNLIMITED.limits,
    upstreams: { bench: { service: "UPSTREAM" } },
    routes: [route("none"), route("strict")],
  };
  return [
    await builtWorker(edgeWorker, "service", table, [{ name: "UPSTREAM", service: "upstream" }]),
    {
      ...runtime(config),
      name: "upstream",
      modules: [await bundle(new URL("../gate/workers/upstream.ts", import.meta.url))],
    },
  ];
}
