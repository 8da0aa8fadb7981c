// The origin of the apps: every output under a path of its own, with the headers of a strict deployment. Next.js and
// the development servers serve themselves, each on a port of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import "../../tools/signals.mjs";
import { until } from "../harness/until.ts";
import {
  appOf,
  BUNDLER_NAMES,
  type BundlerName,
  ENV,
  outputOf,
  policyFor,
  type ViteVersion,
  viteBin,
} from "./bundlers.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
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

/** What a page may do whose scripts, with the vault's files, come from a CDN. `worker`: where its worker may come from. */
export const cdnPolicy = (strict: string, cdn: string, worker = "blob:"): string =>
  strict
    .replace("script-src 'self'", `script-src ${cdn}`)
    .replace("worker-src 'self'", `worker-src ${worker}`)
    .replace("connect-src 'self'", `connect-src 'self' ${cdn}`);

export interface Server {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Serves everything but Next.js. `policyOf`: of each app's files, by the query of their address. */
export async function serveApps(policyOf: (name: BundlerName, query: URLSearchParams) => string): Promise<Server> {
  const headers = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
  };
  return listen(async ({ pathname, searchParams }, response) => {
    const { name, file } = fileOf(pathname) ?? {};
    const body = file === undefined ? undefined : await readFile(file).catch(() => undefined);
    if (name === undefined || file === undefined || body === undefined) return response.writeHead(404, headers).end();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    const policy = allow(policyOf(name, searchParams), name, type.includes("html") ? body.toString() : "");
    return response.writeHead(200, { ...headers, "Content-Security-Policy": policy, "Content-Type": type }).end(body);
  });
}

/** What some frameworks need besides, such as their inline scripts, by hash. */
function allow(policy: string, name: BundlerName, html: string): string {
  const scripts = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>(.*?)<\/script>/gs)].map(([, text = ""]) => text);
  const hashes = scripts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}' `);
  return policyFor(name, policy).replace("script-src ", `script-src ${hashes.join("")}`);
}

/** Another origin with the same files, which every page may read. */
export async function serveCdn(): Promise<Server> {
  return listen(async ({ pathname }, response) => {
    const { file } = fileOf(pathname) ?? {};
    const body = file === undefined ? undefined : await readFile(file).catch(() => undefined);
    const headers = { "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff" };
    if (file === undefined || body === undefined) return response.writeHead(404, headers).end();
    return response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(file)] ?? "text/plain" }).end(body);
  });
}

async function listen(answer: (url: URL, response: http.ServerResponse) => Promise<unknown>): Promise<Server> {
  const server = http.createServer(({ url = "/" }, response) => answer(new URL(url, "http://localhost"), response));
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

/** `/vite8/assets/x.js` is `assets/x.js` in Vite's output. The paths come from the apps under test, so they go no further up. */
function fileOf(path: string): { name: BundlerName; file: string } | undefined {
  const [, first = "", ...rest] = path.split("/");
  const name = BUNDLER_NAMES.find((each) => each === first);
  if (!name || rest.includes("..")) return undefined;
  return { name, file: join(outputOf(name), rest.join("/") || "index.html") };
}

/** A program of the packages in tests/packaging. */
export const program = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));

/** `next start`. */
export function serveNext(port: number, contentSecurityPolicy: string): Promise<Server> {
  const env = { CONTENT_SECURITY_POLICY: contentSecurityPolicy };
  return serveApp("next", [program("next/dist/bin/next"), "start", "--port", String(port)], port, env);
}

const listening = (port: number) => ["--host", "localhost", "--port", String(port)];
const vite = (version: ViteVersion, port: number) => [
  ...[viteBin(version), ...listening(port), "--strictPort", "--base", `/vite${version}/`],
];

/** The development servers, as developers run them while they write. */
const DEVELOPMENT = {
  vite5: (port) => vite(5, port),
  vite6: (port) => vite(6, port),
  vite7: (port) => vite(7, port),
  vite8: (port) => vite(8, port),
  next: (port) => [program("next/dist/bin/next"), "dev", "--port", String(port)],
  angular: (port) => [program("@angular/cli/bin/ng.js"), "serve", ...listening(port)],
  astro: (port) => [program(".bin/astro"), "dev", ...listening(port)],
  sveltekit: (port) => [program(".bin/vite"), "dev", ...listening(port), "--strictPort"],
  nuxt: (port) => [program(".bin/nuxt"), "dev", ...listening(port)],
} satisfies Partial<Record<BundlerName, (port: number) => string[]>>;

export const DEVELOPMENT_NAMES = Object.keys(DEVELOPMENT) as (keyof typeof DEVELOPMENT)[];

export function serveDevelopment(name: keyof typeof DEVELOPMENT, port: number): Promise<Server> {
  return serveApp(name, DEVELOPMENT[name](port), port, { NODE_ENV: "development" });
}

function serveApp(name: BundlerName, args: readonly string[], port: number, env: NodeJS.ProcessEnv): Promise<Server> {
  const probe = new Request(`http://localhost:${port}/${name}/`, { headers: { Accept: "text/html" } });
  return serve(name, args, { cwd: appOf(name), env, probe });
}

interface Serving {
  /** The app's directory. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** It serves when it answers this with success. */
  probe: Request;
}

/** A server of a bundler's own. */
export async function serve(name: string, args: readonly string[], { cwd, env, probe }: Serving): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd,
    env: { ...ENV, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let logs = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      logs += text;
    });
  // With the processes that it has started: some leave the serving to one of these.
  const killed = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // All have ended.
    }
  };
  process.once("exit", killed);
  const ended = once(child, "exit").finally(() => process.off("exit", killed));
  const started = until(`${name} serves`, () => {
    if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended:\n${logs}`);
    return fetch(probe.clone()).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  const stop = async () => {
    killed();
    await ended;
  };
  await started.catch(async (error) => {
    await stop();
    throw error;
  });
  return { origin: new URL(probe.url).origin, stop };
}
