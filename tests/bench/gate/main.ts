// The gate against what it replaces: requests per second, CPU time, latency and memory, side by side in one run.
//   npm run bench -- gate [options]
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "../../../tools/signals.mjs";
import { pin } from "../harness/server-process.ts";
import { type RunningWorkerd, startWorkerd } from "../harness/workerd.ts";
import { builtModules, type CandidateName, copy, floor, gate, honoJose } from "./candidates.ts";
import { measureMemory, showMemory } from "./memory.ts";
import { readOptions } from "./options.ts";
import { requests } from "./requests.ts";
import { showResults, summary } from "./results.ts";
import { Rounds } from "./rounds.ts";
import { assertSameJob, identityOf } from "./same-job.ts";
import { gzipped } from "./size.ts";
import { Mint } from "./tokens.ts";

const options = readOptions(process.argv.slice(2));
const dir = await mkdtemp(join(tmpdir(), "latchkey-bench-"));
process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
const running: RunningWorkerd[] = [];
try {
  const start = async (name: CandidateName, services: Awaited<ReturnType<typeof floor>>) => {
    const server = await startWorkerd(join(dir, name), services);
    running.push(server);
    return server;
  };
  const ours = await start("gate", await gate(options.worker));
  const mint = await Mint.of(ours.origin, ours.storage);
  const token = mint.token();
  const servers = new Map<CandidateName, RunningWorkerd>([
    ["floor", await start("floor", await floor(options.worker))],
    ["copy", await start("copy", await copy(options.worker, await identityOf(ours.origin, token)))],
    ["hono_jose", await start("hono_jose", await honoJose(options.worker, mint))],
    ["gate", ours],
  ]);
  await assertSameJob(new Map([...servers].map(([name, { origin }]) => [name, origin])), token);

  // The servers, of which one works at a time, on one core, the load on another.
  const pinned =
    (await pin(process.pid, 1)) && (await Promise.all(running.map(({ pid }) => pin(pid, 0)))).every(Boolean);
  const rounds = new Rounds(requests(options));
  for (let round = 0; round <= options.rounds; round++) {
    // The first one is for the compilers in V8, and isn't counted.
    await rounds.run(servers, mint, { round, count: options.requests, counted: round > 0 });
    process.stderr.write(`\rround ${round} of ${options.rounds}`);
  }
  process.stderr.write("\n");
  const memory = options.memory ? await measureMemory(ours, mint, options.tokens, requests(options)) : undefined;

  const modules = await builtModules(options.worker);
  const results = summary(rounds.slices, {
    pinned,
    fewHeaders: options.fewHeaders,
    workerGzBytes: gzipped(modules),
    ...(memory ? { memory } : {}),
  });
  showResults(results);
  if (memory) showMemory(memory);
  await mkdir(join(options.out, ".."), { recursive: true });
  await writeFile(options.out, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\nWritten to ${options.out}`);
} finally {
  for (const server of running) await server.stop();
}
