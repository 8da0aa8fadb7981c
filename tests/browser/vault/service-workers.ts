// A client that is told to refuse service workers, beside a real one: of the whole origin, and of the vault's files
// only.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type HostPage, STRICT_CSP, startPage } from "../../harness/page.ts";
import { until } from "../../harness/until.ts";

/** Tells the host which requests it sees, and lets them through. */
const SERVICE_WORKER = `
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", ({ request }) => fetch("/seen?" + new URL(request.url).pathname));
`;
const FILES = ["/sw.js", "/dist/sw.js"];
// Without Trusted Types, under which a page couldn't register one by a plain address.
const csp = STRICT_CSP.replace("; require-trusted-types-for 'script'; trusted-types latchkey", "");

type Vault = "worker" | "page";

/** The error's particulars, or "started". */
function start(page: Page, vault: Vault, serviceWorker?: "allow" | "refuse"): Promise<unknown[]> {
  return page.evaluate(
    async ([vault, serviceWorker]) => {
      const options = { service: location.origin, vault, ...(serviceWorker === undefined ? {} : { serviceWorker }) };
      return latchkey.createClient(options).then(
        (client) => {
          if (serviceWorker === "refuse") client.dispose();
          return ["started"];
        },
        (error) => [error.name, error.code, error.transient, error.message],
      );
    },
    [vault, serviceWorker] as const,
  );
}

const requested = (host: HostPage, path: string) => host.seen.filter((request) => request.path === path).length;

export function serviceWorkers(browser: Browser): void {
  for (const [what, script, refusedIn] of [
    ["of the whole origin", "/sw.js", ["worker", "page"]],
    ["of the vault's files, which doesn't control the page", "/dist/sw.js", ["worker"]],
  ] as [string, string, Vault[]][])
    test(`a service worker ${what}: serviceWorker "refuse" starts no client beside it, "allow" does`, async () => {
      const host = await startPage({ csp });
      for (const file of FILES)
        host.on(file, (_, response) => {
          response.writeHead(200, { "Content-Type": "text/javascript" }).end(SERVICE_WORKER);
        });
      host.on("/seen", (_, response) => void response.writeHead(204).end());
      const context = await browser.newContext();
      try {
        const page = await context.newPage();
        await page.goto(host.origin);
        for (const vault of ["worker", "page"] as const)
          assert.deepEqual(await start(page, vault, "refuse"), ["started"], `${vault}: there is none yet`);
        const controlled = await page.evaluate(async (script) => {
          const registration = await navigator.serviceWorker.register(script);
          const { scope } = registration;
          while (registration.active?.state !== "activated") await new Promise((done) => setTimeout(done, 10));
          if (location.href.startsWith(scope) && !navigator.serviceWorker.controller)
            await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done));
          return navigator.serviceWorker.controller?.scriptURL ?? null;
        }, script);
        assert.equal(controlled, script === "/sw.js" ? `${host.origin}/sw.js` : null);

        const before = requested(host, "/dist/latchkey-auth/vault-worker.js");
        for (const vault of ["worker", "page"] as const) {
          const told = await start(page, vault, "refuse");
          if (!refusedIn.includes(vault)) {
            assert.deepEqual(told, ["started"], vault);
            continue;
          }
          assert.deepEqual(told.slice(0, 3), ["AuthError", "service_worker_in_control", false], String(told[3]));
          assert.ok(String(told[3]).includes(`${host.origin}${script}`), String(told[3]));
        }
        assert.equal(
          requested(host, "/dist/latchkey-auth/vault-worker.js"),
          before,
          "the vault's worker was not started",
        );

        // Why: it sees what the vault asks the service.
        const seen = requested(host, "/seen?/auth/refresh");
        assert.deepEqual(await start(page, "worker"), ["started"], "by default it starts");
        await until("the service worker sees the vault's request", () => requested(host, "/seen?/auth/refresh") > seen);

        await page.evaluate(async () => {
          for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
        });
        await page.reload();
        await page.waitForFunction(() => "latchkey" in globalThis);
        for (const vault of ["worker", "page"] as const)
          assert.deepEqual(await start(page, vault, "refuse"), ["started"], `${vault}: it is gone`);
      } finally {
        await context.close();
        await host.stop();
      }
    });

  test("the check is made once, and script that runs before the package can deceive it: a later or hidden service worker sees requests", async () => {
    const host = await startPage({ csp });
    host.on("/sw.js", (_, response) => {
      response.writeHead(200, { "Content-Type": "text/javascript" }).end(SERVICE_WORKER);
    });
    host.on("/seen", (_, response) => void response.writeHead(204).end());
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(host.origin);
      await page.evaluate(async () => {
        globalThis.auth = await latchkey.createClient({
          service: location.origin,
          vault: "page",
          serviceWorker: "refuse",
        });
        await navigator.serviceWorker.register("/sw.js");
        while (!navigator.serviceWorker.controller) await new Promise((done) => setTimeout(done, 10));
        await auth.signIn({ email: "ada@example.com", password: "correct horse battery staple" }).catch(() => {});
      });
      await until("it sees the sign-in", () => requested(host, "/seen?/auth/sign-in") > 0);

      const hide = () =>
        Object.defineProperty(Navigator.prototype, "serviceWorker", { get: () => ({ controller: null }) });
      await page.addInitScript(hide);
      await page.reload();
      await page.waitForFunction(() => "latchkey" in globalThis);
      const before = requested(host, "/seen?/auth/refresh");
      await page.evaluate(() =>
        latchkey.createClient({ service: location.origin, vault: "page", serviceWorker: "refuse" }),
      );
      await until("it sees the refresh", () => requested(host, "/seen?/auth/refresh") > before);
    } finally {
      await context.close();
      await host.stop();
    }
  });
}
