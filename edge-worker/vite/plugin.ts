// The Vite plugin of `latchkey-worker/vite`: one origin for the page, the service and the API. Vite is in front: it serves
// the page, and passes on to `wrangler dev` what the Worker answers.
import { mkdirSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import getPort from "get-port";
import type { Plugin, ViteDevServer } from "vite";
import type { LatchkeyOptions } from "../package/vite.d.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { type Running, run } from "./running.ts";
import { addMissingSecrets } from "./secrets.ts";
import { startWorker, type Worker } from "./worker.ts";

export function latchkey({ api }: LatchkeyOptions = {}): Plugin {
  let root = "";
  let file = "";
  let configuration: Configuration;
  let workerPort = 0;
  let worker: Worker | undefined;
  const read = () => {
    configuration = readConfiguration(file);
    // wrangler requires the folder of the built page, which Vite serves from memory here.
    if (configuration.assets !== undefined) mkdirSync(resolve(root, configuration.assets), { recursive: true });
    const added = addMissingSecrets(resolve(root, ".dev.vars"), configuration.secrets);
    if (added.length > 0) print(`latchkey: wrote random values for ${added.join(", ")} to .dev.vars`);
  };
  const start = (latchkey: string | undefined) => {
    worker = startWorker({ root, config: file, port: workerPort, latchkey, print });
  };

  /** Vite passes on only what this does not answer with a URL. */
  async function bypass(request: IncomingMessage, response: ServerResponse | undefined): Promise<string | undefined> {
    const url = request.url ?? "/";
    if (!configuration.isForWorker(pathOf(url))) return url;
    if ((await worker?.ready()) === true) return undefined;
    response?.writeHead(503, { "Content-Type": "text/plain" });
    response?.end("The Worker is not running. The terminal of the development server says why.\n");
    return url;
  }

  return {
    name: "latchkey",
    apply: (_, { command }) => command === "serve" && process.env.VITEST === undefined,

    async config(config) {
      root = resolve(config.root ?? ".");
      file = resolve(root, "wrangler.toml");
      read();
      workerPort = await getPort({ host: "127.0.0.1" });
      const proxy = { "/": { target: `http://127.0.0.1:${workerPort}`, ws: true, bypass } };
      const port = config.server?.port ?? configuration.port;
      return { server: { ...(port === undefined ? {} : { port }), proxy } };
    },

    configureServer(server) {
      const { httpServer } = server;
      if (!httpServer) return;
      let running: Running | undefined;
      httpServer.once("listening", () => {
        start(configuration.movedTo(originOf(server)));
        if (api !== undefined) running = startApi(api, root);
      });
      httpServer.once("close", () => {
        void worker?.stop();
        void running?.stop();
      });
      server.watcher.add(file);
      server.watcher.on("change", async (path) => {
        if (resolve(path) !== file) return;
        const before = configuration.movedTo(originOf(server));
        try {
          read();
        } catch (error) {
          print(`latchkey: wrangler.toml: ${String(error)}`);
          return;
        }
        // wrangler reads the file again by itself. What it was given instead of the file, it keeps until it ends.
        const after = configuration.movedTo(originOf(server));
        if (before === undefined && after === undefined) return;
        await worker?.stop();
        start(after);
      });
    },
  };
}

function startApi(command: string, root: string): Running {
  const shell = process.platform === "win32" ? ["cmd", "/d", "/s", "/c"] : ["/bin/sh", "-c"];
  let stopped = false;
  const running = run([...shell, command], process.env, root, print);
  void running.ended.then(() => {
    if (!stopped) print(`latchkey: the API has ended by itself (${command}). Restart the development server.`);
  });
  return {
    ended: running.ended,
    stop: () => {
      stopped = true;
      return running.stop();
    },
  };
}

/** The page's origin: the Worker's issuer. */
function originOf(server: ViteDevServer): string {
  const address = server.httpServer?.address();
  const port = typeof address === "object" && address !== null ? address.port : server.config.server.port;
  return `${server.config.server.https ? "https" : "http"}://localhost:${port}`;
}

const pathOf = (url: string) => url.split("?", 1)[0] ?? "/";

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
