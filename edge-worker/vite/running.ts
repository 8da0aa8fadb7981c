// A command that runs beside Vite and ends with it.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const LEASH = fileURLToPath(new URL("leash.js", import.meta.url));

export interface Running {
  /** Resolves when the command has ended, also by {@link stop}. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** @param onLine receives each line of the command's output. */
export function run(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  onLine: (line: string) => void,
): Running {
  // In a process group of its own: Ctrl-C reaches Vite only, and the leash ends the command when Vite has ended.
  const options = { cwd, env, detached: process.platform !== "win32", windowsHide: true };
  const leash = spawn(process.execPath, [LEASH, ...command], { ...options, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  for (const stream of [leash.stdout, leash.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    });
    stream?.once("end", () => rest && onLine(rest));
  }
  const ended = new Promise<void>((resolve) => {
    leash.once("exit", () => resolve());
    leash.once("error", () => resolve());
  });
  return {
    ended,
    stop: () => {
      if (leash.connected) leash.disconnect();
      return ended;
    },
  };
}
