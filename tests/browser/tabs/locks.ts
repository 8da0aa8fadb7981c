// Twenty tabs and one cookie, with the browser's locks in every condition.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Visitor } from "../../harness/visitor.ts";
import { browserOf, type Mode, openPages, start, type World } from "./world.ts";

const TABS = 20;

const conditions = ["sound", "absent", "frozen", "stolen"] as const;
type Condition = (typeof conditions)[number];

/** The name of the lock, as the vault asks for it. */
const lockOf = (origin: string) => `latchkey:${origin}`;

/** A page of the same origin that does with the lock what the condition says, until it is closed. */
async function spoil(page: Page, condition: Condition, name: string): Promise<void> {
  if (condition === "frozen") {
    await page.evaluate(
      (name) => new Promise<void>((held) => void navigator.locks.request(name, () => new Promise(() => held()))),
      name,
    );
  } else if (condition === "stolen") {
    await page.evaluate((name) => {
      const steal = () =>
        void navigator.locks.request(name, { steal: true }, () => new Promise<void>((done) => setTimeout(done, 5)));
      setInterval(() => steal(), 15);
      steal();
    }, name);
  }
}

/** Takes `navigator.locks` away from pages and from the vault's worker. */
async function removeLocks({ host }: World, pages: Page[], mode: Mode): Promise<() => void> {
  const REMOVE = 'Object.defineProperty(navigator, "locks", { value: undefined });';
  if (mode === "page") {
    for (const page of pages) await page.evaluate(REMOVE);
    return () => {};
  }
  const worker = await readFile(
    new URL("../../../sdk-wasm/dist/latchkey-auth/vault-worker.js", import.meta.url),
    "utf8",
  );
  host.on("/dist/latchkey-auth/vault-worker.js", (_, response) => {
    response.writeHead(200, { "Content-Type": "text/javascript", "Cache-Control": "no-store" });
    response.end(REMOVE + worker);
  });
  return () => host.off("/dist/latchkey-auth/vault-worker.js");
}

/**
 * Lets refreshes (six at a time: Chromium has no more connections to one host) come together before any of them goes
 * on, the last one first: so the answers overtake each other. Gives how many were ever held together.
 */
function reorder({ host }: World): () => number {
  let held: [IncomingMessage, ServerResponse][] = [];
  let most = 0;
  let timer: NodeJS.Timeout | undefined;
  host.between((request, response) => {
    if (request.url !== "/auth/refresh") return host.forward(request, response);
    held.push([request, response]);
    most = Math.max(most, held.length);
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const pair of held.reverse()) void host.forward(...pair);
      held = [];
    }, 100);
  });
  return () => {
    host.between(null);
    return most;
  };
}

export function locks(world: World, visitors: Visitor[]): void {
  const { host } = world;
  const table: string[] = [];
  const cases = conditions.flatMap((condition): [Condition, Mode][] =>
    condition === "absent"
      ? [
          [condition, "worker"],
          [condition, "page"],
        ]
      : [[condition, "worker"]],
  );

  for (const [index, [condition, mode]] of cases.entries()) {
    test(`check_50 ${TABS} tabs opened at once, locks ${condition} (${mode} mode): all signed in, no theft seen`, async () => {
      const visitor = visitors[index] as Visitor;
      const context = await browserOf(world, visitor);
      const [stranger, ...pages] = await openPages(context, host.origin, TABS + 1);
      await spoil(stranger as Page, condition, lockOf(host.origin));
      const putBack = condition === "absent" ? await removeLocks(world, pages, mode) : () => {};
      const most = reorder(world);
      const asked = host.seen.length;
      const starts = await Promise.all(pages.map((page) => start(page, mode)));
      const together = most();
      putBack();
      for (const { status, id } of starts) assert.deepEqual([status, id], ["signed-in", visitor.body.session.id]);
      const answers = await Promise.all(
        pages.map((page) => page.evaluate(async () => (await auth.fetch("/api/me")).status)),
      );
      assert.deepEqual(answers, Array(TABS).fill(200));
      const requests = host.seen.slice(asked).filter(({ path }) => path === "/auth/refresh").length;
      const events = await world.events(visitor.body.session.user.id);
      assert.ok(!events.includes("refresh_reused"), `${events}`);
      const slowest = Math.round(Math.max(...starts.map(({ tookMs }) => tookMs)));
      table.push(`${condition} (${mode}): ${requests} refreshes, ${together} together, last tab after ${slowest} ms`);
      assert.equal(requests, TABS, "one for each tab");
      if (condition === "absent") assert.ok(together > 2, `only ${together} came together`);
      await context.close();
    });
  }

  test("check_51 a lock whose holder is frozen, slow or gone delays another tab by 5 s at the most", async () => {
    const context = await browserOf(world, visitors[cases.length] as Visitor);
    const [stranger, ...pages] = (await openPages(context, host.origin, 6)) as [Page, ...Page[]];
    const next = () => pages.pop() as Page;
    const free = await start(next(), "worker");
    await spoil(stranger, "frozen", lockOf(host.origin));
    const frozen = await start(next(), "worker");

    // The holder asks for a token and gets no answer. Then its page goes.
    await stranger.close();
    const slow = next();
    const asks = new Promise<void>((asked) => {
      let first = true;
      host.between((request, response) => {
        if (request.url !== "/auth/refresh" || !first) return host.forward(request, response);
        first = false;
        asked();
        return undefined;
      });
    });
    await slow.evaluate(() => void latchkey.createClient({ service: location.origin }));
    await asks;
    assert.equal(await holders(slow), 1, "it holds the lock");
    const behind = await start(next(), "worker");
    await slow.close();
    const afterwards = await start(next(), "worker");
    host.between(null);

    const figures = { free, frozen, behind, afterwards };
    for (const [name, { status, tookMs }] of Object.entries(figures)) {
      assert.equal(status, "signed-in", name);
      assert.ok(tookMs - free.tookMs <= 5_000, `${name}: ${Math.round(tookMs)} ms`);
      table.push(`${name}: ready after ${Math.round(tookMs)} ms`);
    }
    console.log(table.join("\n"));
    await context.close();
  });
}

/** How many hold the lock. */
const holders = (page: Page) => page.evaluate(async () => (await navigator.locks.query()).held?.length);
