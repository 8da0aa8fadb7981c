// What the rounds say: a table for people, a file for programs.
import { median, type Spread, spread } from "../harness/statistics.ts";
import { CANDIDATES, type CandidateName } from "./candidates.ts";
import type { Slice } from "./measure.ts";
import type { Memory } from "./memory.ts";
import { LOADS, type LoadName, type Slices } from "./rounds.ts";

/** What is asked of the gate. */
const GOALS = {
  warm: { vs_hono_jose: 1.4, vs_floor: 0.82 },
  mixed: {},
  cold: { vs_hono_jose: 1.0 },
  workerGzBytes: 480_000,
} as const;

const RIVALS = ["hono_jose", "copy", "floor"] as const;

/** Requests per second of the gate for each of the other. */
interface Ratios {
  vs_hono_jose: number;
  vs_copy: number;
  vs_floor: number;
}

interface Particulars {
  pinned: boolean;
  fewHeaders: boolean;
  workerGzBytes: number;
  memory?: Memory;
}

export type Results = Record<LoadName, Ratios> & {
  worker_gz_bytes: number;
  raw: {
    pinned: boolean;
    fewHeaders: boolean;
    /** Medians of each figure, then the slices themselves. */
    loads: Record<LoadName, Record<CandidateName, { medians: Slice; rounds: Slice[] }>>;
    /** Gate against the other, round by round: by requests per second, and by CPU time (how often it fits into the other's). */
    ratios: Record<LoadName, Record<keyof Ratios, { requests: Spread; cpu: Spread }>>;
    memory?: Memory;
  };
};

export function summary(slices: Slices, { pinned, fewHeaders, workerGzBytes, memory }: Particulars): Results {
  const ratios = each(LOADS, (load) => ({
    vs_hono_jose: compare(slices[load].gate, slices[load].hono_jose),
    vs_copy: compare(slices[load].gate, slices[load].copy),
    vs_floor: compare(slices[load].gate, slices[load].floor),
  }));
  const headline = (load: LoadName) => ({
    vs_hono_jose: rounded(ratios[load].vs_hono_jose.requests.median),
    vs_copy: rounded(ratios[load].vs_copy.requests.median),
    vs_floor: rounded(ratios[load].vs_floor.requests.median),
  });
  const loads = each(LOADS, (load) =>
    each(CANDIDATES, (name) => ({
      medians: medians(slices[load][name]),
      rounds: slices[load][name],
    })),
  );
  return {
    ...each(LOADS, headline),
    worker_gz_bytes: workerGzBytes,
    raw: { pinned, fewHeaders, loads, ratios, ...(memory ? { memory } : {}) },
  };
}

function compare(ours: Slice[], theirs: Slice[]) {
  const perRound = (ratio: (our: Slice, their: Slice) => number) =>
    spread(ours.map((our, round) => ratio(our, theirs[round] as Slice)));
  return {
    requests: perRound((our, their) => our.requestsPerSecond / their.requestsPerSecond),
    cpu: perRound((our, their) => their.cpu / our.cpu),
  };
}

export function showResults({ raw: { loads, ratios, pinned }, worker_gz_bytes }: Results): void {
  console.log(row(["", "", "requests/s", "CPU µs", "p50 µs", "p99 µs", "memory MB", "core share"]));
  for (const load of LOADS)
    for (const [name, { medians: of }] of Object.entries(loads[load])) {
      const figures = [of.requestsPerSecond, of.cpu, of.p50, of.p99, of.memory / 1e6].map((value) => value.toFixed(0));
      console.log(row([load, name, ...figures, of.serverShare.toFixed(2)]));
    }
  console.log(`\n${row(["gate", "against", "requests/s", "quartiles", "CPU time", "quartiles", "goal"])}`);
  for (const load of LOADS)
    for (const rival of RIVALS) {
      const { requests, cpu } = ratios[load][`vs_${rival}`];
      const goal: number | undefined = (GOALS[load] as Partial<Ratios>)[`vs_${rival}`];
      const verdict = goal === undefined ? "" : `${goal} ${requests.median >= goal ? "met" : "missed"}`;
      console.log(row([load, rival, ...shown(requests), ...shown(cpu), verdict]));
    }
  const slices = LOADS.flatMap((load) => Object.values(loads[load]).map(({ medians: of }) => of));
  const generator = median(slices.map(({ generatorCpu }) => generatorCpu));
  console.log(`
Worker: ${(worker_gz_bytes / 1000).toFixed(1)} kB gzipped (goal: under ${GOALS.workerGzBytes / 1000}).
Load generator: ${generator.toFixed(0)} µs of CPU per request, so ${(1e6 / generator).toFixed(0)} requests/s at most${pinned ? ", on a core of its own" : " (nothing was pinned to a core)"}.
Core share: below about 0.9 something else was using the server's core; CPU time is then the better figure.`);
}

const shown = ({ median, quartiles }: Spread) => [
  median.toFixed(2),
  quartiles.map((value) => value.toFixed(2)).join("–"),
];

const WIDTHS = [6, 10, 11, 11, 11, 11, 11, 11];
const row = (cells: string[]) =>
  cells.map((cell, at) => (at < 2 ? cell.padEnd(WIDTHS[at] ?? 0) : cell.padStart(WIDTHS[at] ?? 0))).join(" ");

function medians(slices: Slice[]): Slice {
  const of = (figure: keyof Slice) => median(slices.map((slice) => slice[figure]));
  return each(["requestsPerSecond", "cpu", "p50", "p99", "memory", "serverShare", "generatorCpu"] as const, of);
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

const each = <K extends string, V>(keys: readonly K[], of: (key: K) => V): Record<K, V> =>
  Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, V>;
