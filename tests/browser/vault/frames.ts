// A page in a frame: whether the browser keeps the cookie there is known at the sign-in, not at the first renewal.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Frame } from "playwright-core";
import { type FakeTokens, serveTokens } from "../../harness/fake-tokens.ts";
import { STRICT_CSP, startPage } from "../../harness/page.ts";
import { until } from "../../harness/until.ts";
import { type Mode, onSite } from "./world.ts";

const USER = { email: "ada@example.com", password: "correct horse battery staple" };
const EMBEDDABLE = STRICT_CSP.replace("frame-ancestors 'none'", "frame-ancestors *");

interface Embedded {
  readonly frame: Frame;
  readonly service: FakeTokens;
}

/** Runs `work` in a frame on `localhost`, which has the service on its own origin, in a page of a host of this name. */
async function inFrameOf(browser: Browser, name: string, mode: Mode, work: (embedded: Embedded) => Promise<void>) {
  const inner = await startPage({ csp: EMBEDDABLE });
  const outer = await startPage({ csp: "default-src 'none'; frame-src *", head: "" });
  const context = await browser.newContext();
  try {
    const service = serveTokens(inner);
    const page = await context.newPage();
    await page.goto(outer.origin.replace("localhost", name));
    await page.evaluate((src) => {
      const frame = document.createElement("iframe");
      frame.src = src;
      document.body.append(frame);
    }, inner.origin);
    const frame = await until("the frame is there", () =>
      page.frames().find((each) => each.url().startsWith(inner.origin)),
    );
    await frame.waitForFunction(() => "latchkey" in globalThis);
    await frame.evaluate(async (vault) => {
      globalThis.auth = await latchkey.createClient({ service: location.origin, vault });
      if (auth.status === "loading") await new Promise<void>((known) => void auth.subscribe(known));
    }, mode);
    await work({ frame, service });
  } finally {
    await context.close();
    await Promise.all([inner.stop(), outer.stop()]);
  }
}

const signIn = (frame: Frame) =>
  frame.evaluate(async (user) => {
    const shown: string[] = [];
    auth.subscribe(() => shown.push(auth.status));
    const outcome = await auth.signIn(user).then(
      () => "signed in",
      (error) => error.code,
    );
    return { outcome, shown: shown.includes("signed-in"), status: auth.status, session: auth.session?.id ?? null };
  }, USER);

export function frames(browser: Browser): void {
  for (const mode of ["worker", "page"] as const) {
    test(`${mode} mode: in a frame of another site, page and service on one origin: the sign-in fails with cookie_blocked`, () =>
      inFrameOf(browser, "app.localhost", mode, async ({ frame, service }) => {
        const told = { outcome: "cookie_blocked", shown: false, status: "signed-out", session: null };
        assert.deepEqual(await signIn(frame), told);
        assert.deepEqual([service.count("sign-in"), service.count("refresh")], [1, 2]);
        assert.deepEqual(await signIn(frame), told, "and again");
      }));

    test(`${mode} mode: in a frame of the same site: the first sign-in costs one refresh more`, () =>
      inFrameOf(browser, "localhost", mode, async ({ frame, service }) => {
        const told = { outcome: "signed in", shown: true, status: "signed-in", session: "s-1" };
        assert.deepEqual(await signIn(frame), told);
        assert.deepEqual([service.count("sign-in"), service.count("refresh")], [1, 2]);
      }));
  }

  test("a browser that says that it keeps no cookies: the sign-in on the page's own origin fails with cookie_blocked", () =>
    onSite(
      browser,
      async ({ service, page }) => {
        service.setsCookie = false;
        const told = { outcome: "cookie_blocked", shown: false, status: "signed-out", session: null };
        assert.deepEqual(await signIn(page.mainFrame()), told);
      },
      {
        init: (page) =>
          page.addInitScript(() => Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false })),
      },
    ));
}
