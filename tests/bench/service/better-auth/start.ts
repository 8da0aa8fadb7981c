// better-auth as a server beside ours.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Server } from "../measure.ts";

const PROGRAM = fileURLToPath(new URL("server.ts", import.meta.url));

export interface BetterAuth extends Server {
  /** One per user, as it is sent. */
  readonly cookies: string[];
  stop(): Promise<void>;
}

/** @param updateAge How old a session is, in seconds, when asking for it renews it: 0, always. */
export async function startBetterAuth(file: string, users: number, updateAge: number): Promise<BetterAuth> {
  const child = spawn(process.execPath, [PROGRAM, file, String(users), String(updateAge)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_ENV: "production", NODE_NO_WARNINGS: "1" },
  });
  let logs = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    logs += text;
  });
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  const ended = once(child, "exit").finally(() => process.off("exit", killed));
  const first = await Promise.race([firstLine(child), ended.then(() => undefined)]);
  if (first === undefined) throw new Error(`better-auth ended before it listened:\n${logs}`);
  const { port, cookies } = JSON.parse(first) as { port: number; cookies: string[] };
  const stop = async () => {
    killed();
    await ended;
  };
  return { pid: child.pid ?? 0, port, cookies, logs: () => logs, stop };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface(child.stdout as Readable)) return line;
  return undefined;
}
