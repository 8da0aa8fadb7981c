// The built Worker on the bare runtime, without a proxy that would normalise requests: two upstreams, one by
// service binding and one by URL, and its objects on a disk of their own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtModules, runtime, wranglerConfig } from "../../bench/gate/candidates.ts";
import { bundle } from "../../bench/harness/bundle.ts";
import {
  type Binding,
  type Module,
  type RunningWorkerd,
  type Service,
  startWorkerd,
} from "../../bench/harness/workerd.ts";
import { assertCookie, assertTokenResponse } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { UNLIMITED } from "../../harness/stack.ts";
import { newEmail, PASSWORD, post } from "../../harness/visitor.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

/** `EDGE_WORKER` selects the built Worker of another checkout. */
const EDGE_WORKER = process.env.EDGE_WORKER || fileURLToPath(new URL("../../../edge-worker", import.meta.url));

export const ISSUER = "http://localhost:8787";
export const AUDIENCE = "http://localhost:8787/api";
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

export type Via = "service" | "url";
export const VIAS: Via[] = ["service", "url"];

export interface World {
  readonly workerd: RunningWorkerd;
  readonly origin: string;
  readonly port: number;
  /** The origin of the upstream by URL. */
  readonly upstream: Upstream;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** Merged into the configuration table. */
  config?: Record<string, unknown>;
  /** Added to the routes of {@link routesOf}. */
  moreRoutes?: Record<string, unknown>[];
  /** The modules that run instead of the Worker's own; the first one is the main module. */
  shim?: (built: Module[]) => Promise<Module[]>;
  flags?: string[];
  bindings?: Binding[];
  /** Whether the objects run in an isolate of their own, as they usually do in production. */
  objectsApart?: boolean;
  v8Flags?: string[];
}

/** Below each prefix, one route of every kind. */
export function routesOf(via: Via): Record<string, unknown>[] {
  const to = { methods: METHODS, upstream: via };
  const own = `/${via}`;
  return [
    { path: `${own}/open/*`, access: "public", ...to },
    { path: `${own}/open/shut/*`, access: "token", ...to },
    { path: `${own}/exact`, access: "token", ...to },
    ...["none", "1s", "5s", "strict"].map((revocation) => ({
      path: `${own}/${revocation}/*`,
      access: "token",
      revocation,
      ...to,
    })),
    { path: `${own}/page/*`, access: "session", ...to },
    { path: `${own}/both/*`, access: "token-or-session", ...to },
    { path: `${own}/short/*`, access: "token", revocation: "none", ...to, upstream: `${via}-short` },
    { path: `${own}/kept/*`, access: "token", cache: "upstream", ...to },
  ];
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const config = await wranglerConfig(EDGE_WORKER);
  const built = await builtModules(EDGE_WORKER, config);
  const upstream = await startUpstream();
  const objects = config.durable_objects.bindings;
  const classes = objects.map(({ class_name }) => class_name);
  const table = {
    issuer: ISSUER,
    audience: AUDIENCE,
    sign_up: "open",
    server_timing: true,
    upstreams: {
      service: { service: "UPSTREAM" },
      "service-short": { service: "UPSTREAM", timeout: 1 },
      url: { url: upstream.origin },
      "url-short": { url: upstream.origin, timeout: 1 },
      dead: { url: "http://127.0.0.1:1" },
    },
    routes: [
      ...VIAS.flatMap(routesOf),
      ...(options.moreRoutes ?? []),
      { path: "/dead/*", methods: METHODS, access: "public", upstream: "dead" },
    ],
    ...UNLIMITED,
    ...options.config,
  };
  const variables: Binding[] = [{ name: "LATCHKEY", json: table }];
  const { compatibilityDate, compatibilityFlags } = runtime(config);
  const services: Service[] = [
    {
      name: "gate",
      modules: (await options.shim?.(built)) ?? built,
      compatibilityDate,
      compatibilityFlags: [...compatibilityFlags, ...(options.flags ?? [])],
      bindings: [
        { name: "UPSTREAM", service: "upstream" },
        ...variables,
        ...(options.bindings ?? []),
        ...objects.map(({ name, class_name }) => ({
          name,
          objects: class_name,
          ...(options.objectsApart ? { of: "objects" } : {}),
        })),
      ],
      ...(options.objectsApart ? {} : { classes }),
      reachesLoopback: true,
    },
    {
      name: "upstream",
      modules: [await bundle(new URL("workers/upstream.ts", import.meta.url))],
      compatibilityDate,
      compatibilityFlags,
    },
  ];
  if (options.objectsApart)
    services.push({
      name: "objects",
      modules: built,
      compatibilityDate,
      compatibilityFlags,
      bindings: [...variables, ...objects.map(({ name, class_name }) => ({ name, objects: class_name }))],
      classes,
    });
  const dir = await mkdtemp(join(tmpdir(), "latchkey-bare-"));
  const workerd = await startWorkerd(dir, services, options.v8Flags);
  return {
    workerd,
    origin: workerd.origin,
    port: workerd.port,
    upstream,
    stop: async () => {
      await Promise.all([workerd.stop(), upstream.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export interface Person {
  email: string;
  cookie: string;
  token: string;
  id: string;
  session: string;
}

/** A request of a page of the service's own origin, which differs from the port of this server. */
export const fromOurPage = { headers: { Origin: ISSUER } };

export async function person(origin: string): Promise<Person> {
  const email = newEmail();
  return of(await post(origin, "/auth/sign-up", { email, password: PASSWORD }, fromOurPage), 201, email);
}

/** Another session of the same account. */
export async function again(origin: string, { email }: Person): Promise<Person> {
  return of(await post(origin, "/auth/sign-in", { email, password: PASSWORD }, fromOurPage), 200, email);
}

function of(answer: Answer, status: 200 | 201, email: string): Person {
  const body = assertTokenResponse(answer, status, 300);
  const { user, id } = body.session;
  return { email, cookie: assertCookie(answer).pair, token: body.access_token, id: user.id, session: id };
}
