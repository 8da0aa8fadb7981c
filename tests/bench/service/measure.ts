// One turn of load on one server, and what it cost.
import { type Answered, CONNECTIONS, Connections } from "../harness/load.ts";
import { cpuTime } from "../harness/server-process.ts";
import { quantile } from "../harness/statistics.ts";

/** What is measured: a process that listens. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  logs(): string;
}

export interface Turn {
  requests: number;
  perSecond: number;
  /** CPU time of the server's process per request, in microseconds. */
  cpu: number;
  /** Latencies, in microseconds. */
  p50: number;
  p99: number;
  /** What share of a core the server had. */
  serverShare: number;
  /** CPU time of the load generator per request, in microseconds. */
  generatorCpu: number;
}

export interface Load {
  count: number;
  request: (n: number) => Buffer;
  answered?: Answered;
  /** Connections that ask at the same time; 8 where it doesn't say. */
  clients?: number;
}

/** Measures a load, or fails when a single request does. */
export async function measure(server: Server, { count, request, answered, clients }: Load): Promise<Turn> {
  const connections = await Connections.open(server.port, clients ?? CONNECTIONS);
  try {
    const own = process.cpuUsage();
    const before = await cpuTime(server.pid);
    const { seconds, latencies, failures } = await connections.send(count, request, answered);
    const cpu = ((await cpuTime(server.pid)) - before) / count;
    const { user, system } = process.cpuUsage(own);
    if (failures > 0) throw new Error(`${failures} of ${count} requests failed.\n${server.logs().slice(-2000)}`);
    return {
      requests: count,
      perSecond: count / seconds,
      cpu,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      serverShare: (cpu * count) / (seconds * 1e6),
      generatorCpu: (user + system) / count,
    };
  } finally {
    connections.close();
  }
}

/** Sends a load that isn't measured. */
export async function warmUp(server: Server, load: Load): Promise<void> {
  await measure(server, load);
}
