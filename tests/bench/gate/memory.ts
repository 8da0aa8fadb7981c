// The gate's memory while one distinct token after another passes: a cache without a bound would show.
import { Connections } from "../harness/load.ts";
import { residentMemory } from "../harness/server-process.ts";
import type { RunningWorkerd } from "../harness/workerd.ts";
import type { Requests } from "./requests.ts";
import type { Mint } from "./tokens.ts";

/** So many are signed at a time, then sent. */
const BATCH = 5_000;
const SAMPLES = 40;

export interface Memory {
  tokens: number;
  /** Resident memory in bytes after so many tokens. */
  samples: { tokens: number; bytes: number }[];
  /** The most of the second half for each of the most of the first. */
  growth: number;
}

export async function measureMemory(server: RunningWorkerd, mint: Mint, tokens: number, of: Requests): Promise<Memory> {
  const samples: Memory["samples"] = [];
  const between = Math.max(BATCH, Math.ceil(tokens / SAMPLES));
  const connections = await Connections.open(server.port);
  try {
    for (let sent = 0; sent < tokens; ) {
      const batch = mint.tokens(Math.min(BATCH, tokens - sent)).map(of);
      const { failures } = await connections.send(batch.length, (n) => batch[n] as Buffer);
      if (failures > 0) throw new Error(`${failures} requests failed.\n${server.logs().slice(-2000)}`);
      sent += batch.length;
      if (sent >= between * (samples.length + 1) || sent >= tokens)
        samples.push({ tokens: sent, bytes: await residentMemory(server.pid) });
      process.stderr.write(`\r${sent} of ${tokens} tokens`);
    }
  } finally {
    connections.close();
    process.stderr.write("\n");
  }
  const most = (part: Memory["samples"]) => Math.max(...part.map(({ bytes }) => bytes));
  const half = Math.ceil(samples.length / 2);
  return { tokens, samples, growth: most(samples.slice(half)) / most(samples.slice(0, half)) };
}

export function showMemory({ tokens, samples, growth }: Memory): void {
  const megabytes = samples.map(({ bytes }) => (bytes / 1e6).toFixed(0)).join(" ");
  console.log(`\nMemory over ${tokens} distinct tokens, in MB: ${megabytes}`);
  console.log(`The most of the second half is ${growth.toFixed(2)} times that of the first (flat: 1.0).`);
}
