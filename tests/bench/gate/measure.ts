// One slice of load on one candidate, and what it cost.
import { Connections } from "../harness/load.ts";
import { cpuTime, residentMemory } from "../harness/server-process.ts";
import { quantile } from "../harness/statistics.ts";
import type { RunningWorkerd } from "../harness/workerd.ts";

export interface Slice {
  requestsPerSecond: number;
  /** CPU time of the server's process per request, in microseconds. */
  cpu: number;
  /** Latencies, in microseconds. */
  p50: number;
  p99: number;
  /** The server's resident memory afterwards, in bytes. */
  memory: number;
  /** What share of a core the server had: far below 1, something else was running on this machine. */
  serverShare: number;
  /** CPU time of the load generator per request, in microseconds. */
  generatorCpu: number;
}

/**
 * @param warmUp Sent first, and not counted.
 * @param requests Sent in turn, from the beginning again when they are used up.
 */
export async function measure(
  server: RunningWorkerd,
  warmUp: Buffer[],
  requests: Buffer[],
  count: number,
): Promise<Slice> {
  const connections = await Connections.open(server.port);
  try {
    const nth = (list: Buffer[]) => (n: number) => list[n % list.length] as Buffer;
    const primed = await connections.send(warmUp.length, nth(warmUp));
    const own = process.cpuUsage();
    const before = await cpuTime(server.pid);
    const { seconds, latencies, failures } = await connections.send(count, nth(requests));
    const cpu = ((await cpuTime(server.pid)) - before) / count;
    const { user, system } = process.cpuUsage(own);
    if (failures + primed.failures > 0)
      throw new Error(`${failures + primed.failures} requests failed.\n${server.logs().slice(-2000)}`);
    return {
      requestsPerSecond: count / seconds,
      cpu,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      memory: await residentMemory(server.pid),
      serverShare: (cpu * count) / (seconds * 1e6),
      generatorCpu: (user + system) / count,
    };
  } finally {
    connections.close();
  }
}
