// What a process costs, as Linux accounts for it, and which core it runs on.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

/** `/proc/<pid>/stat` counts in these: USER_HZ, which is 100 on every architecture that Node runs on. */
const TICK_MICROSECONDS = 10_000;

/** User and system time of all its threads since it began, in microseconds; `NaN` where there is no `/proc`. */
export async function cpuTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * TICK_MICROSECONDS;
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
