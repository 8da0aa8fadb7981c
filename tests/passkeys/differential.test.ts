// The verifier of passkeys, compiled natively, beside two others: @simplewebauthn/server, and webauthn-rs, which is
// asked only if LATCHKEY_WEBAUTHN_RS is set, because it has to be built (20 crates more than the rest of the tests).
// Most ceremonies are correctly signed and wrong in one way. Each kind states who accepts it, so that the kinds that
// name one but not all of them are the complete list of differences.
//   LATCHKEY_SEED: makes the same choices again (keys and ECDSA's randomness are new). LATCHKEY_CEREMONIES: how many.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Random } from "../verifier/random.ts";
import { AGREED } from "./agreed.ts";
import { DIFFERING } from "./differing.ts";
import { ALGORITHMS, type Algorithm, type Case, Draft } from "./draft.ts";
import { ours, simpleWebAuthn, webauthnRs } from "./judges.ts";
import type { Kind, Who } from "./kind.ts";

const KINDS: Kind[] = [...AGREED, ...DIFFERING];

const SEED = Number(process.env.LATCHKEY_SEED ?? Date.now() % 2 ** 32);
const CEREMONIES = Number(process.env.LATCHKEY_CEREMONIES ?? 1_500);
const JUDGES: Who[] = process.env.LATCHKEY_WEBAUTHN_RS ? ["ours", "simple", "rs"] : ["ours", "simple"];

/** What became of the ceremonies of one kind. */
interface Count {
  /** How many were accepted by whom. */
  by: Map<string, number>;
  refusals: Map<string, number>;
  /** The first ceremony that contradicts the kind. */
  wrong: string | undefined;
}

const counts: Count[] = KINDS.map(() => ({ by: new Map(), refusals: new Map(), wrong: undefined }));

before(
  async () => {
    const start = performance.now();
    const random = new Random(SEED);
    const drawn = draw(random);
    const cases = drawn.map(({ one }) => one);
    const verdicts = new Map<Who, string[]>();
    const judges = { ours: () => ours, simple: () => simpleWebAuthn, rs: webauthnRs };
    for (const who of JUDGES) verdicts.set(who, await judges[who]()(cases));
    drawn.forEach(({ kind, algorithm, one }, i) => {
      // webauthn-rs supports no Ed25519.
      const asked = JUDGES.filter((who) => who !== "rs" || algorithm !== "EdDSA");
      note(kind, one, new Map(asked.map((who) => [who, verdicts.get(who)?.[i] ?? ""])));
    });
    report(cases.length, (performance.now() - start) / 1000);
  },
  { timeout: 1_200_000 },
);

/** Every kind once for each algorithm, then by weight. */
function draw(random: Random): { kind: number; algorithm: Algorithm; one: Case }[] {
  const weighted = KINDS.flatMap(({ weight }, kind) => Array<number>(weight).fill(kind));
  return Array.from({ length: CEREMONIES }, (_, i) => {
    const kind = i < KINDS.length * ALGORITHMS.length ? i % KINDS.length : random.pick(weighted);
    const algorithm = ALGORITHMS[Math.floor(i / KINDS.length)] ?? random.pick(ALGORITHMS);
    const draft = new Draft(random, algorithm);
    (KINDS[kind] as Kind).make(draft, random);
    return { kind, algorithm, one: draft.case() };
  });
}

function note(kind: number, one: Case, verdicts: Map<Who, string>): void {
  const { accepted, refusals } = KINDS[kind] as Kind;
  const count = counts[kind] as Count;
  const asked = [...verdicts.keys()];
  const by = asked.filter((who) => verdicts.get(who) === "accepted");
  const refusal = verdicts.get("ours") ?? "";
  const names = by.length === asked.length ? "all" : by.join(" and ") || "none";
  count.by.set(names, (count.by.get(names) ?? 0) + 1);
  if (refusal !== "accepted") count.refusals.set(refusal, (count.refusals.get(refusal) ?? 0) + 1);
  const fits =
    accepted === "some"
      ? by.length === asked.length || (!by.includes("ours") && (by.length === 0 || refusals.includes(refusal)))
      : asked.every((who) => by.includes(who) === accepted.includes(who)) &&
        (by.includes("ours") || refusals.includes(refusal));
  if (!fits) count.wrong ??= `${JSON.stringify([...verdicts])}: ${JSON.stringify(one).slice(0, 4000)}`;
}

const listed = (of: Map<string, number>) => [...of].map(([name, n]) => `${name} ${n}`).join(", ");

function report(ceremonies: number, seconds: number): void {
  const total = new Map<string, number>();
  for (const { by } of counts) for (const [names, n] of by) total.set(names, (total.get(names) ?? 0) + n);
  console.log(`seed ${SEED}: ${ceremonies} ceremonies of ${KINDS.length} kinds in ${seconds.toFixed(1)} s`);
  console.log(`  judges: ${JUDGES.join(", ")}; accepted by ${listed(total)}`);
  KINDS.forEach(({ name, because }, i) => {
    const { by, refusals } = counts[i] as Count;
    if (because === undefined) return;
    console.log(`  ${name}: accepted by ${listed(by)}; ours: ${listed(refusals)}\n      ${because}`);
  });
}

describe("ceremonies", () => {
  KINDS.forEach(({ name, accepted }, i) => {
    const who = accepted === "some" ? "we never alone" : accepted.join(", ") || "none";
    test(`${name}: accepted by ${who}`, () => {
      const { wrong, by } = counts[i] as Count;
      assert.equal(wrong, undefined);
      assert.ok(by.size > 0, "some were made");
    });
  });
});
