// The bare runtime: `workerd serve` on a configuration of our own. wrangler would put a proxy in front, which costs ten
// times what is measured here.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { takeLines } from "../../harness/lines.ts";

/** The path of the program. It comes with wrangler, which fixes its version. */
const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };

export interface Module {
  /** What other modules import it by. The first one is the Worker's entry. */
  name: string;
  content: string | Uint8Array;
}

export type Binding = { name: string } & (
  | { json: unknown }
  | { service: string }
  /** A KV namespace, which a service stands for. */
  | { kv: string }
  /** A Durable Object class: its own, or that of the service `of`. */
  | { objects: string; of?: string }
);

/** One Worker. */
export interface Service {
  name: string;
  modules: Module[];
  compatibilityDate: string;
  compatibilityFlags?: string[];
  bindings?: Binding[];
  /** Its Durable Object classes, all with SQLite. */
  classes?: string[];
  /** The service that is its `caches`; without one they throw. */
  cache?: string;
  /** Whether its `fetch` may reach this machine, which the runtime denies by default. */
  reachesLoopback?: boolean;
  /** The service that answers its `fetch` instead of the network. */
  outbound?: string;
}

export interface RunningWorkerd {
  readonly pid: number;
  readonly port: number;
  readonly origin: string;
  /** Where the Durable Objects' files are, one folder per class. */
  readonly storage: string;
  logs(): string;
  stop(): Promise<void>;
}

/** Serves the first of the services on a free port of loopback. All files are kept in `dir`. */
export async function startWorkerd(dir: string, services: Service[], v8Flags: string[] = []): Promise<RunningWorkerd> {
  const storage = join(dir, "storage");
  await mkdir(storage, { recursive: true });
  for (const service of services)
    for (const { name, content } of service.modules) {
      const path = join(dir, service.name, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
  const config = join(dir, "config.capnp");
  await writeFile(config, configuration(services, storage, v8Flags));
  // On descriptor 3 it says which port it was given.
  const child = spawn(workerd, ["serve", "--experimental", "--control-fd=3", config], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let logs = "";
  for (const stream of [child.stdout, child.stderr] as Readable[])
    takeLines(stream, (text) => {
      logs += text;
    });
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  const ended = once(child, "exit").finally(() => process.off("exit", killed));
  const port = await Promise.race([listening(child), ended.then(() => undefined)]);
  if (port === undefined) throw new Error(`workerd ended before it listened:\n${logs}`);
  const stop = async () => {
    killed();
    await ended;
  };
  return { pid: child.pid ?? 0, port, origin: `http://127.0.0.1:${port}`, storage, logs: () => logs, stop };
}

async function listening(child: ChildProcess): Promise<number | undefined> {
  for await (const line of createInterface(child.stdio[3] as Readable)) {
    const event = JSON.parse(line) as { event: string; port?: number };
    if (event.event === "listen") return event.port;
  }
  return undefined;
}

/** Cap'n Proto's text format; its strings and lists are JSON's. */
function configuration(services: Service[], storage: string, v8Flags: string[]): string {
  const disk = services.some(({ classes }) => classes)
    ? [`(name = "disk", disk = (path = ${text(storage)}, writable = true))`]
    : [];
  const network = services.some(({ reachesLoopback }) => reachesLoopback)
    ? [`(name = "loopback", network = (allow = ["local"]))`]
    : [];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = ${list([...services.map(worker), ...disk, ...network])},
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = ${text(services[0]?.name)})],
  v8Flags = ${list(v8Flags.map(text))},
);
`;
}

function worker(service: Service): string {
  const {
    name,
    modules,
    compatibilityDate,
    compatibilityFlags = [],
    bindings = [],
    classes,
    cache,
    reachesLoopback,
    outbound,
  } = service;
  const fields = [
    `modules = ${list(modules.map((module) => moduleField(name, module)))}`,
    `compatibilityDate = ${text(compatibilityDate)}`,
    `compatibilityFlags = ${list(compatibilityFlags.map(text))}`,
    `bindings = ${list(bindings.map(binding))}`,
    ...(cache ? [`cacheApiOutbound = ${text(cache)}`] : []),
    ...(reachesLoopback ? ['globalOutbound = "loopback"'] : []),
    ...(outbound ? [`globalOutbound = ${text(outbound)}`] : []),
    ...(classes
      ? [`durableObjectNamespaces = ${list(classes.map(objects))}`, 'durableObjectStorage = (localDisk = "disk")']
      : []),
  ];
  return `(name = ${text(name)}, worker = (${fields.join(", ")}))`;
}

const moduleField = (service: string, { name }: Module) =>
  `(name = ${text(name)}, ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed ${text(`${service}/${name}`)})`;

const objects = (name: string) => `(className = ${text(name)}, uniqueKey = ${text(name)}, enableSql = true)`;

function binding(binding: Binding): string {
  const name = `name = ${text(binding.name)}`;
  if ("json" in binding) return `(${name}, json = ${text(JSON.stringify(binding.json))})`;
  if ("service" in binding) return `(${name}, service = ${text(binding.service)})`;
  if ("kv" in binding) return `(${name}, kvNamespace = ${text(binding.kv)})`;
  const { objects, of } = binding;
  const designator = of === undefined ? text(objects) : `(className = ${text(objects)}, serviceName = ${text(of)})`;
  return `(${name}, durableObjectNamespace = ${designator})`;
}

const text = (value: unknown) => JSON.stringify(value);
const list = (items: string[]) => `[${items.join(", ")}]`;
