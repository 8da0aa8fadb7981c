// Check 21 in the worst case: the copy of the list is warm, and as old as its bound allows. A bound states
// until when a request may still be admitted, so the test measures when the last admitted request was sent.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ask } from "../../harness/http.ts";
import { STEP_LIMIT, until } from "../../harness/until.ts";
import { post } from "../../harness/visitor.ts";
import { fromOurPage, person, startWorld, type World } from "./world.ts";

/**
 * The tolerance in milliseconds: both clocks are this machine's, but one is read before and one after a
 * wake-up.
 */
const SLACK = 20;

/** Requests start again this many milliseconds before the copy's age would reach the bound. */
const LAST_MOMENT = 40;

/** How long a route with the bound `none` is watched, in milliseconds. */
const WATCHED = 6_000;

const FIGURES = fileURLToPath(new URL("../../../target/test/revocation-bounds.json", import.meta.url));

interface Round {
  /**
   * How the copy was kept: renewed by requests all the time, or left unused until just before it is too old.
   */
  before: "hammered" | "quiet";
  /**
   * When the last admitted request was sent, in milliseconds after the revocation's 204; negative if before
   * it.
   */
  lastAllowed: number;
  /** When the first rejection had arrived. */
  firstRefusal: number | null;
}

export function bounds(): void {
  describe("revocation bounds with a warm copy", { concurrency: true }, () => {
    const table: Record<string, { bound: number | null; rounds: Round[] }> = {};
    after(async () => {
      await mkdir(fileURLToPath(new URL(".", `file://${FIGURES}`)), { recursive: true });
      await writeFile(FIGURES, `${JSON.stringify({ unit: "ms", slack: SLACK, routes: table }, null, 2)}\n`);
    });

    // Each in a process of its own, because the requests of one route would keep the copy young for another.
    for (const [name, bound, plan] of [
      ["strict", 0, ["hammered", "hammered", "hammered"]],
      ["1s", 1000, ["hammered", "hammered", "hammered", "quiet", "quiet", "quiet"]],
      ["5s", 5000, ["hammered", "quiet", "hammered"]],
      ["none", null, ["hammered"]],
    ] as const)
      test(`check_21 ${name}: the last request admitted after a revocation`, async (t) => {
        const world = await startWorld();
        try {
          const rounds: Round[] = [];
          for (const before of plan) rounds.push(await round(world, name, bound, before));
          table[name] = { bound, rounds };
          for (const { before, lastAllowed, firstRefusal } of rounds) {
            const shown = `${before}: last admitted ${lastAllowed} ms, first rejection ${firstRefusal} ms after the 204`;
            t.diagnostic(shown);
            if (bound === null) assert.equal(firstRefusal, null, shown);
            else assert.ok(firstRefusal !== null && lastAllowed <= bound + SLACK, shown);
          }
        } finally {
          await world.stop();
        }
      });
  });
}

async function round(world: World, name: string, bound: number | null, before: Round["before"]): Promise<Round> {
  const who = await person(world.origin);
  const path = `/service/${name}/x`;
  const observed: { sent: number; arrived: number; status: number }[] = [];
  const once = async () => {
    const sent = Date.now();
    const answer = await ask(world.origin, path, { headers: { Authorization: `Bearer ${who.token}` } });
    observed.push({ sent, arrived: Date.now(), status: answer.status });
    return answer;
  };
  /** When the gate's copy was taken, according to its Server-Timing. */
  const copied = async () => {
    const sent = Date.now();
    const timing = /\brevocations;dur=(\d+)/.exec((await once()).header("server-timing") ?? "")?.[1];
    assert.ok(timing !== undefined, "Server-Timing states the copy's age");
    return { age: Number(timing), at: sent - Number(timing) };
  };
  let stopped = false;
  const hammer = async () => {
    while (!stopped) await once();
  };
  try {
    assert.equal((await once()).status, 200);
    const load = before === "hammered" ? [hammer(), hammer()] : [];
    // The copy has been renewed at least once, and has some age, when the revocation happens.
    if (before === "hammered") await pause(200 + Math.random() * Math.min(bound ?? 1000, 2500));
    let young = 0;
    if (before === "quiet")
      young = await until("the copy is new", async () => {
        const copy = await copied();
        return copy.age < 300 && copy.at;
      });
    const revoked = await post(world.origin, "/auth/sign-out", {}, { cookie: who.cookie, ...fromOurPage });
    const answered = Date.now();
    assert.equal(revoked.status, 204);
    // No request renews the copy until just before it is too old.
    if (before === "quiet") await pause(young + (bound ?? 0) - LAST_MOMENT - Date.now());
    if (before === "quiet") load.push(hammer(), hammer());
    const deadline = answered + (bound === null ? WATCHED : bound + STEP_LIMIT);
    while (Date.now() < deadline && !observed.some(({ status }) => status === 401)) await pause(5);
    // The token stays rejected.
    await pause(100);
    stopped = true;
    await Promise.all(load);
    const allowed = observed.filter(({ status }) => status === 200).map(({ sent }) => sent - answered);
    const refused = observed.filter(({ status }) => status === 401).map(({ arrived }) => arrived - answered);
    assert.equal(allowed.length + refused.length, observed.length, "every request is admitted or rejected");
    return {
      before,
      lastAllowed: Math.max(...allowed),
      firstRefusal: refused.length > 0 ? Math.min(...refused) : null,
    };
  } finally {
    stopped = true;
  }
}
