// Candidates take turns: in every round each gets each load once, in an order that changes from round to round. What
// disturbs one then disturbs its neighbours too, and ratios are taken within a round.
import type { RunningWorkerd } from "../harness/workerd.ts";
import type { CandidateName } from "./candidates.ts";
import { measure, type Slice } from "./measure.ts";
import type { Requests } from "./requests.ts";
import type { Mint } from "./tokens.ts";

/** `warm`: one token. `mixed`: a thousand. `cold`: a new one for each request. */
export const LOADS = ["warm", "mixed", "cold"] as const;
export type LoadName = (typeof LOADS)[number];

export const MIXED_TOKENS = 1000;

/** Requests before each turn that aren't counted: connections, caches and branch predictors. */
const WARM_UP = 200;

/** The slices of each candidate under each load, one per round. */
export type Slices = Record<LoadName, Record<CandidateName, Slice[]>>;

export class Rounds {
  readonly slices: Slices = { warm: none(), mixed: none(), cold: none() };
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async run(
    servers: Map<CandidateName, RunningWorkerd>,
    mint: Mint,
    { round, count, counted }: { round: number; count: number; counted: boolean },
  ): Promise<void> {
    const order = rotated([...servers], round);
    for (const load of LOADS) {
      const { warmUp, requests } = requestsOf(load, mint, count, this.#requests);
      for (const [name, server] of order) {
        const slice = await measure(server, warmUp, requests, count);
        if (counted) this.slices[load][name].push(slice);
      }
    }
  }
}

/** The same tokens for every candidate, signed before it is their turn. */
function requestsOf(load: LoadName, mint: Mint, count: number, of: Requests) {
  const distinct = { warm: 1, mixed: MIXED_TOKENS, cold: count }[load];
  const requests = mint.tokens(distinct).map(of);
  switch (load) {
    case "warm":
      return { requests, warmUp: Array.from({ length: WARM_UP }, () => requests[0] as Buffer) };
    case "mixed":
      return { requests, warmUp: requests };
    case "cold":
      return { requests, warmUp: mint.tokens(WARM_UP).map(of) };
  }
}

const none = (): Record<CandidateName, Slice[]> => ({ floor: [], copy: [], hono_jose: [], gate: [] });

const rotated = <T>(items: T[], by: number): T[] => items.map((_, at) => items[(at + by) % items.length] as T);
