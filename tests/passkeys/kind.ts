// What a kind of ceremonies is: how one is made, who accepts it, and by which check ours refuses it.
import type { Random } from "../verifier/random.ts";
import type { Draft, Part } from "./draft.ts";

export type Who = "ours" | "simple" | "rs";

export interface Kind {
  name: string;
  /** Who accepts it. `some`: chance decides; what we accept, all others accept. */
  accepted: readonly Who[] | "some";
  /** The checks by which ours refuses it; with `some`, those by which it may refuse what another accepts. */
  refusals: readonly string[];
  /** Why the judges differ; undefined if they agree. */
  because: string | undefined;
  /** How often it is drawn, compared with the others. */
  weight: number;
  make: Make;
}

export type Make = (draft: Draft, random: Random) => void;
/** Changes one of the two ceremonies. */
export type Change = (part: Part, draft: Draft, random: Random) => void;

/** All judges accept it. */
export const right = (name: string, make: Make): Kind => ({
  ...{ name, accepted: ["ours", "simple", "rs"], refusals: [], because: undefined, weight: 2, make },
});

/** No judge accepts it. */
export const wrong = (name: string, refusal: string, make: Make): Kind => ({
  ...{ name, accepted: [], refusals: [refusal], because: undefined, weight: 1, make },
});

/** We refuse it, and another judge does not. */
export const differs = (
  name: string,
  refusal: string,
  accepted: readonly Who[],
  because: string,
  make: Make,
): Kind => ({
  ...{ name, accepted, refusals: [refusal], because, weight: 1, make },
});

/** Chance decides. */
export const some = (name: string, refusals: readonly string[], because: string, make: Make): Kind => ({
  ...{ name, accepted: "some", refusals, because, weight: 20, make },
});

/** The registration, which is then judged alone. */
export function creation(draft: Draft): Part {
  draft.used = undefined;
  return draft.created;
}

export function use(draft: Draft): Part {
  if (draft.used === undefined) throw new Error("The draft has no use.");
  return draft.used;
}

/** The same change of a registration and of a use: two kinds. */
export const both = <T>(change: Change, kind: (which: string, make: Make, index: 0 | 1) => T): T[] => [
  kind("a registration", (draft, random) => change(creation(draft), draft, random), 0),
  kind("a use", (draft, random) => change(use(draft), draft, random), 1),
];

/** What a registration registers. */
export function credential(draft: Draft): NonNullable<Part["credential"]> {
  const { credential: own } = creation(draft);
  if (own === undefined) throw new Error("The registration has no credential.");
  return own;
}
