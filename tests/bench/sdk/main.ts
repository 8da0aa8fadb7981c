// The package beside what it replaces: bytes, time to start, what a call costs, big bodies, a thousand calls without a
// token, memory. All in one Chromium, turn by turn.
//   npm run bench -- sdk [options]
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Page } from "playwright-core";
import "../../../tools/signals.mjs";
import { launch } from "../../harness/browser.ts";
import { shuffled } from "../../harness/statistics.ts";
import { until } from "../../harness/until.ts";
import { besides, bundle, weights } from "./bundles.ts";
import type { CandidateName } from "./candidates.ts";
import { readOptions } from "./options.ts";
import type { Bench } from "./page.ts";
import { NAMES, type Raw, showResults, summary } from "./results.ts";
import { startServer } from "./server.ts";

/** How long a token lives that is meant to expire, in seconds. */
const SHORT = 4;

const options = readOptions(process.argv.slice(2));
const began = performance.now();
const say = (what: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${what}`);
say("This usually takes 4 minutes; other work on this machine disturbs it.");

const html = '<!doctype html><title>bench</title><script type="module" src="/main.js"></script>';
const { files } = await bundle('import "./page.ts";');
const server = await startServer(new Map([...files, ...(await besides()), ["index.html", Buffer.from(html)]]));
// Memory is measured when it is asked for, not at the next garbage collection.
const browser = await launch("--enable-blink-features=ForceEagerMeasureMemory");
try {
  const raw = await measure();
  const results = summary(await weights(), browser.version(), raw);
  showResults(results);
  await mkdir(dirname(options.out), { recursive: true });
  await writeFile(options.out, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\nWritten to ${options.out}`);
} finally {
  await Promise.all([browser.close(), server.stop()]);
}

async function open(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(server.origin);
  return page;
}

/** Has the page take a turn. */
function turn<K extends keyof Bench>(page: Page, what: K, ...args: Parameters<Bench[K]>): ReturnType<Bench[K]> {
  return page.evaluate(
    ([name, given]) =>
      (window as unknown as { bench: Record<string, (...args: unknown[]) => unknown> }).bench[name]?.(...given),
    [what, args] as const,
  ) as ReturnType<Bench[K]>;
}

/** Every candidate once per round, in another order each time. The first round warms up and isn't counted. */
async function rounds(
  count: number,
  what: (name: CandidateName) => Promise<number>,
  names: readonly CandidateName[] = NAMES,
): Promise<Record<CandidateName, number[]>> {
  const figures = Object.fromEntries(NAMES.map((name) => [name, [] as number[]])) as Record<CandidateName, number[]>;
  for (let round = 0; round <= count; round++)
    for (const name of shuffled(names)) {
      const figure = await what(name);
      if (round > 0) figures[name].push(figure);
    }
  return figures;
}

async function measure(): Promise<Raw> {
  const page = await open();
  for (const name of NAMES) await turn(page, "start", name);
  say(`small calls, ${options.rounds} rounds of ${options.calls}`);
  const small = await rounds(options.rounds, (name) => turn(page, "small", name, options.calls));
  say(`10 MB down and up, ${options.transfers} rounds`);
  const download = await rounds(options.transfers, (name) => turn(page, "download", name));
  const upload = await rounds(options.transfers, (name) => turn(page, "upload", name));
  await page.close();
  say(`new pages, ${options.starts} rounds`);
  const starting = NAMES.filter((name) => name !== "bare");
  const start = await rounds(options.starts, startInNewPage, starting);
  const thousand = {} as Raw["thousand"];
  for (const name of starting) {
    say(`1000 calls over an expired token: ${name}`);
    thousand[name] = await thousandCalls(name);
  }
  const memory = {} as Raw["memory"];
  for (const name of NAMES) {
    say(`memory over ${options.memory} calls: ${name}`);
    memory[name] = await memoryOf(name);
  }
  return { small, download, upload, start, thousand, memory };
}

async function startInNewPage(name: CandidateName): Promise<number> {
  const page = await open();
  const ready = await turn(page, "start", name);
  await page.close();
  return ready;
}

/**
 * A thousand calls at once when the token has expired. A renewal that was begun ahead of time is held back until then,
 * and until all of the calls have been made.
 */
async function thousandCalls(name: CandidateName): Promise<Raw["thousand"][CandidateName]> {
  server.lifetime = SHORT;
  const page = await open();
  await turn(page, "start", name);
  const expiry = Date.now() + SHORT * 1000;
  server.lifetime = 3600;
  const before = server.tokens();
  const release = server.hold();
  await until("the token expires", () => Date.now() > expiry);
  const calls = turn(page, "atOnce", name, 1000);
  await until("the client requests a token", () => server.tokens() > before);
  // Every call is made in one turn of the page's event loop, so a turn later all of them have been.
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  release();
  const { answered, ms } = await calls;
  const refreshes = server.tokens() - before;
  await page.close();
  return { refreshes, answered, ms };
}

async function memoryOf(name: CandidateName): Promise<Raw["memory"][CandidateName]> {
  const page = await open();
  await turn(page, "start", name);
  // What is made once is made by then: compiled code, pools, caches.
  await turn(page, "small", name, 2000);
  const before = await turn(page, "memory");
  await turn(page, "small", name, options.memory);
  const after = await turn(page, "memory");
  await page.close();
  return { before, after };
}
