// A service on another origin than the page: whether the browser keeps its cookie there is known after the sign-in, not
// minutes later.
import assert from "node:assert/strict";
import type http from "node:http";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type FakeTokens, serveTokens } from "../../harness/fake-tokens.ts";
import { type HostPage, STRICT_CSP, startPage } from "../../harness/page.ts";
import { type Mode, open, signIn } from "./world.ts";

interface Elsewhere {
  readonly page: Page;
  readonly service: FakeTokens;
  /** Where the service is. */
  readonly away: HostPage;
}

/** Runs `work` on a page by this name, with a client of a service on `localhost`. */
async function onPageOf(
  browser: Browser,
  name: string,
  mode: Mode,
  work: (elsewhere: Elsewhere) => Promise<void>,
): Promise<void> {
  const away = await startPage();
  const csp = STRICT_CSP.replace("connect-src 'self'", `connect-src 'self' ${away.origin}`);
  const host = await startPage({ csp });
  const context = await browser.newContext();
  try {
    const service = serveTokens(away);
    service.allows = host.origin.replace("localhost", name);
    const page = await context.newPage();
    await page.goto(service.allows);
    await page.evaluate(
      async ([service, vault]) => {
        globalThis.auth = await latchkey.createClient({ service, vault });
        if (auth.status === "loading") await new Promise<void>((known) => void auth.subscribe(known));
      },
      [away.origin, mode] as const,
    );
    await work({ page, service, away });
  } finally {
    await context.close();
    await Promise.all([host.stop(), away.stop()]);
  }
}

const told = (page: Page) =>
  page.evaluate(() => [auth.status, auth.session, auth.lastError?.code, auth.tokenClock.refreshes]);

const failure = (page: Page) =>
  page.evaluate(() =>
    auth.signIn({ email: "ada@example.com", password: "correct horse battery staple" }).then(
      () => "signed in",
      (error) => error.code,
    ),
  );

export function cookies(browser: Browser): void {
  for (const mode of ["worker", "page"] as const) {
    test(`${mode} mode: another origin of the site: the first sign-in costs one refresh more`, () =>
      onPageOf(browser, "localhost", mode, async ({ page, service }) => {
        assert.equal(service.count("refresh"), 1, "is there a session?");
        await signIn(page);
        assert.equal(service.count("refresh"), 2);
        await page.evaluate(() => auth.signOut());
        await signIn(page);
        assert.deepEqual([service.count("sign-in"), service.count("refresh")], [2, 2]);
      }));

    test(`${mode} mode: another site, from which the browser sends no cookie: the sign-in fails with cookie_blocked`, () =>
      onPageOf(browser, "app.localhost", mode, async ({ page, service, away }) => {
        assert.equal(await failure(page), "cookie_blocked");
        assert.deepEqual(await told(page), ["signed-out", null, "cookie_blocked", 0]);
        assert.deepEqual([service.count("sign-in"), service.count("refresh")], [1, 2]);
        const asked = away.seen.filter(({ method, path }) => method === "POST" && path.startsWith("/auth/"));
        const came = asked.map(({ headers }) => [headers["sec-fetch-site"], headers.cookie]);
        assert.deepEqual(came, Array(3).fill(["cross-site", undefined]));
      }));
  }

  test("two services on localhost, on two ports: when one ends the other's session, the error says that cookies ignore ports", async () => {
    const hosts = [await startPage(), await startPage()] as const;
    const context = await browser.newContext();
    try {
      const tabs = [];
      for (const host of hosts) {
        serveTokens(host);
        const page = await context.newPage();
        await page.goto(host.origin);
        await open(page);
        tabs.push(page);
      }
      const [one, other] = tabs as [Page, Page];
      const refused = (_: unknown, response: http.ServerResponse) => void response.writeHead(401).end();
      hosts[0].on("/api/none", refused);
      for (const [renewed, code] of [
        [false, "cookie_blocked"],
        [true, "session_ended"],
      ] as const) {
        await signIn(one);
        if (renewed) await one.reload();
        if (renewed) await open(one);
        await signIn(other);
        await other.evaluate(() => auth.signOut());
        // A rejected token is renewed, with the cookie that is gone.
        await one.evaluate(() => auth.fetch("/api/none").catch(() => {}));
        const told = await one.evaluate(() => [auth.status, auth.lastError?.code, auth.lastError?.message]);
        assert.deepEqual(told.slice(0, 2), ["signed-out", code]);
        assert.match(String(told[2]), /Cookies ignore ports: another service on this host/);
      }
    } finally {
      await context.close();
      await Promise.all(hosts.map((host) => host.stop()));
    }
  });

  test("a browser that keeps no cookie: the sign-in fails, and works once it keeps them", () =>
    onPageOf(browser, "localhost", "worker", async ({ page, service }) => {
      service.setsCookie = false;
      assert.equal(await failure(page), "cookie_blocked");
      service.setsCookie = true;
      assert.equal(await failure(page), "signed in");
      assert.deepEqual((await told(page)).slice(2), [undefined, 1]);
    }));
}
