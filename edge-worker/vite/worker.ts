// The Worker on this machine: `wrangler dev`, behind Vite.
import { dirname } from "node:path";
import { wranglerScript } from "../command/wrangler.ts";
import { type Running, run } from "./running.ts";

/** What is not shown: what `wrangler dev` prints at each start and each reload, and the events of the audit trail. */
const NOISE = [
  /^\{.*"at":\d+,"by":"/,
  /^\{"error":.*"event":"configuration"/, // The Worker also prints it for people.
  /^Using secrets defined in /,
  /^Your Worker has access to the following bindings:/,
  /^Binding +Resource/,
  /^env\.\w+ .*\blocal\b/,
  /^Service bindings, Durable Object bindings, and Tail consumers connect to /,
  /^⎔ (Starting|Reloading) local server/,
  /^\[wrangler:info\] (Ready on|GET \/healthz) /,
];

export interface Worker {
  /** Resolves when the Worker answers: `true`, or `false` if it has ended. */
  ready(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** The path of wrangler's configuration. */
  config: string;
  port: number;
  /** The table LATCHKEY as JSON, if it is not the file's. */
  latchkey: string | undefined;
  print: (line: string) => void;
}

export async function startWorker({ config, port, latchkey, print }: WorkerOptions): Promise<Worker> {
  const command = [
    ...[process.execPath, await wranglerScript(config), "dev", "--config", config, "--local"],
    ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--show-interactive-dev-session=false"],
    ...(latchkey === undefined ? [] : ["--var", `LATCHKEY:${latchkey}`]),
  ];
  const env = {
    ...process.env,
    WRANGLER_HIDE_BANNER: "true",
    // A static `cf` object, so that a start needs no network.
    CLOUDFLARE_CF_FETCH_ENABLED: process.env.CLOUDFLARE_CF_FETCH_ENABLED ?? "false",
  };
  let blank = true;
  const running = run(command, env, dirname(config), (line) => {
    if (line.startsWith("⎔ Local server updated")) void answers(port);
    if (NOISE.some((pattern) => pattern.test(line)) || (blank && line.trim() === "")) return;
    blank = line.trim() === "";
    print(line);
  });
  const ready = untilReady(port, running);
  return { ready: () => ready, stop: running.stop };
}

async function untilReady(port: number, running: Running): Promise<boolean> {
  let over = false;
  const ended = running.ended.then(() => {
    over = true;
  });
  while (!over) {
    if (await answers(port)) return true;
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  return false;
}

/** Whether the Worker answers. For that it reads its configuration, and prints what is wrong with it. */
async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/healthz`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
