// What the rounds say: tables for people, a file for programs, and plainly what of the goals is missed.
import { median, type Spread, spread } from "../harness/statistics.ts";
import type { Part, Weight } from "./bundles.ts";
import type { CandidateName } from "./candidates.ts";

export const NAMES = ["bare", "worker", "page", "auth0", "oidc"] as const satisfies CandidateName[];
/** Those that do more than `fetch`. */
const LIBRARIES = ["worker", "page", "auth0", "oidc"] as const satisfies CandidateName[];
type Library = (typeof LIBRARIES)[number];

const TITLES: Record<CandidateName, string> = {
  bare: "fetch",
  worker: "latchkey, worker",
  page: "latchkey, page",
  auth0: "auth0-spa-js",
  oidc: "oidc-client-ts",
};

type Figures = Record<CandidateName, number[]>;

export interface Raw {
  /** Milliseconds of one call, round by round. */
  small: Figures;
  download: Figures;
  upload: Figures;
  start: Figures;
  thousand: Record<CandidateName, { refreshes: number; answered: number; ms: number }>;
  /** Bytes. */
  memory: Record<CandidateName, { before: number; after: number }>;
}

/** What is asked of the package. */
const GOALS = {
  pageGz: 4000,
  wasmAndGlueGz: 64_000,
  workerOverheadMs: 0.5,
  transfer: 0.8,
  refreshes: 1,
  /** How many bytes more than with `fetch` itself may be in use after the calls: 20 for each of 10,000. */
  memoryGrowth: 200_000,
} as const;

export function summary(weights: Record<Part, Weight>, chromium: string, raw: Raw) {
  const overhead = each(LIBRARIES, (name) => perRound(raw.small, name, (own, bare) => own - bare));
  const download = each(LIBRARIES, (name) => perRound(raw.download, name, (own, bare) => bare / own));
  const upload = each(LIBRARIES, (name) => perRound(raw.upload, name, (own, bare) => bare / own));
  return {
    page_gz_bytes: weights.page.gz,
    wasm_and_glue_gz_bytes: weights["wasm and glue"].gz,
    wasm_and_worker_gz_bytes: weights["wasm and worker"].gz,
    react_gz_bytes: weights.react.gz,
    overhead_ms: each(LIBRARIES, (name) => rounded(overhead[name].median)),
    download_vs_fetch: rounded(download.worker.median),
    upload_vs_fetch: rounded(upload.worker.median),
    refreshes_for_1000_calls: raw.thousand.worker.refreshes,
    ready_ms: each(LIBRARIES, (name) => rounded(median(raw.start[name]))),
    memory_growth_bytes: each(NAMES, (name) => raw.memory[name].after - raw.memory[name].before),
    raw: { chromium, weights, overhead, download, upload, rounds: raw },
  };
}

export type Results = ReturnType<typeof summary>;

/** Round by round beside bare `fetch`. */
function perRound(figures: Figures, name: Library, compare: (own: number, bare: number) => number): Spread {
  return spread(figures[name].map((own, round) => compare(own, figures.bare[round] as number)));
}

export function showResults(results: Results): void {
  const { raw, ready_ms, memory_growth_bytes } = results;
  console.log(`Chromium ${raw.chromium}\n\n${row(["bytes", "minified", "gzip", "brotli"])}`);
  for (const [part, { bytes, gz, br }] of Object.entries(raw.weights))
    console.log(row([part, bytes, gz, br].map(String)));
  const heads = ["", "small call", "overhead", "10 MB down", "10 MB up", "ready", "1000 calls", "refreshes", "memory"];
  console.log(`\n${wide(heads)}`);
  for (const name of NAMES) {
    const { small, download, upload, thousand } = raw.rounds;
    const library = LIBRARIES.find((each) => each === name);
    console.log(
      wide([
        TITLES[name],
        `${median(small[name]).toFixed(2)} ms`,
        library ? `${raw.overhead[library].median.toFixed(2)} ms` : "",
        `${median(download[name]).toFixed(0)} ms`,
        `${median(upload[name]).toFixed(0)} ms`,
        library ? `${ready_ms[library].toFixed(0)} ms` : "",
        library ? `${thousand[name].ms.toFixed(0)} ms` : "",
        library ? String(thousand[name].refreshes) : "",
        `${memory_growth_bytes[name] >= 0 ? "+" : ""}${(memory_growth_bytes[name] / 1000).toFixed(0)} kB`,
      ]),
    );
  }
  console.log("\ngoals");
  for (const { what, met } of verdicts(results)) console.log(`  ${met ? "met   " : "MISSED"}  ${what}`);
}

export function verdicts(results: Results): { what: string; met: boolean }[] {
  const { page_gz_bytes: page, wasm_and_glue_gz_bytes: wasm, overhead_ms: overhead, raw } = results;
  const at = (what: string, met: boolean) => ({ what, met });
  const { worker, page: inPage } = raw.rounds.thousand;
  const refreshes = Math.max(worker.refreshes, inPage.refreshes);
  const answered = Math.min(worker.answered, inPage.answered);
  const growth = results.memory_growth_bytes;
  return [
    at(`page side ${page} bytes gzipped, under ${GOALS.pageGz}`, page < GOALS.pageGz),
    at(`wasm and glue ${wasm} bytes gzipped, under ${GOALS.wasmAndGlueGz}`, wasm < GOALS.wasmAndGlueGz),
    at(
      `a small call in worker mode costs ${overhead.worker} ms more, under ${GOALS.workerOverheadMs}`,
      overhead.worker < GOALS.workerOverheadMs,
    ),
    at(
      `a small call in page mode costs ${overhead.page} ms more, auth0-spa-js ${overhead.auth0}`,
      overhead.page <= overhead.auth0,
    ),
    ...(["worker", "page"] as const).flatMap((mode) => [
      at(
        `10 MB down, ${mode} mode: ${share(raw.download[mode])} of fetch`,
        raw.download[mode].median >= GOALS.transfer,
      ),
      at(`10 MB up, ${mode} mode: ${share(raw.upload[mode])} of fetch`, raw.upload[mode].median >= GOALS.transfer),
    ]),
    at(
      `1000 calls over an expired token: ${refreshes} refresh, ${answered} answered`,
      refreshes <= GOALS.refreshes && answered === 1000,
    ),
    ...(["worker", "page"] as const).map((mode) =>
      at(
        `memory in ${mode} mode ${(growth[mode] / 1000).toFixed(0)} kB more, fetch itself ${(growth.bare / 1000).toFixed(0)} kB`,
        growth[mode] - Math.max(0, growth.bare) < GOALS.memoryGrowth,
      ),
    ),
  ];
}

const share = ({ median: of, quartiles }: Spread) =>
  `${of.toFixed(2)} (quartiles ${quartiles.map((value) => value.toFixed(2)).join("–")}; at least ${GOALS.transfer})`;

const row = ([first = "", ...cells]: string[]) => first.padEnd(24) + cells.map((cell) => cell.padStart(10)).join("");
const wide = ([first = "", ...cells]: string[]) => first.padEnd(18) + cells.map((cell) => cell.padStart(12)).join("");

const rounded = (value: number) => Math.round(value * 1000) / 1000;

const each = <K extends string, V>(keys: readonly K[], of: (key: K) => V): Record<K, V> =>
  Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, V>;
