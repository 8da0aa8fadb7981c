// The whole verifier, compiled natively, beside jose under the same policies: more than 100,000 tokens a run, most of
// them correctly signed and wrong in exactly one way. What we accept, jose accepts. Who accepts what is said for every
// kind of token, so that the kinds named `jose` are the complete list of what jose accepts and we refuse.
//   LATCHKEY_SEED: makes the same choices again (keys and ECDSA's own randomness are new). LATCHKEY_TOKENS: how many.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Draft } from "./draft.ts";
import { type Case, joseJudge, nativeJudge } from "./judges.ts";
import { CHANCE } from "./kinds/chance.ts";
import { CLAIMS } from "./kinds/claims.ts";
import { ENCODING } from "./kinds/encoding.ts";
import { HEADER } from "./kinds/header.ts";
import { JSONS } from "./kinds/json.ts";
import type { Kind } from "./kinds/kind.ts";
import { RIGHT } from "./kinds/right.ts";
import { SIGNATURES } from "./kinds/signatures.ts";
import { Random } from "./random.ts";
import { makeWorld } from "./world.ts";

const SEED = Number(process.env.LATCHKEY_SEED ?? Date.now() % 2 ** 32);
const TOKENS = Number(process.env.LATCHKEY_TOKENS ?? 102_000);
const AT_ONCE = 2_000;

const KINDS: Kind[] = [...RIGHT, ...HEADER, ...CLAIMS, ...JSONS, ...ENCODING, ...SIGNATURES, ...CHANCE];

/** What became of the tokens of one kind. */
interface Count {
  both: number;
  neither: number;
  /** By the check that refused ours. */
  joseOnly: Map<string, number>;
  refusals: Set<string>;
  /** The first token that contradicts the kind. */
  wrong: string | undefined;
}

const counts: Count[] = KINDS.map(() => ({
  both: 0,
  neither: 0,
  joseOnly: new Map(),
  refusals: new Set(),
  wrong: undefined,
}));
const world = makeWorld();

before(
  async () => {
    const start = performance.now();
    const cases: Case[] = [];
    const joseAccepts: boolean[] = [];
    const jose = joseJudge(world);
    const draw = drawing(new Random(SEED));
    const native = nativeJudge(world);
    try {
      while (cases.length < TOKENS) {
        const batch = Array.from({ length: AT_ONCE }, draw);
        await native.give(batch);
        joseAccepts.push(...(await Promise.all(batch.map(jose))));
        cases.push(...batch);
      }
      const verdicts = await native.end();
      assert.equal(verdicts.length, cases.length, "the native judge answered everything");
      cases.forEach((one, i) => {
        note(one, verdicts[i] ?? "", joseAccepts[i] ?? false);
      });
    } finally {
      native.stop();
    }
    report(cases.length, (performance.now() - start) / 1000);
  },
  { timeout: 1_200_000 },
);

/** Every kind once, then by weight. */
function drawing(random: Random): () => Case {
  const weighted = KINDS.flatMap(({ weight }, kind) => Array<number>(Math.max(1, Math.round(weight * 20))).fill(kind));
  let drawn = 0;
  return () => {
    const kind = drawn < KINDS.length ? drawn : random.pick(weighted);
    drawn += 1;
    const { policies, make } = KINDS[kind] as Kind;
    const policy = random.pick(policies);
    const draft = new Draft(world, random, policy);
    return { kind, policy, token: make(draft, random) ?? draft.token() };
  };
}

function note({ kind, token, policy }: Case, verdict: string, jose: boolean): void {
  const count = counts[kind] as Count;
  const { accepted, refusals } = KINDS[kind] as Kind;
  const ours = verdict === "accepted";
  if (!ours) count.refusals.add(verdict);
  if (ours && jose) count.both += 1;
  else if (!ours && !jose) count.neither += 1;
  else if (jose) count.joseOnly.set(verdict, (count.joseOnly.get(verdict) ?? 0) + 1);
  const who = ours ? (jose ? "both" : "we alone") : jose ? "jose" : "neither";
  const fits =
    accepted === "some"
      ? who !== "we alone" && (who !== "jose" || refusals.includes(verdict))
      : who === accepted && (ours || refusals.includes(verdict));
  if (!fits) count.wrong ??= `accepted by ${who}; ours says ${verdict}; policy ${policy}: ${token.slice(0, 4000)}`;
}

const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);

function report(tokens: number, seconds: number): void {
  const joseOnly = counts.map((count) => sum([...count.joseOnly.values()]));
  const total = (of: (count: Count) => number) => sum(counts.map(of));
  console.log(`seed ${SEED}: ${tokens} tokens of ${KINDS.length} kinds in ${seconds.toFixed(1)} s`);
  console.log(
    `  both accept ${total(({ both }) => both)}, neither ${total(({ neither }) => neither)}, jose alone ${sum(joseOnly)}:`,
  );
  KINDS.forEach(({ check, name }, i) => {
    const by = [...(counts[i] as Count).joseOnly].map(([refusal, n]) => `${refusal} ${n}`);
    if (by.length > 0) console.log(`  ${String(joseOnly[i]).padStart(6)}  check ${check}: ${name} (${by.join(", ")})`);
  });
}

describe("what we accept, jose accepts", () => {
  KINDS.forEach(({ check, name, accepted }, i) => {
    const who = { both: "both accept", neither: "neither accepts", jose: "only jose accepts", some: "we never alone" }[
      accepted
    ];
    test(`check_${check} check_17 ${name}: ${who}`, () => {
      const { wrong, both, neither, joseOnly } = counts[i] as Count;
      assert.equal(wrong, undefined);
      assert.ok(both + neither + joseOnly.size > 0, "some were made");
    });
  });

  test("check_17 enough tokens, right and wrong", () => {
    const total = (of: (count: Count) => number) => sum(counts.map(of));
    assert.ok(total(({ both, neither, joseOnly }) => both + neither + sum([...joseOnly.values()])) >= TOKENS);
    assert.ok(total(({ both }) => both) > TOKENS / 20, "right ones");
  });
});
