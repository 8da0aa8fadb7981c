// `keepalive`: a page's first call while its tab is being closed, beside what `fetch` itself achieves.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { until } from "../../harness/until.ts";
import { type Mode, onSite, signIn } from "./world.ts";

/** Tabs that are closed. */
const ROUNDS = 15;

/** How many of the calls that pages make while they are being closed arrive. */
export async function arrivals(browser: Browser, by: "auth.fetch" | "fetch", mode: Mode): Promise<number> {
  let arrived = 0;
  await onSite(
    browser,
    async ({ host, page }) => {
      host.on("/api/last", (request, response) => {
        arrived += 1;
        request.resume();
        response.writeHead(204).end();
      });
      await signIn(page);
      for (let round = 1; round <= ROUNDS; round += 1) {
        const tab = await page.context().newPage();
        await tab.goto(host.origin);
        await tab.evaluate(
          async ([by, vault]) => {
            const auth = await latchkey.createClient({ service: location.origin, vault });
            await new Promise<void>((known) => {
              if (auth.status === "signed-in") known();
              auth.subscribe(() => auth.status === "signed-in" && known());
            });
            addEventListener("pagehide", () => {
              const send = by === "fetch" ? fetch : auth.fetch;
              void send("/api/last", { method: "POST", body: "x", keepalive: true });
            });
          },
          [by, mode] as const,
        );
        await tab.close({ runBeforeUnload: false });
      }
      // What the browser has sent by now has arrived: this call is behind it. On a busy machine the last ones may be late.
      await page.evaluate(() => fetch("/api/last", { method: "POST" }));
      let [before, looks] = [-1, 0];
      await until("all have arrived, or nothing more arrives", () => {
        looks = arrived === before ? looks + 1 : 0;
        before = arrived;
        return arrived > ROUNDS || looks > 50;
      });
      arrived -= 1;
    },
    { mode: "page" },
  );
  return arrived;
}

export function keepalive(browser: Browser): void {
  test("keepalive: calls of closing tabs arrive as those of fetch do", async () => {
    const counts = {
      fetch: await arrivals(browser, "fetch", "worker"),
      page: await arrivals(browser, "auth.fetch", "page"),
    };
    assert.deepEqual(counts, { fetch: ROUNDS, page: ROUNDS });
    // A machine that is busy may give the worker no time. Without the page's waiting for its worker it is 9 to 13 each time.
    const tries: number[] = [];
    while (tries.length < 3 && (tries.at(-1) ?? 0) < ROUNDS - 1)
      tries.push(await arrivals(browser, "auth.fetch", "worker"));
    assert.ok((tries.at(-1) ?? 0) >= ROUNDS - 1, `${tries} of ${ROUNDS} arrived`);
  });
}
