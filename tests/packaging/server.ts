// The origin of the apps: every output under a path of its own, with the headers of a strict deployment. Next.js serves
// itself, on a port of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import "../../tools/signals.mjs";
import { until } from "../harness/until.ts";
import { appOf, BUNDLER_NAMES, type BundlerName, OFFLINE, outputOf } from "./bundlers.ts";

const portTool = new URL("../../tools/port.mjs", import.meta.url).href;
export const { freePort } = (await import(portTool)) as { freePort(): Promise<number> };

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** What a page may do; `service`: the origin it calls when that isn't its own. */
export const policy = (service: string): string =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    `connect-src 'self' ${service}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types latchkey",
  ].join("; ");

export interface Server {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Serves everything but Next.js. */
export async function serveApps(contentSecurityPolicy: string): Promise<Server> {
  const headers = {
    "Content-Security-Policy": contentSecurityPolicy,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
  };
  const server = http.createServer(async ({ url = "/" }, response) => {
    const file = fileOf(new URL(url, "http://localhost").pathname);
    const body = file === undefined ? undefined : await readFile(file).catch(() => undefined);
    if (file === undefined || body === undefined) return response.writeHead(404, headers).end();
    response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
    return response.end(body);
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** `/vite/assets/x.js` is `assets/x.js` in Vite's output. The paths come from the apps under test, so they go no further up. */
function fileOf(path: string): string | undefined {
  const [, name = "", ...rest] = path.split("/");
  const bundler = BUNDLER_NAMES.find((each) => each === name);
  if (!bundler || rest.includes("..")) return undefined;
  return join(outputOf(bundler), rest.join("/") || "index.html");
}

/** `next start`, on a port of this machine. */
export async function serveNext(contentSecurityPolicy: string): Promise<Server> {
  const port = await freePort();
  const next = fileURLToPath(new URL("node_modules/next/dist/bin/next", import.meta.url));
  const env = { ...OFFLINE, CONTENT_SECURITY_POLICY: contentSecurityPolicy };
  return serve("next", [next, "start", "--port", String(port)], port, env);
}

/** `vite`, as developers run it while they write. */
export async function serveViteDev(): Promise<Server> {
  const port = await freePort();
  const vite = fileURLToPath(new URL("../../node_modules/vite/bin/vite.js", import.meta.url));
  return serve("vite", [vite, "--host", "localhost", "--port", String(port), "--strictPort"], port, {});
}

/** A server of a bundler's own, in its app's directory. */
async function serve(name: BundlerName, args: string[], port: number, env: NodeJS.ProcessEnv): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: appOf(name),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let logs = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      logs += text;
    });
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  const ended = once(child, "exit").finally(() => process.off("exit", killed));
  const origin = `http://localhost:${port}`;
  await until(`${name} serves`, () => {
    if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended:\n${logs}`);
    return fetch(`${origin}/${name}/`, { headers: { Accept: "text/html" } }).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return {
    origin,
    stop: async () => {
      killed();
      await ended;
    },
  };
}
