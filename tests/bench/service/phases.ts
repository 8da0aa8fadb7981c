// Two phases on the same stores: one in which no session is old enough to rotate, and one in which all are, because the
// Worker is configured with another window. In each of them all that is compared runs side by side.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pin } from "../harness/server-process.ts";
import type { RunningWorkerd } from "../harness/workerd.ts";
import { type BetterAuth, startBetterAuth } from "./better-auth/start.ts";
import { startFloor } from "./floor.ts";
import {
  type Besieged,
  getSession,
  type Mixed,
  mix,
  pass,
  passUnderSignIns,
  refreshAsleep,
  refreshRotating,
  refreshYoung,
  signIns,
  touchRows,
} from "./loads.ts";
import type { Turn } from "./measure.ts";
import type { Options } from "./options.ts";
import { type Loads, type Measured, type Turns, takeTurns } from "./rounds.ts";
import { startService, WINDOWS } from "./service.ts";
import { SIZES, type Size, type Stores } from "./stores.ts";

/** What is measured of refreshes, whether they rotate or not. */
interface Refreshes {
  floor: Turn;
  better_auth: Turn;
  refresh: Turn;
  small: Turn;
  middle: Turn;
  large: Turn;
  one_family: Turn;
  hundred_families: Turn;
}

export interface Young extends Refreshes {
  sign_in: Turn;
  strict: Turn;
  gate: Turn;
  gate_under_sign_ins: Besieged;
  mixed: Mixed;
}

export interface Rotating extends Refreshes {
  asleep: Turn;
}

interface Servers {
  service: Record<Size, RunningWorkerd>;
  floor: RunningWorkerd;
  betterAuth: BetterAuth;
}

/** A gate that has nothing else to do takes four times as many requests in a turn of the same length. */
const GATE_REQUESTS = 4;

/** What 16 sign-ins at once take of a turn: so many times their number. */
const SIGN_INS = 2;

export interface Phases {
  young: Turns<Young>;
  rotating: Turns<Rotating>;
  /** Whether the servers had one core and the load another. */
  pinned: boolean;
}

export class Bench {
  readonly #dir: string;
  readonly #options: Options;
  readonly #stores: Stores;
  readonly #say: (what: string) => void;

  constructor(dir: string, options: Options, stores: Stores, say: (what: string) => void) {
    this.#dir = dir;
    this.#options = options;
    this.#stores = stores;
    this.#say = say;
  }

  async run(): Promise<Phases> {
    const young = await this.#phase("young", (servers) => this.#young(servers));
    const rotating = await this.#phase("rotating", (servers) => this.#rotating(servers));
    return { young: young.turns, rotating: rotating.turns, pinned: young.pinned && rotating.pinned };
  }

  async #phase<T extends Measured<T>>(
    phase: keyof typeof WINDOWS,
    loadsOf: (servers: Servers) => Loads<T>,
  ): Promise<{ turns: Turns<T>; pinned: boolean }> {
    const running: { pid: number; stop(): Promise<void> }[] = [];
    const started = async <S extends { pid: number; stop(): Promise<void> }>(server: Promise<S>): Promise<S> => {
      running.push(await server);
      return server;
    };
    try {
      const { worker, rounds } = this.#options;
      const dir = join(this.#dir, phase);
      await mkdir(dir, { recursive: true });
      const service = {} as Servers["service"];
      for (const size of SIZES)
        service[size] = await started(startService(join(this.#dir, size), worker, WINDOWS[phase]));
      const floor = await started(startFloor(join(dir, "floor"), worker));
      const users = this.#stores.middle.groups.spread.count;
      const updateAge = phase === "rotating" ? 0 : 86_400;
      const betterAuth = await started(startBetterAuth(join(dir, "better-auth.sqlite"), users, updateAge));
      // The servers, of which one works at a time, on one core, the load on another.
      const pinned = [await pin(process.pid, 1), ...(await Promise.all(running.map(({ pid }) => pin(pid, 0))))];
      const turns = await takeTurns(loadsOf({ service, floor, betterAuth }), rounds, (round) => {
        this.#say(round === 0 ? `Sessions that are ${phase}: warming up.` : `${phase}: round ${round} of ${rounds}`);
      });
      return { turns, pinned: pinned.every(Boolean) };
    } finally {
      for (const server of running) await server.stop();
    }
  }

  #young({ service, floor, betterAuth }: Servers): Loads<Young> {
    const { small, middle, large } = this.#stores;
    const { requests } = this.#options;
    const { active, spread, single, crowded } = middle.groups;
    return {
      floor: () => touchRows(floor, spread.count, requests, "read"),
      refresh: () => refreshYoung(service.middle, spread, requests),
      better_auth: () => getSession(betterAuth, requests, false),
      small: () => refreshYoung(service.small, small.groups.active, requests),
      large: () => refreshYoung(service.large, large.groups.active, requests),
      middle: () => refreshYoung(service.middle, active, requests),
      one_family: () => refreshYoung(service.middle, single, requests),
      hundred_families: () => refreshYoung(service.middle, crowded, requests),
      sign_in: () => signIns(service.middle, middle.guests, middle.guests.length * SIGN_INS),
      strict: () => pass(service.middle, spread, requests, "strict"),
      gate: () => pass(service.middle, single, requests * GATE_REQUESTS, "gate"),
      gate_under_sign_ins: () => passUnderSignIns(service.middle, single, middle.guests, requests * GATE_REQUESTS),
      mixed: () => mix(service.middle, spread, middle.guests, requests * GATE_REQUESTS),
    };
  }

  #rotating({ service, floor, betterAuth }: Servers): Loads<Rotating> {
    const { small, middle, large } = this.#stores;
    const { requests, rounds } = this.#options;
    const { active, spread, single, crowded } = middle.groups;
    // Each round wakes others, and who was woken isn't needed again.
    const sleeping = large.groups.rest.parts(rounds + 1).values();
    return {
      floor: () => touchRows(floor, spread.count, requests, "write"),
      refresh: () => refreshRotating(service.middle, spread, requests),
      better_auth: () => getSession(betterAuth, requests, true),
      small: () => refreshRotating(service.small, small.groups.active, requests),
      large: () => refreshRotating(service.large, large.groups.active, requests),
      middle: () => refreshRotating(service.middle, active, requests),
      one_family: () => refreshRotating(service.middle, single, requests),
      hundred_families: () => refreshRotating(service.middle, crowded, requests),
      asleep: () => refreshAsleep(service.large, sleeping.next().value, requests),
    };
  }
}
