// Power cuts under load: the process is killed while tabs refresh, sign in and sign out, and another one
// starts on the same disk. LATCHKEY_KILLS sets how often; the default is three.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assertCookie, COOKIE, cookieParts } from "../harness/contract.ts";
import type { Answer } from "../harness/http.ts";
import { until } from "../harness/until.ts";
import { PASSWORD, post } from "../harness/visitor.ts";
import { type Durable, fromOurPage, type Person, person, refresh, startDurable } from "./durable/world.ts";

const KILLS = Number(process.env.LATCHKEY_KILLS || 3);
const BROWSERS = 6;
const TABS = 2;
/**
 * The replay window in seconds. A request and its response may each take a third of it, and a restart must be over before the
 * window of a rotation whose response was lost.
 */
const WINDOW = 10;
const GIVE_UP = (WINDOW / 3) * 1000;

const generationIn = (cookie: string) => cookieParts(cookie.slice(COOKIE.length + 1)).generation;

/** Counts for the report. */
const counts = { kills: 0, refreshes: 0, rotations: 0, broken: 0, unavailable: 0, signOuts: 0 };

/**
 * Sends a request as the vault does: if there is no response, or the service is unavailable, it is repeated a
 * little later with the cookie that the jar has then.
 */
async function patiently(over: () => boolean, request: () => Promise<Answer>): Promise<Answer | undefined> {
  while (!over()) {
    const answer = await Promise.race([request().catch(() => undefined), pause(GIVE_UP, undefined, { ref: false })]);
    if (answer && answer.status !== 503) return answer;
    if (answer) assert.match(answer.header("retry-after") ?? "", /^\d+$/, "503 has Retry-After");
    counts[answer ? "unavailable" : "broken"] += 1;
    await pause(randomInt(50, 300));
  }
  return undefined;
}

/** One browser: tabs that share a cookie jar and refresh all the time. */
class Browser {
  #jar: string;
  readonly #world: Durable;
  constructor(world: Durable, who: Person) {
    this.#world = world;
    this.#jar = who.cookie;
  }

  async tab(over: () => boolean): Promise<void> {
    while (!over()) {
      let sent = this.#jar;
      const answer = await patiently(over, () => {
        sent = this.#jar;
        return refresh(this.#world.origin, sent);
      });
      if (!answer) return;
      assert.equal(answer.status, 200, `signed out by a power cut: ${answer.text.slice(0, 200)}`);
      counts.refreshes += 1;
      if (answer.setCookies.length > 0) {
        const { pair } = assertCookie(answer);
        assert.ok(generationIn(pair) >= generationIn(sent), "an acknowledged generation is not lost");
        if (generationIn(pair) > generationIn(this.#jar)) counts.rotations += 1;
        this.#jar = pair;
      }
      await pause(randomInt(10, 60));
    }
  }

  /** The cookie that the browser would send now. */
  get cookie(): string {
    return this.#jar;
  }
}

/** A user who signs in and out repeatedly. Returns the cookies of sessions whose end was acknowledged. */
async function comesAndGoes(world: Durable, email: string, over: () => boolean): Promise<string[]> {
  const ended: string[] = [];
  const send = (path: string, body: unknown, cookie?: string) => () =>
    post(world.origin, path, body, { ...fromOurPage, cookie });
  while (!over()) {
    const back = await patiently(over, send("/auth/sign-in", { email, password: PASSWORD }));
    if (!back) break;
    assert.equal(back.status, 200, back.text);
    const { pair } = assertCookie(back);
    const gone = await patiently(over, send("/auth/sign-out", undefined, pair));
    if (!gone) break;
    assert.equal(gone.status, 204, gone.text);
    counts.signOuts += 1;
    ended.push(pair);
    await pause(randomInt(10, 100));
  }
  return ended;
}

test(`check_27_check_28 ${KILLS} power cuts under load: users stay signed in, and nothing acknowledged is lost`, async (t) => {
  const world = await startDurable({ config: { replay_window: WINDOW } });
  t.after(() => world.stop());
  const people = await Promise.all(Array.from({ length: BROWSERS }, () => person(world.origin)));
  const guest = await person(world.origin);
  const browsers = people.map((who) => new Browser(world, who));
  let over = false;
  const isOver = () => over;
  const tabs = browsers.flatMap((browser) => Array.from({ length: TABS }, () => browser.tab(isOver)));
  const coming = comesAndGoes(world, guest.email, isOver);
  const load = Promise.all([...tabs, coming]);
  // An error in a tab fails the test immediately and not after the last kill.
  let failure: unknown;
  load.catch((error) => {
    failure = error;
    over = true;
  });
  for (let kill = 0; kill < KILLS && !over; kill += 1) {
    const [refreshes, rotations] = [counts.refreshes, counts.rotations];
    await until("the load continues", () => over || counts.refreshes >= refreshes + 20);
    // Every second time during rotations: the sessions have the same age, so that the first rotation is
    // followed by the others.
    if (kill % 2 === 0) await until("sessions rotate", () => over || counts.rotations > rotations);
    await pause(randomInt(0, kill % 2 === 0 ? 30 : 1500));
    await world.kill();
    counts.kills += 1;
    await pause(randomInt(0, 300));
    await world.start();
  }
  const before = counts.rotations;
  await until("all browsers continue after the last kill", () => over || counts.rotations >= before + BROWSERS);
  over = true;
  if (failure) throw failure;
  await load;
  for (const browser of browsers) {
    const answer = await refresh(world.origin, browser.cookie);
    assert.equal(answer.status, 200, answer.text);
  }
  for (const cookie of await coming) {
    const answer = await refresh(world.origin, cookie);
    assert.deepEqual([answer.status, answer.json().reason], [401, "revoked"], "an ended session stays ended");
  }
  assert.doesNotMatch(world.logs(), /"event":"refresh_reused"/);
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.kills === KILLS && counts.rotations >= BROWSERS, "the run had kills and rotations");
});
