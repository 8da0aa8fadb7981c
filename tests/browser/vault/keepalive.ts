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
      // What the browser has sent by now has arrived: this call is behind it.
      await page.evaluate(() => fetch("/api/last", { method: "POST" }));
      let before = -1;
      await until("nothing more arrives", () => {
        const stands = arrived === before;
        before = arrived;
        return stands;
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
      worker: await arrivals(browser, "auth.fetch", "worker"),
    };
    assert.deepEqual([counts.fetch, counts.page], [ROUNDS, ROUNDS]);
    // Without the page's waiting for its worker it is 9 to 13. A machine that is busy may give the worker no time.
    assert.ok(counts.worker >= ROUNDS - 1, `${counts.worker} of ${ROUNDS} arrived`);
  });
}
