// A real nginx on loopback, with a test's configuration inside its http block.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask } from "./http.ts";
import { until } from "./until.ts";

const tool = new URL("../../tools/setup/nginx.mjs", import.meta.url).href;
const { nginxPath } = (await import(tool)) as { nginxPath(): string | undefined };
const portTool = new URL("../../tools/port.mjs", import.meta.url).href;
const { freePort } = (await import(portTool)) as { freePort(): Promise<number> };

/** The program; `undefined` if it is not installed, in which case its tests are skipped. */
export const nginx = nginxPath();

export interface Nginx {
  readonly origin: string;
  logs(): string;
  stop(): Promise<void>;
}

/** Starts it with the result of `configure`, which gets the port to listen on. */
export async function startNginx(configure: (port: number) => string): Promise<Nginx> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), "latchkey-nginx-"));
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${join(dir, kind)};`,
  );
  await writeFile(join(dir, "site.conf"), configure(port));
  await writeFile(
    join(dir, "nginx.conf"),
    `daemon off; pid ${join(dir, "pid")}; error_log stderr notice; worker_processes 1;
${process.getuid?.() === 0 ? "user root;" : ""}
events { worker_connections 256; }
http { access_log off; ${places.join(" ")} include ${join(dir, "site.conf")}; }
`,
  );
  const child = spawn(nginx as string, ["-p", dir, "-c", join(dir, "nginx.conf")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let logs = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
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
  await until("nginx answers", () => (child.exitCode === null ? answers() : Promise.reject(new Error(logs))), 10);
  return {
    origin,
    logs: () => logs,
    stop: async () => {
      kill();
      process.off("exit", kill);
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
