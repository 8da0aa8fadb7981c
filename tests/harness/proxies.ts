// Real proxies on loopback, each with a test's configuration.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask } from "./http.ts";
import { takeLines } from "./lines.ts";
import { freePort } from "./port.ts";
import { until } from "./until.ts";

export type ProxyName = "nginx" | "caddy" | "haproxy" | "envoy";

const tool = new URL("../../tools/setup/proxies.mjs", import.meta.url).href;
/** The path of a program; `undefined` if it is not installed, in which case its tests are skipped. */
export const { proxyPath, proxyEnvironment } = (await import(tool)) as {
  proxyPath(name: ProxyName): string | undefined;
  proxyEnvironment(name: ProxyName): Record<string, string>;
};

export interface RunningProxy {
  readonly origin: string;
  logs(): string;
  stop(): Promise<void>;
}

/** Where a proxy listens, and the folder of its files. */
export interface Place {
  port: number;
  dir: string;
}

/** What a program is started with: its files by name, its arguments and its environment. */
interface Start {
  files: Record<string, string>;
  args: string[];
  env?: Record<string, string>;
}

/** nginx with a file of its http block. */
export function startNginx(site: (place: Place) => string): Promise<RunningProxy> {
  return start("nginx", (place) => {
    const { dir } = place;
    const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (kind) => `${kind}_temp_path ${join(dir, kind)};`,
    );
    const main = `daemon off; pid ${join(dir, "pid")}; error_log stderr notice; worker_processes 1;
${process.getuid?.() === 0 ? "user root;" : ""}
events { worker_connections 256; }
http { access_log off; ${places.join(" ")} include ${join(dir, "site.conf")}; }
`;
    return {
      files: { "site.conf": site(place), "nginx.conf": main },
      args: ["-p", dir, "-c", join(dir, "nginx.conf")],
    };
  });
}

/** Caddy with sites and global options. It trusts the certificate authorities in a file as it would the system's. */
export function startCaddy(sites: (place: Place) => string, authorities: string, options = ""): Promise<RunningProxy> {
  return start("caddy", (place) => {
    const { dir } = place;
    return {
      files: { Caddyfile: `{\n\tadmin off\n\t${options}\n}\n${sites(place)}` },
      args: ["run", "--config", join(dir, "Caddyfile"), "--adapter", "caddyfile"],
      env: { HOME: dir, XDG_CONFIG_HOME: dir, XDG_DATA_HOME: dir, SSL_CERT_FILE: authorities },
    };
  });
}

/** HAProxy with its configuration and the files that it names. */
export function startHaproxy(
  files: (place: Place) => { "haproxy.cfg": string } & Record<string, string>,
): Promise<RunningProxy> {
  return start("haproxy", (place) => ({ files: files(place), args: ["-f", join(place.dir, "haproxy.cfg")] }));
}

/** Envoy with its whole configuration. */
export function startEnvoy(file: (place: Place) => string): Promise<RunningProxy> {
  return start("envoy", (place) => ({
    files: { "envoy.yaml": file(place) },
    args: ["-c", join(place.dir, "envoy.yaml"), "--concurrency", "1", "--disable-hot-restart", "-l", "warning"],
  }));
}

async function start(name: ProxyName, how: (place: Place) => Start): Promise<RunningProxy> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), `latchkey-${name}-`));
  const { files, args, env = {} } = how({ port, dir });
  await Promise.all(Object.entries(files).map(([file, text]) => writeFile(join(dir, file), text)));
  const child = spawn(proxyPath(name) as string, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...proxyEnvironment(name), ...env },
  });
  let logs = "";
  for (const stream of [child.stdout, child.stderr])
    takeLines(stream, (text) => {
      logs += text;
    });
  const ended = once(child, "exit");
  const kill = () => child.kill("SIGTERM");
  process.once("exit", kill);
  const origin = `http://127.0.0.1:${port}`;
  const answers = () =>
    ask(origin, "/").then(
      () => true,
      () => false,
    );
  await until(`${name} answers`, () => (child.exitCode === null ? answers() : Promise.reject(new Error(logs))));
  return {
    origin,
    logs: () => logs,
    stop: async () => {
      kill();
      process.off("exit", kill);
      await ended;
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
