// What is compared: four Workers in front of the same upstream, each in a process of its own.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "smol-toml";
import { bundle } from "../harness/bundle.ts";
import type { Binding, Module, Service } from "../harness/workerd.ts";
import type { Mint } from "./tokens.ts";

export const CANDIDATES = ["floor", "copy", "hono_jose", "gate"] as const;
export type CandidateName = (typeof CANDIDATES)[number];

export const ISSUER = "http://localhost:8787";
export const AUDIENCE = "http://localhost:8787/api";

const UPSTREAM = { name: "UPSTREAM", service: "upstream" };

/** What of wrangler.toml decides how the Worker runs. */
interface WranglerConfig {
  main: string;
  compatibility_date: string;
  compatibility_flags?: string[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
}

/** The Worker as it was built, with its objects, one token route and nothing configured that has a default. */
export async function gate(edgeWorker: string): Promise<Service[]> {
  const config = await wranglerConfig(edgeWorker);
  const table = {
    issuer: ISSUER,
    audience: AUDIENCE,
    sign_up: "open",
    upstreams: { bench: { service: UPSTREAM.name } },
    routes: [{ path: "/api/*", methods: ["GET"], access: "token", upstream: "bench" }],
  };
  return withUpstream(config, { ...(await builtWorker(edgeWorker, "gate", table, [UPSTREAM])), cache: "cache" });
}

export async function floor(edgeWorker: string): Promise<Service[]> {
  const config = await wranglerConfig(edgeWorker);
  const modules = [await bundle(worker("floor"))];
  return withUpstream(config, { ...runtime(config), name: "floor", modules, bindings: [UPSTREAM] });
}

/** @param identity The identity headers that it tells the upstream about every caller. */
export async function copy(edgeWorker: string, identity: Record<string, string>): Promise<Service[]> {
  const config = await wranglerConfig(edgeWorker);
  const modules = [await bundle(worker("copy"))];
  const bindings = [UPSTREAM, { name: "IDENTITY", json: identity }];
  return withUpstream(config, { ...runtime(config), name: "copy", modules, bindings });
}

export async function honoJose(edgeWorker: string, { jwks }: Mint): Promise<Service[]> {
  const config = await wranglerConfig(edgeWorker);
  const bindings = [
    UPSTREAM,
    { name: "JWKS", json: jwks },
    { name: "ISSUER", json: ISSUER },
    { name: "AUDIENCE", json: AUDIENCE },
  ];
  const modules = [await bundle(worker("hono-jose"))];
  return withUpstream(config, { ...runtime(config), name: "hono-jose", modules, bindings });
}

/** The Worker as it was built, with its objects, this configuration and these bindings. */
export async function builtWorker(
  edgeWorker: string,
  name: string,
  table: unknown,
  bindings: readonly Binding[] = [],
): Promise<Service> {
  const config = await wranglerConfig(edgeWorker);
  const objects = config.durable_objects.bindings;
  return {
    ...runtime(config),
    name,
    modules: await builtModules(edgeWorker, config),
    bindings: [
      { name: "LATCHKEY", json: table },
      ...bindings,
      ...objects.map(({ name, class_name }) => ({ name, objects: class_name })),
    ],
    classes: objects.map(({ class_name }) => class_name),
  };
}

/** What is deployed: the entry and the WebAssembly beside it. */
export async function builtModules(edgeWorker: string, config?: WranglerConfig): Promise<Module[]> {
  const { main } = config ?? (await wranglerConfig(edgeWorker));
  const entry = join(edgeWorker, main);
  const door = main.slice(main.lastIndexOf("/") + 1);
  const beside = (await readdir(join(entry, ".."))).filter((name) => /\.(?:wasm|js)$/.test(name) && name !== door);
  const names = [door, ...beside];
  return Promise.all(names.map(async (name) => ({ name, content: await readFile(join(entry, "..", name)) })));
}

async function withUpstream(config: WranglerConfig, candidate: Service): Promise<Service[]> {
  const [upstream, cache] = await Promise.all([bundle(worker("upstream")), bundle(worker("cache"))]);
  return [
    candidate,
    { ...runtime(config), name: "upstream", modules: [upstream] },
    { ...runtime(config), name: "cache", modules: [cache] },
  ];
}

export const runtime = (config: WranglerConfig) => ({
  compatibilityDate: config.compatibility_date,
  compatibilityFlags: config.compatibility_flags ?? [],
});

const worker = (name: string) => new URL(`workers/${name}.ts`, import.meta.url);

export async function wranglerConfig(edgeWorker: string): Promise<WranglerConfig> {
  return parse(await readFile(join(edgeWorker, "wrangler.toml"), "utf8")) as unknown as WranglerConfig;
}
