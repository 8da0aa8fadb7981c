// A script of the page's origin that posts whatever it likes on the channel between the tabs.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../../harness/until.ts";
import type { Visitor } from "../../harness/visitor.ts";
import { browserOf, type Mode, openPages, start, type World } from "./world.ts";

const TABS = 3;
const MESSAGES = 200;

declare global {
  /** Every status this page has had since it was first signed in. */
  var statuses: Set<string>;
  /** What became of the call that was under way. */
  var call: Promise<string>;
}

/** Posts so many messages of every kind within two seconds. Runs in a page that has no client. */
const flood = (page: Page, messages: number, session: string) =>
  page.evaluate(
    async ([messages, session]) => {
      const channel = new BroadcastChannel(`latchkey:${location.origin}`);
      const kinds = [
        { kind: "signed-out", session },
        { kind: "signed-out" },
        { kind: "signed-in", session: "of-another-user" },
        { kind: "refreshing" },
        { kind: "refreshed" },
        { kind: "patience", ms: 1e9 },
      ];
      const began = performance.now();
      for (let number = 0; number < messages; number += 1) {
        channel.postMessage({ version: 1, ...kinds[number % kinds.length] });
        if (number % 10 === 9) await new Promise((later) => setTimeout(later, 100));
      }
      channel.close();
      return performance.now() - began;
    },
    [messages, session] as const,
  );

export function forged(world: World, mode: Mode, [visitor, other]: [Visitor, Visitor]): void {
  const { host } = world;
  const refreshes = () => host.seen.filter(({ path }) => path === "/auth/refresh").length;

  test(`forged messages: ${MESSAGES} of them end no session and cost one refresh a second (${mode} mode)`, async () => {
    const context = await browserOf(world, visitor);
    const [stranger, ...pages] = (await openPages(context, host.origin, TABS + 1)) as [Page, ...Page[]];
    await Promise.all(pages.map((page) => start(page, mode)));
    let hanging = 0;
    const answers: (() => void)[] = [];
    host.on("/api/hangs", (_, response) => {
      hanging += 1;
      answers.push(() => void response.writeHead(200).end());
    });
    await Promise.all(
      pages.map((page) =>
        page.evaluate(() => {
          globalThis.statuses = new Set([auth.status]);
          auth.subscribe(() => globalThis.statuses.add(auth.status));
          globalThis.call = auth.fetch(`/api/hangs?${Math.random()}`).then(
            (response) => `answered ${response.status}`,
            (error: { code?: string; name: string }) => error.code ?? error.name,
          );
        }),
      ),
    );
    await until("calls are under way", () => hanging === TABS);
    const before = refreshes();
    const tookMs = await flood(stranger, MESSAGES, visitor.body.session.id);
    // What has been said last is verified within a second.
    const settled = Date.now() + 1_500;
    await until("the last message has been verified", () => Date.now() > settled);
    const asked = refreshes() - before;
    console.log(`forged messages, ${mode} mode: ${asked} refreshes by ${TABS} tabs in ${Math.round(tookMs)} ms`);
    assert.ok(asked >= TABS, "they are verified");
    assert.ok(asked <= TABS * (2 + Math.ceil(tookMs / 1_000)), `${asked} refreshes`);
    for (const answer of answers) answer();
    const ends = await Promise.all(
      pages.map((page) => page.evaluate(async () => [[...globalThis.statuses], await globalThis.call])),
    );
    assert.deepEqual(ends, Array(TABS).fill([["signed-in"], "answered 200"]));
    host.off("/api/hangs");
    await context.close();
  });

  test(`forged messages without a network hide the session, and it is back with the network (${mode} mode)`, async () => {
    const context = await browserOf(world, other);
    const [stranger, page] = (await openPages(context, host.origin, 2)) as [Page, Page];
    await start(page, mode);
    host.between((_, response) => void response.destroy());
    const state = () => page.evaluate(() => [auth.status, auth.session?.id]);
    await flood(stranger, 1, other.body.session.id);
    await until("it is hidden", async () => (await state())[0] === "signed-out");
    assert.deepEqual(await state(), ["signed-out", undefined]);
    host.between(null);
    await until("it is back", async () => (await state())[0] === "signed-in");
    assert.deepEqual(await state(), ["signed-in", other.body.session.id]);
    await context.close();
  });
}
