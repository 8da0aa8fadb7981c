// A page that goes away, and a service that lives in another time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { until } from "../../harness/until.ts";
import { onSite, open, signIn } from "./world.ts";

export function leaving(browser: Browser): void {
  test("check_54 a page that is left in the moment of signing out: the next one is signed out and tells the service", () =>
    onSite(browser, async ({ host, service, page }) => {
      await signIn(page);
      service.on("sign-out", (request) => void request.destroy());
      const loaded = page.waitForEvent("load");
      await page.evaluate(() => {
        void auth.signOut().catch(() => {});
        // The vault hears of it when this page is gone already, if at all.
        location.reload();
        for (const end = performance.now() + 100; performance.now() < end; );
      });
      await loaded;
      service.on("sign-out", null);
      const before = service.count("sign-out");
      await open(page);
      assert.equal(await page.evaluate(() => auth.status), "signed-out");
      await until("the service is told", () => service.count("sign-out") > before);
      await until("the note is struck", () => page.evaluate(() => localStorage.length === 0));
      const cookies = host.seen.filter(({ path }) => path === "/auth/refresh");
      assert.equal(cookies.length, 1, "no session was asked for, but at the very first");
    }));

  test("check_53 a service whose clock is a day ahead or behind: signed in, calls work, one renewal at most", () =>
    onSite(browser, async ({ host, service, page }) => {
      host.on(
        "/api/data",
        (request, response) =>
          void response.writeHead(service.tokenOf(request) ? 200 : 401, { Date: new Date(0).toUTCString() }).end(),
      );
      for (const skew of [86_400, -86_400]) {
        service.skew = skew;
        await signIn(page);
        const before = service.issued.length;
        const statuses = await page.evaluate(async () => [
          auth.status,
          (await auth.fetch("/api/data")).status,
          (await auth.fetch("/api/data")).status,
          Math.round(((auth.tokenClock.expiresAt ?? 0) - Date.now()) / 100_000),
        ]);
        assert.deepEqual(statuses, ["signed-in", 200, 200, 3], "the token's 300 s, by this clock");
        assert.ok(service.issued.length - before <= 1);
      }
    }));
}
