// The Vite plugin of `latchkey-worker/vite`: one origin for the page, the service and the API. Vite is in front: it
// serves the page, and passes on to `wrangler dev` what the Worker answers.
import { mkdir } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, resolve } from "node:path";
import { inspect } from "node:util";
import getPort from "get-port";
import type { Plugin, ViteDevServer } from "vite";
import { Mistake } from "../command/mistake.ts";
import { readIfPresent, readWranglerConfig } from "../command/wrangler-config.ts";
import type { LatchkeyOptions } from "../package/vite.d.ts";
import { startApi } from "./api.ts";
import { type Configuration, configurationOf, isFromGate, serverSettings } from "./configuration.ts";
import { placeholdersIn } from "./placeholders.ts";
import type { Running } from "./running.ts";
import { addMissingSecrets } from "./secrets.ts";
import { startWorker, type Worker } from "./worker.ts";

/** How long after its last change a file is read, in milliseconds. Editors write in several steps. */
const SETTLED = 100;

/** The Worker's reader of the configuration. In the package it is beside the plugin's folder, in the command's. */
const configCheck = (): Promise<typeof import("../command/config-check.ts")> =>
  import(new URL("../command/config-check.js", import.meta.url).href);

export function latchkey({ api }: LatchkeyOptions = {}): Plugin {
  /** The path of wrangler's configuration. */
  let file = "";
  let configuration: Configuration;
  let workerPort = 0;
  let worker: Promise<Worker> | undefined;

  async function read(): Promise<void> {
    const found = await readWranglerConfig();
    file = found.path;
    configuration = configurationOf(found);
    // wrangler requires the folder of the built page, which Vite serves from memory here.
    if (configuration.assets !== undefined)
      await mkdir(resolve(dirname(file), configuration.assets), { recursive: true });
    const notes = await addMissingSecrets(resolve(dirname(file), ".dev.vars"), configuration.secrets);
    for (const note of notes) print(`latchkey: ${note}`);
    const { checkConfig } = await configCheck();
    const report = await checkConfig(found.content, "", undefined);
    const placeholders = placeholdersIn(report, found.name, (await readIfPresent(file)) ?? "");
    for (const placeholder of placeholders) print(`latchkey: warning: ${placeholder}`);
  }

  /** Starts the Worker; again, when the one before it has ended. */
  function start(origin: string): void {
    const options = { config: file, port: workerPort, latchkey: configuration.movedTo(origin), print };
    const before = worker;
    worker = (async () => {
      await (await before)?.stop();
      return startWorker(options);
    })();
  }

  async function changed(origin: string): Promise<void> {
    const before = configuration.movedTo(origin);
    try {
      await read();
    } catch (error) {
      return print(`latchkey: ${error instanceof Error ? error.message : error}`);
    }
    // wrangler reads the file again by itself. What it was given instead of the file, it keeps until it ends.
    if (before !== undefined || configuration.movedTo(origin) !== undefined) start(origin);
  }

  /** Vite passes on only what this does not answer with a URL. */
  async function bypass(request: IncomingMessage, response: ServerResponse | undefined): Promise<string | undefined> {
    const { url = "/", headers } = request;
    if (isFromGate(headers) || !configuration.isForWorker(pathOf(url))) return url;
    if (await (await worker)?.ready()) return undefined;
    response?.writeHead(503, { "Content-Type": "text/plain" });
    response?.end("The Worker is not running. The terminal of the development server says why.\n");
    return url;
  }

  return {
    name: "latchkey",
    apply: (_, { command }) => command === "serve" && process.env.VITEST === undefined,

    async config(config) {
      await read().catch(withoutStack);
      workerPort = await getPort({ host: "127.0.0.1" });
      const proxy = { "/": { target: `http://127.0.0.1:${workerPort}`, ws: true, bypass } };
      return { server: { ...serverSettings(config.server, configuration), proxy } };
    },

    configureServer(server) {
      const { httpServer } = server;
      if (!httpServer) return;
      let running: Running | undefined;
      httpServer.once("listening", () => {
        start(originOf(server));
        if (api !== undefined) running = startApi(api, dirname(file), print);
      });
      httpServer.once("close", async () => {
        void running?.stop();
        await (await worker)?.stop();
      });
      server.watcher.add(file);
      let timer: NodeJS.Timeout | undefined;
      server.watcher.on("change", (path) => {
        if (resolve(path) !== file) return;
        clearTimeout(timer);
        timer = setTimeout(() => void changed(originOf(server)), SETTLED);
      });
    },
  };
}

/** The page's origin: the Worker's issuer. */
function originOf({ httpServer, config }: ViteDevServer): string {
  const address = httpServer?.address();
  const port = typeof address === "object" && address !== null ? address.port : config.server.port;
  return `${config.server.https ? "https" : "http"}://localhost:${port}`;
}

/** Vite prints the stack of an error that ends its start, and its members. From version 8 on, it prints `inspect(error)`. */
function withoutStack(error: unknown): never {
  if (!(error instanceof Mistake)) throw error;
  const { message } = error;
  const plain = Object.assign(new Error(message), { [inspect.custom]: () => message });
  plain.stack = message;
  throw plain;
}

const pathOf = (url: string) => url.split("?", 1)[0] ?? "/";

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
