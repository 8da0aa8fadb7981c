// What the turns say, as figures for programs.
import { median, type Spread, spread } from "../harness/statistics.ts";
import { KINDS, type Kind } from "./loads.ts";
import type { Turn } from "./measure.ts";
import type { Phases, Rotating, Young } from "./phases.ts";
import type { Measured, Turns } from "./rounds.ts";

export interface Particulars {
  /** Accounts of the stores, from the smallest to the largest. */
  accounts: [small: number, middle: number, large: number];
  rounds: number;
  requests: number;
}

/** The median of each figure, then the turns themselves. */
export type Medians<T extends Measured<T>> = { [Name in keyof T]: { medians: Turn; rounds: T[Name][] } };

/** One load by another, round by round. Latencies and CPU time: how much more the first takes; requests: how many more it does. */
export interface Ratio {
  perSecond: Spread;
  cpu: Spread;
  p50: Spread;
}

export interface Results {
  /** Refreshes per second that don't rotate, and that do. */
  refresh_young_per_s: number;
  refresh_rotating_per_s: number;
  /** In milliseconds, with 8 clients. */
  refresh_rotating_p99_ms: number;
  /** The median latency with 10,000 accounts in the store for that with 10, the larger of both kinds. */
  growth_10_to_10000: number;
  /** Requests per second through the gate while sign-ins take all they get, for those alone. */
  gate_share_under_sign_ins: number;
  /** Refreshes per second that rotate, for sessions that better-auth renews. */
  vs_better_auth: number;
  /** Refreshes per second that don't, for sessions that better-auth reads. */
  vs_better_auth_young: number;
  raw: Particulars & {
    pinned: boolean;
    young: Medians<Young>;
    rotating: Medians<Rotating>;
    ratios: Ratios;
  };
}

export interface Ratios {
  young: Compared;
  rotating: Compared & { asleep_to_awake: Ratio };
  gate_under_sign_ins: Ratio;
  /** CPU time of the mixed load for what its parts take alone. */
  mixed_to_parts: Spread;
}

interface Compared {
  vs_better_auth: Ratio;
  vs_floor: Ratio;
  /** The largest store to the smallest, and the middle one to it. */
  growth: Ratio;
  growth_to_middle: Ratio;
  /** A hundred families in an account to one. */
  families: Ratio;
}

export function summary({ young, rotating, pinned }: Phases, particulars: Particulars): Results {
  const ratios: Ratios = {
    young: compared(young),
    rotating: { ...compared(rotating), asleep_to_awake: ratio(rotating.asleep, rotating.refresh) },
    gate_under_sign_ins: ratio(young.gate_under_sign_ins, young.gate),
    mixed_to_parts: mixedToParts(young),
  };
  const growth = Math.max(ratios.young.growth.p50.median, ratios.rotating.growth.p50.median);
  return {
    refresh_young_per_s: Math.round(medians(young.refresh).perSecond),
    refresh_rotating_per_s: Math.round(medians(rotating.refresh).perSecond),
    refresh_rotating_p99_ms: rounded(medians(rotating.refresh).p99 / 1000),
    growth_10_to_10000: rounded(growth),
    gate_share_under_sign_ins: rounded(ratios.gate_under_sign_ins.perSecond.median),
    vs_better_auth: rounded(ratios.rotating.vs_better_auth.perSecond.median),
    vs_better_auth_young: rounded(ratios.young.vs_better_auth.perSecond.median),
    raw: { ...particulars, pinned, young: withMedians(young), rotating: withMedians(rotating), ratios },
  };
}

type Refreshes = Turns<Pick<Rotating, "floor" | "better_auth" | "refresh" | "small" | "middle" | "large">> &
  Turns<Pick<Rotating, "one_family" | "hundred_families">>;

const compared = (turns: Refreshes): Compared => ({
  vs_better_auth: ratio(turns.refresh, turns.better_auth),
  vs_floor: ratio(turns.refresh, turns.floor),
  growth: ratio(turns.large, turns.small),
  growth_to_middle: ratio(turns.middle, turns.small),
  families: ratio(turns.hundred_families, turns.one_family),
});

function ratio(ours: Turn[], theirs: Turn[]): Ratio {
  const of = (figure: "perSecond" | "cpu" | "p50") =>
    spread(ours.map((our, round) => our[figure] / (theirs[round] as Turn)[figure]));
  return { perSecond: of("perSecond"), cpu: of("cpu"), p50: of("p50") };
}

function mixedToParts(young: Turns<Young>): Spread {
  const alone: Record<Kind, Turn[]> = { ...young, sign_in: young.sign_in, refresh: young.refresh };
  return spread(
    young.mixed.map((mixed, round) => {
      const parts = KINDS.map((kind) => mixed.kinds[kind].requests * (alone[kind][round] as Turn).cpu);
      return (mixed.cpu * mixed.requests) / parts.reduce((sum, part) => sum + part, 0);
    }),
  );
}

function withMedians<T extends Measured<T>>(turns: Turns<T>): Medians<T> {
  const names = Object.keys(turns) as (keyof T)[];
  return Object.fromEntries(
    names.map((name) => [name, { medians: medians(turns[name]), rounds: turns[name] }]),
  ) as unknown as Medians<T>;
}

function medians(turns: Turn[]): Turn {
  const of = (figure: keyof Turn) => median(turns.map((turn) => turn[figure]));
  return {
    requests: of("requests"),
    perSecond: of("perSecond"),
    cpu: of("cpu"),
    p50: of("p50"),
    p99: of("p99"),
    serverShare: of("serverShare"),
    generatorCpu: of("generatorCpu"),
  };
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;
