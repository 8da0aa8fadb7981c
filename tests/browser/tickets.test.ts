// One-time tickets in a real browser: what a page opens with `auth.ticket`, on the service's own origin and on another
// one. The browser decides what `Origin` and `Sec-Fetch-Site` say here, and nothing else does.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { launch } from "../harness/browser.ts";
import { STRICT_CSP, startPage } from "../harness/page.ts";
import { startStack } from "../harness/stack.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";
import { startUpstream } from "../worker/bare/upstream.ts";

// The stack's port is not known yet, so its configuration gets the page's origin here.
const csp = STRICT_CSP.replace("connect-src 'self'", "connect-src 'self' http://localhost:* ws://localhost:*");
const [page, upstream, browser] = await Promise.all([startPage({ csp }), startUpstream(), launch()]);
const stack = await startStack({
  config: {
    sign_up: "open",
    allowed_origins: [page.origin],
    upstreams: { live: { url: upstream.origin } },
    routes: [
      { path: "/open/*", methods: ["GET"], access: "public", upstream: "live" },
      { path: "/live/*", methods: ["GET"], access: "token", upstream: "live" },
      { path: "/strict/*", methods: ["GET"], access: "token", revocation: "strict", upstream: "live" },
    ],
  },
});
after(() => Promise.all([browser.close(), page.stop(), stack.stop(), upstream.stop()]));

const TYPES: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };

/**
 * A page of the service's own origin: the package is there by the browser's leave, everything else is the real thing.
 * The page too, or the browser wouldn't know it as one of this machine, whose sockets others may not open.
 */
async function ownPage(context: BrowserContext): Promise<Page> {
  await context.route(`${stack.origin}/start.js`, (route) =>
    route.fulfill({
      contentType: "text/javascript",
      body: 'import * as latchkey from "/dist/index.js";\nglobalThis.latchkey = latchkey;',
    }),
  );
  await context.route(`${stack.origin}/dist/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const body = await readFile(fileURLToPath(new URL(`../../sdk-wasm${pathname}`, import.meta.url)));
    await route.fulfill({ contentType: TYPES[extname(pathname)] ?? "text/plain", body });
  });
  const tab = await context.newPage();
  await tab.goto(`${stack.origin}/open/page`);
  await tab.addScriptTag({ type: "module", url: "/start.js" });
  await tab.waitForFunction(() => "latchkey" in globalThis);
  return tab;
}

async function otherPage(context: BrowserContext): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(page.origin);
  return tab;
}

const origins = [
  ["the service's own origin", ownPage, "page"],
  ["another origin of the site", otherPage, "worker"],
] as const;

describe("tickets", { concurrency: 1 }, () => {
  for (const [where, open, vault] of origins)
    test(`check_19 a WebSocket and an EventSource from ${where}, by a vault in the ${vault}: each opens once, and a second time never`, async () => {
      const context = await browser.newContext();
      const tab = await open(context);
      const seen = await tab.evaluate(
        async ({ service, who, vault }) => {
          const auth = await latchkey.createClient({ service, vault });
          const { user } = await auth.signUp(who);
          const live = service.replace(/^http/, "ws");

          /** What the socket says of who it was told is calling, or that it didn't open. */
          const socket = (url: string) =>
            new Promise<string>((done) => {
              const opened = new WebSocket(url);
              opened.onopen = () => opened.send("who");
              opened.onmessage = ({ data }) => {
                done(String(data));
                opened.close();
              };
              opened.onerror = () => done("refused");
            });
          const stream = (url: string) =>
            new Promise<string>((done) => {
              const opened = new EventSource(url);
              opened.onmessage = ({ data }) => {
                done(String(data));
                opened.close();
              };
              opened.onerror = () => {
                done(opened.readyState === EventSource.CLOSED ? "refused" : "trying again");
                opened.close();
              };
            });

          const byWs = await auth.ticket(`${live}/strict/socket?room=1`);
          const byHttp = await auth.ticket(new URL("/live/socket", service));
          const events = await auth.ticket(`${service}/live/events?from=7#part`);
          const more = await auth.ticket(`${service}/strict/events`);
          const code = async (url: string | URL) =>
            auth.ticket(url).then(
              () => "no error",
              (error: unknown) => (latchkey.isAuthError(error) ? error.code : String(error)),
            );
          const heard = {
            bare: await socket(`${live}/strict/socket?room=1`),
            sockets: [await socket(byWs), await socket(byWs), await socket(byHttp.replace(/^http/, "ws"))],
            streams: [await stream(events), await stream(events), await stream(more)],
            refused: [
              await code("https://evil.example/live/x"),
              await code(`${service}/auth/sessions`),
              await code(`${service}/nowhere`),
              await code("ftp://localhost/live/x"),
              await code("https://"),
            ],
          };
          await auth.signOut();
          return { id: user.id, ...heard, signedOut: await code(`${service}/live/x`) };
        },
        { service: stack.origin, who: { email: newEmail(), password: PASSWORD }, vault },
      );
      const { id } = seen;
      assert.deepEqual(seen, {
        id,
        bare: "refused",
        sockets: [id, "refused", id],
        streams: [id, "refused", id],
        refused: [
          "origin_not_allowed",
          "origin_not_allowed",
          "invalid_request",
          "origin_not_allowed",
          "TypeError: Failed to construct 'URL': Invalid URL",
        ],
        signedOut: "signed_out",
      });
      await context.close();
    });

  test("check_21 a sign-out in another tab reaches the page that holds a socket, which can close it then", async () => {
    const context = await browser.newContext();
    const [one, other] = [await otherPage(context), await otherPage(context)];
    const start = async ({ service, who }: { service: string; who: { email: string; password: string } | null }) => {
      const auth = await latchkey.createClient({ service });
      if (who) await auth.signUp(who);
      const settled = () => auth.status === "signed-in";
      await new Promise<void>((done) => {
        const look = () => settled() && done();
        auth.subscribe(look);
        look();
      });
      Object.assign(globalThis, { auth });
    };
    await one.evaluate(start, { service: stack.origin, who: { email: newEmail(), password: PASSWORD } });
    await other.evaluate(start, { service: stack.origin, who: null });
    const closed = one.evaluate(async (service) => {
      const { auth } = globalThis as unknown as { auth: import("latchkey-auth").AuthClient };
      const socket = new WebSocket(await auth.ticket(`${service.replace(/^http/, "ws")}/live/socket`));
      await new Promise((done) => socket.addEventListener("open", done, { once: true }));
      // As the README recommends.
      auth.subscribe(() => auth.status === "signed-out" && socket.close(4001));
      Object.assign(globalThis, { isOpen: true });
      const event = await new Promise<CloseEvent>((done) => socket.addEventListener("close", done, { once: true }));
      return [event.code, auth.status];
    }, stack.origin);
    await one.waitForFunction(() => "isOpen" in globalThis);
    await other.evaluate(() => (globalThis as unknown as { auth: import("latchkey-auth").AuthClient }).auth.signOut());
    assert.deepEqual(await closed, [4001, "signed-out"]);
    await context.close();
  });
});
