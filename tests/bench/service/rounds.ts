// Loads take turns: each of them once in every round, in an order that changes from round to round. What disturbs one
// then disturbs its neighbours too, and ratios are taken within a round.
import type { Turn } from "./measure.ts";

/** The results of some loads, by their names. */
export type Measured<T> = { [Name in keyof T]: Turn };

/** What runs once in a round. */
export type Loads<T extends Measured<T>> = { [Name in keyof T]: () => Promise<T[Name]> };

/** The turns of each load, one per round. */
export type Turns<T extends Measured<T>> = { [Name in keyof T]: T[Name][] };

/** @param say Told of each round that begins. */
export async function takeTurns<T extends Measured<T>>(
  loads: Loads<T>,
  rounds: number,
  say: (round: number) => void,
): Promise<Turns<T>> {
  const names = Object.keys(loads) as (keyof T)[];
  const turns = Object.fromEntries(names.map((name) => [name, []])) as unknown as Turns<T>;
  for (let round = 0; round <= rounds; round++) {
    say(round);
    for (const [at] of names.entries()) {
      const name = names[(at + round) % names.length] as keyof T;
      const turn = await loads[name]().catch((error: unknown) => {
        throw new Error(`${String(name)}: ${(error as Error).message}`, { cause: error });
      });
      // The first round is for the compilers in V8, and isn't counted.
      if (round > 0) turns[name].push(turn);
    }
  }
  return turns;
}
