// What a kind of token is: how one is made, who accepts it, and by which check ours is refused.
import type { Draft } from "../draft.ts";
import type { Random } from "../random.ts";
import type { PolicyName } from "../world.ts";

export interface Kind {
  /** The number of the check it belongs to. */
  check: string;
  name: string;
  /** `jose`: jose accepts and we refuse. `some`: chance decides, and jose may accept what we refuse. Never we alone. */
  accepted: "both" | "neither" | "jose" | "some";
  /** The checks by which ours refuses; with `some`, those by which it may refuse what jose accepts. */
  refusals: readonly string[];
  policies: readonly PolicyName[];
  /** How often it is drawn, compared with the others. */
  weight: number;
  /** Changes the draft, which is then signed; or gives the whole token. */
  make: Make;
}

// biome-ignore lint/suspicious/noConfusingVoidType: most change the draft and give nothing
export type Make = (draft: Draft, random: Random) => string | void;
export type Options = Partial<Pick<Kind, "policies" | "weight">>;

const COMMON: readonly PolicyName[] = ["plain", "wide"];

function kind(accepted: Kind["accepted"]) {
  return (check: string, name: string, refusals: string | string[], make: Make, options: Options = {}): Kind => ({
    ...{ check, name, accepted, make, policies: COMMON, weight: 1 },
    ...{ refusals: typeof refusals === "string" ? [refusals] : refusals },
    ...options,
  });
}

export const neither = kind("neither");
export const joseOnly = kind("jose");
export const some = kind("some");
export const both = (check: string, name: string, make: Make, options: Options = {}): Kind =>
  kind("both")(check, name, [], make, options);
