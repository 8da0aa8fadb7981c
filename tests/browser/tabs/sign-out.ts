// A sign-out in one tab, and what the others show from then on.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { hearsPlainMessage, sendsPlainMessageBefore } from "../../harness/plain-message.ts";
import { until } from "../../harness/until.ts";
import type { Visitor } from "../../harness/visitor.ts";
import { browserOf, type Mode, openPages, start, type World } from "./world.ts";

const TABS = 10;
/** So many connections Chromium has to one host; the other calls wait for one. */
const CONNECTIONS = 6;

declare global {
  /** When this page knew that no user is signed in, by the machine's clock, and the result of its call. */
  var signedOut: Promise<[at: number, call: string]>;
  /** Whom this page showed after it had come back, frame by frame. */
  var shown: (string | undefined)[];
}

export function signOut(world: World, mode: Mode, [visitor, other, third]: [Visitor, Visitor, Visitor]): void {
  const { host } = world;

  test(`check_54 a sign-out reaches every tab within a second and aborts running calls (${mode} mode)`, async () => {
    const context = await browserOf(world, visitor);
    const pages = await openPages(context, host.origin, TABS);
    await Promise.all(pages.map((page) => start(page, mode)));
    let hanging = 0;
    host.on("/api/hangs", () => {
      hanging += 1;
    });
    await Promise.all(
      pages.map((page) =>
        page.evaluate(() => {
          // Each its own address: the cache lets one request at a time ask for the same.
          const call = auth.fetch(`/api/hangs?${Math.random()}`).then(
            (response) => `answered ${response.status}`,
            (error: { code?: string; name: string }) => error.code ?? error.name,
          );
          const at = new Promise<number>((done) => {
            auth.subscribe(() => auth.status === "signed-out" && !auth.session && done(Date.now()));
          });
          globalThis.signedOut = Promise.all([at, call]);
        }),
      ),
    );
    const [first, ...others] = pages as [Page, ...Page[]];
    await Promise.all(others.map(hearsPlainMessage));
    await until("calls are under way", () => hanging === CONNECTIONS);
    await sendsPlainMessageBefore(first, () => auth.signOut());
    const ends = await Promise.all(pages.map((page) => page.evaluate(() => globalThis.signedOut)));
    assert.deepEqual(
      ends.map(([, call]) => call),
      Array(TABS).fill("signed_out"),
    );
    const heard = await Promise.all(others.map((page) => page.evaluate(() => globalThis.plainMessage)));
    const slowest = Math.max(...heard.map((at, index) => (ends[index + 1]?.[0] ?? 0) - at));
    console.log(`sign-out, ${mode} mode: ${TABS} tabs within ${slowest} ms after a plain message`);
    assert.ok(slowest < 1_000, `after ${slowest} ms`);
    host.off("/api/hangs");
    await context.close();
  });

  test(`check_54 a sign-out works without a network; the service is told later (${mode} mode)`, async () => {
    const context = await browserOf(world, other);
    const [one, two] = (await openPages(context, host.origin, 2)) as [Page, Page];
    await Promise.all([start(one, mode), start(two, mode)]);
    host.between((_, response) => void response.destroy());
    await one.evaluate(() => auth.signOut());
    const states = () => Promise.all([one, two].map((page) => page.evaluate(() => [auth.status, auth.session])));
    assert.deepEqual((await states())[0], ["signed-out", null]);
    await until("the other tab has heard", async () => (await states())[1]?.[0] === "signed-out");
    assert.equal((await context.cookies()).length, 1, "the cookie could not be deleted without the network");
    host.between(null);
    await until("the cookie is gone", async () => (await context.cookies()).length === 0);
    assert.deepEqual(await states(), Array(2).fill(["signed-out", null]));
    await context.close();
  });

  test(`check_54 a page from the back/forward cache shows no data of a signed-out user (${mode} mode)`, async () => {
    // As the harness serves it, but for the header that would keep it out of that cache.
    host.on("/kept", (_, response) => {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end('<!doctype html><title>Kept</title><script type="module" src="/start.js"></script>');
    });
    const context = await browserOf(world, third);
    const [one, two] = (await openPages(context, host.origin, 2)) as [Page, Page];
    await two.goto(`${host.origin}/kept`);
    await Promise.all([start(one, mode), start(two, mode)]);
    await two.evaluate(() => {
      globalThis.shown = [];
      addEventListener("pageshow", ({ persisted }) => {
        if (!persisted) return;
        const look = () => {
          globalThis.shown.push(auth.session?.user.email);
          requestAnimationFrame(look);
        };
        look();
      });
    });
    await two.goto(`${host.origin}/healthz`);
    await one.evaluate(() => auth.signOut());
    await two.evaluate(() => history.back()).catch(() => {});
    await until("the page has come back and knows", async () =>
      two.evaluate(() => location.pathname === "/kept" && globalThis.auth?.status === "signed-out").catch(() => false),
    );
    const shown = await two.evaluate(() => globalThis.shown);
    assert.ok(shown.length > 0, "it came out of the cache, not from the server");
    assert.deepEqual(new Set(shown), new Set([undefined]));
    await context.close();
  });
}
