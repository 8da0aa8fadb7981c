// What a check of the present state costs as the list of revocations grows: requests on a `strict` route, and `GET
// /auth/sessions`.
//   npm run bench -- revocations [options]
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import "../../../tools/signals.mjs";
import { Connections } from "../harness/load.ts";
import { edgeWorker, figuresOf, readCommandLine, wholeNumber } from "../harness/options.ts";
import { quantile } from "../harness/statistics.ts";
import type { RunningWorkerd } from "../harness/workerd.ts";
import { refresh, sessionList, strict } from "../service/requests.ts";
import { startFilling, startService, WINDOWS } from "../service/service.ts";
import type { Sessions } from "../service/sessions.ts";
import { fill } from "../service/store.ts";
import type { Revoking } from "../service/workers/fill.ts";

const USAGE = `npm run bench -- revocations [options]     takes about a minute
  --requests N     requests of one turn (400)
  --seconds N      after which a turn sends no more (15)
  --worker DIR     an edge-worker/ other than this checkout's, as it was built there
  --out FILE       where the figures are written (target/bench/revocations.json)
  --no-build       measure what was built last`;

/** How many entries the list has. */
const SIZES = [0, 3_000, 100_000];

/** Accounts with one session each. */
const ACCOUNTS = 20;

const LOADS = { strict, "GET /auth/sessions": sessionList };

interface Turn {
  entries: number;
  load: keyof typeof LOADS;
  requests: number;
  /** Latencies, in milliseconds. */
  p50: number;
  p99: number;
}

const options = readCommandLine(
  process.argv.slice(2),
  USAGE,
  {
    requests: { type: "string", default: "400" },
    seconds: { type: "string", default: "15" },
    worker: { type: "string", default: edgeWorker },
    out: { type: "string", default: figuresOf("revocations") },
  },
  (values) => ({
    requests: wholeNumber("requests", values.requests),
    seconds: wholeNumber("seconds", values.seconds),
    worker: resolve(values.worker),
    out: resolve(values.out),
  }),
);
const dir = await mkdtemp(join(tmpdir(), "latchkey-bench-"));
process.once("exit", () => rmSync(dir, { recursive: true, force: true }));

const { groups } = await fill(dir, options.worker, { active: { accounts: ACCOUNTS, sessions: 1 } });
const turns: Turn[] = [];
let there = 0;
for (const entries of SIZES) {
  await addEntries(entries - there);
  there = entries;
  const server = await startService(dir, options.worker, WINDOWS.young);
  try {
    await renew(server, groups.active);
    for (const load of Object.keys(LOADS) as Turn["load"][])
      turns.push({ entries, load, ...(await turn(server, groups.active, LOADS[load])) });
  } finally {
    await server.stop();
  }
}
console.table(turns);
await mkdir(join(options.out, ".."), { recursive: true });
await writeFile(options.out, `${JSON.stringify(turns, null, 2)}\n`);
console.log(`\nWritten to ${options.out}`);

/** Adds so many entries that are about none of the tokens used here. */
async function addEntries(count: number): Promise<void> {
  if (count === 0) return;
  const server = await startFilling(dir, options.worker);
  try {
    const body = JSON.stringify({ entries: count, from: there } satisfies Revoking);
    const answer = await fetch(`${server.origin}/revoke`, { method: "POST", body });
    if (!answer.ok) throw new Error(`The list could not be filled: ${await answer.text()}`);
  } finally {
    await server.stop();
  }
}

async function renew(server: RunningWorkerd, sessions: Sessions): Promise<void> {
  await send(server, sessions.count, {
    request: (n) => refresh(sessions.cookie(n)),
    answered: (n, _, answer) => void sessions.take(n, answer),
  });
}

async function turn(server: RunningWorkerd, sessions: Sessions, load: (token: string) => Buffer) {
  const request = (n: number) => load(sessions.token(n));
  // Each session once, so that every token has been verified and every object woken.
  await send(server, sessions.count, { request });
  const until = performance.now() + options.seconds * 1000;
  const latencies = await send(server, options.requests, {
    request: (n) => (performance.now() < until ? request(n) : undefined),
  });
  const milliseconds = (quota: number) => Math.round(quantile(latencies, quota) / 10) / 100;
  return { requests: latencies.length, p50: milliseconds(0.5), p99: milliseconds(0.99) };
}

interface Sending {
  request: (n: number) => Buffer | undefined;
  answered?: (n: number, microseconds: number, answer: Buffer) => void;
}

/** The latencies of as many requests, in microseconds. A request that fails is an error. */
async function send(server: RunningWorkerd, count: number, { request, answered }: Sending): Promise<Float64Array> {
  const connections = await Connections.open(server.port);
  try {
    const { latencies, failures } = await connections.send(count, request, answered);
    if (failures > 0) throw new Error(`${failures} requests failed.\n${server.logs().slice(-2000)}`);
    return latencies;
  } finally {
    connections.close();
  }
}
