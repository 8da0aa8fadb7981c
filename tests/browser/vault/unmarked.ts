// A response that doesn't name its request isn't the service's, whatever its status says: a service worker, a proxy or
// a captive portal may have answered.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { until } from "../../harness/until.ts";
import { onSite, open, signIn } from "./world.ts";

export function unmarked(browser: Browser): void {
  test("check_52 an empty 204 of another sender ends no session, and the session continues when the service answers", () =>
    onSite(browser, async ({ service, page }) => {
      await signIn(page);
      service.marks = false;
      service.on("refresh", (_, response) => void response.writeHead(204).end());
      await page.reload();
      await open(page);
      assert.equal(await page.evaluate(() => auth.status), "offline");
      assert.deepEqual(await page.evaluate(() => [auth.lastError?.code, auth.lastError?.transient]), [
        "bad_response",
        true,
      ]);
      service.marks = true;
      service.on("refresh", null);
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await until("signed in again", () => page.evaluate(() => auth.status === "signed-in"));
    }));

  test("check_54 a sign-out that another sender has answered is still sent to the service, also after a reload", () =>
    onSite(browser, async ({ service, page }) => {
      await signIn(page);
      service.marks = false;
      // Whether the promise waits or fails is the machine's business; the page is signed out either way.
      await page.evaluate(() => void auth.signOut().catch(() => {}));
      await until("asked", () => service.count("sign-out") > 0);
      assert.equal(await page.evaluate(() => auth.status), "signed-out");
      service.marks = true;
      const before = service.count("sign-out");
      await page.reload();
      await open(page);
      await until("told", () => service.count("sign-out") > before);
      assert.equal(await page.evaluate(() => auth.status), "signed-out", "the session isn't back");
    }));

  test("check_52 a response to another request, which a service worker repeats: it signs in no other user, and ends no session", () =>
    onSite(browser, async ({ service, page }) => {
      await signIn(page);
      const user = { id: "u-2", email: "eve@example.com", email_verified: false, roles: [] };
      const times = { created_at: 1, auth_time: 1, expires_at: 2 ** 31, idle_expires_at: 2 ** 31 };
      const session = { id: "s-of-another-user", user, ...times };
      const grant = { access_token: "a.b.c", token_type: "Bearer", expires_in: 300, session };
      for (const [status, type, body] of [
        [200, "application/json", grant],
        [401, "application/problem+json", { code: "session_ended", reason: "revoked" }],
      ] as const) {
        service.on("refresh", (_, response) => {
          response.setHeader("Latchkey-Nonce", "ffffffffffffffff");
          response.writeHead(status, { "Content-Type": type }).end(JSON.stringify(body));
        });
        await page.reload();
        await open(page);
        const told = await page.evaluate(() => [auth.status, auth.session, auth.lastError?.code]);
        assert.deepEqual(told, ["offline", null, "bad_response"], String(status));
      }
      service.on("refresh", null);
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await until("signed in again", () => page.evaluate(() => auth.session?.id === "s-1"));
    }));

  test("check_52 a 204 with the service's mark means that there is no session", () =>
    onSite(browser, async ({ page }) => {
      assert.equal(await page.evaluate(() => auth.status), "signed-out");
      assert.equal(await page.evaluate(() => auth.lastError), null);
    }));
}
