// What a process costs, as Linux accounts for it, and which core it runs on.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * User and system time of all its threads since they began, in microseconds; `NaN` where there is no `/proc`. The
 * scheduler's own count, because `/proc/<pid>/stat` has ticks of 10 ms, which is too coarse for short turns.
 */
export async function cpuTime(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8")));
  if (times.length === 0) return Number.NaN;
  return times.reduce((sum, time) => sum + Number(time.split(" ")[0]), 0) / 1000;
}

/** Resident memory in bytes; `NaN` where there is no `/proc`. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** Keeps all threads of a process on one core. Says whether that could be done. */
export async function pin(pid: number, core: number): Promise<boolean> {
  if (core >= availableParallelism()) return false;
  return run("taskset", ["-a", "-p", "-c", String(core), String(pid)]).then(
    () => true,
    () => false,
  );
}
