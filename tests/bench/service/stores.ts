// The three stores. The same ten accounts with a hundred sessions each stand in all of them, so that what is measured
// with them differs by nothing but by what stands beside them.
import { ACTIVE, fill, MOST_SESSIONS, type Plan, type Store } from "./store.ts";

export interface Stores {
  small: Store<"active">;
  /**
   * `spread`: one session per account, as most people have. `single` and `crowded`: accounts with one session and with
   * a hundred, of which one is used.
   */
  middle: Store<"active" | "spread" | "single" | "crowded">;
  /** `rest`: all other users, one session each. */
  large: Store<"active" | "rest">;
}

export const SIZES = ["small", "middle", "large"] as const;
export type Size = (typeof SIZES)[number];

/** Accounts of each store, but for the few that only sign in. */
export const sizes = (largest: number): Record<Size, number> => ({
  small: ACTIVE,
  middle: Math.floor(largest / 10),
  large: largest,
});

export async function fillStores(
  dirOf: (size: Size) => string,
  { worker, accounts }: { worker: string; accounts: number },
  say: (what: string) => void,
): Promise<Stores> {
  const { middle, large } = sizes(accounts);
  const tenth = Math.floor(middle / 10);
  const active = { accounts: ACTIVE, sessions: MOST_SESSIONS };
  const into = async <Group extends string>(size: Size, plan: Plan<Group>) => {
    say(`Filling a store with ${sizes(accounts)[size]} accounts.`);
    return fill(dirOf(size), worker, plan);
  };
  const stores: Stores = {
    small: await into("small", { active }),
    middle: await into("middle", {
      active,
      crowded: { accounts: tenth, sessions: MOST_SESSIONS },
      single: { accounts: tenth, sessions: 1 },
      spread: { accounts: middle - ACTIVE - 2 * tenth, sessions: 1 },
    }),
    large: await into("large", { active, rest: { accounts: large - ACTIVE, sessions: 1 } }),
  };
  const { groups } = stores.middle;
  groups.crowded = groups.crowded.every(MOST_SESSIONS);
  return stores;
}
