// Check 49: many calls at once, and one renewal.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { until } from "../../harness/until.ts";
import { onSite, signIn } from "./world.ts";

const CALLS = 1_000;

/** That many at once; how often each status came. Runs in the page. */
const crowd = (calls: number) => {
  const answers = Array.from({ length: calls }, async () => (await auth.fetch("/api/data")).status);
  return Promise.all(answers).then((all) =>
    all.reduce<Record<number, number>>((sum, status) => {
      sum[status] = (sum[status] ?? 0) + 1;
      return sum;
    }, {}),
  );
};

export function crowds(browser: Browser): void {
  test("check_49 1,000 calls over an expired token: one refresh", () =>
    onSite(browser, async ({ host, service, page }) => {
      host.on(
        "/api/data",
        (request, response) =>
          void response.writeHead(service.tokenOf(request) === service.issued.at(-1) ? 200 : 401).end(),
      );
      // A token of a second's life, which can't be renewed until it is over.
      service.ttl = 1;
      service.on("refresh", (_, response) => void response.writeHead(503).end());
      await signIn(page);
      await until("it has expired", () =>
        page.evaluate(() => auth.status === "offline" && (auth.tokenClock.expiresAt ?? Infinity) < Date.now()),
      );
      service.ttl = 300;
      service.on("refresh", null);
      const before = service.issued.length;
      assert.deepEqual(await page.evaluate(crowd, CALLS), { 200: CALLS });
      assert.equal(service.issued.length - before, 1);
    }));

  test("check_49 1,000 refusals of one token: one refresh, each call is sent once more", () =>
    onSite(browser, async ({ host, service, page }) => {
      let refused = 0;
      let spent: string | undefined;
      host.on("/api/data", (request, response) => {
        const welcome = service.tokenOf(request) !== undefined && service.tokenOf(request) !== spent;
        refused += welcome ? 0 : 1;
        response.writeHead(welcome ? 200 : 401).end();
      });
      await signIn(page);
      spent = service.issued.at(-1);
      const before = service.issued.length;
      assert.deepEqual(await page.evaluate(crowd, CALLS), { 200: CALLS });
      assert.equal(service.issued.length - before, 1);
      assert.ok(refused >= 1 && refused <= CALLS, `${refused} refused`);
    }));
}
