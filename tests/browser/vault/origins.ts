// Check 48: where the token goes. Servers on loopback note what they were sent; the page tries to lead it elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Handler, startPage } from "../../harness/page.ts";
import { onSite, signIn } from "./world.ts";

/** Lets any page of any origin do anything, as a careless API does. */
const careless: Handler = (request, response) => {
  response.setHeader("Access-Control-Allow-Origin", "*");
  response.setHeader("Access-Control-Allow-Headers", "*, Authorization");
  response.setHeader("Access-Control-Allow-Methods", "*");
  request.resume();
  response.writeHead(200).end("taken");
};

const redirecting =
  (status: number, to: string): Handler =>
  (request, response) => {
    if (request.method === "OPTIONS") return careless(request, response);
    response.writeHead(status, { Location: to, "Access-Control-Allow-Origin": "*" }).end();
  };

/** The page's client in another's place, which may also call this API. */
const anew = (page: Page, api: string) =>
  page.evaluate(async (api) => {
    const options = { service: location.origin, apiOrigins: [location.origin, api] };
    globalThis.auth.dispose();
    globalThis.auth = await latchkey.createClient(options);
  }, api);

export function origins(browser: Browser): void {
  test("check_48 the token reaches the named origins only, whatever the address looks like", async () => {
    const [api, thief] = await Promise.all([startPage(), startPage()]);
    const [p, q] = [api, thief].map(({ origin }) => new URL(origin).port);
    try {
      await onSite(
        browser,
        async ({ host, page }) => {
          const own = new URL(host.origin).port;
          api.on("/take", careless);
          thief.on("/take", careless);
          thief.on("/", careless);
          await signIn(page);
          await anew(page, api.origin);
          const outcomes = (urls: string[]) =>
            page.evaluate(
              (urls) =>
                Promise.all(
                  urls.map((url) =>
                    auth.fetch(url).then(
                      ({ status }) => String(status),
                      (error) => error.code ?? error.name,
                    ),
                  ),
                ),
              urls,
            );
          const named = [
            `http://localhost:${p}/take`,
            `HTTP://LOCALHOST:${p}/take`,
            `http://ⓛocalhost:${p}/take`,
            `http://loc%61lhost:${p}/take`,
            `http:\\\\localhost:${p}\\take`,
            `http://localhost:${p}/./x/../take?@localhost:${q}/`,
          ];
          assert.deepEqual(await outcomes(named), Array(named.length).fill("200"));
          const elsewhere = [
            `http://localhost:${q}/take`,
            `http://localhost:${String(p).slice(0, -1)}/take`,
            `http://localhost/take`,
            `https://localhost:${p}/take`,
            `http://127.0.0.1:${p}/take`,
            `http://[::1]:${p}/take`,
            `http://0x7f.1:${p}/take`,
            `http://localhost.:${p}/take`,
            `http://api.localhost:${p}/take`,
            `http://localhost.thief.localhost:${p}/take`,
            `http://thief-localhost:${p}/take`,
            `http://localhosts:${p}/take`,
            `http://lоcalhost:${p}/take`,
            `http://localhost。thief.localhost:${p}/take`,
            `http://localhost:${q}\\@localhost:${p}/take`,
            `http://localhost:${q}/\\@localhost:${p}/take`,
            `http://localhost:${q}#@localhost:${p}/take`,
            `http://localhost:${q}?@localhost:${p}/take`,
            `http://localhost:${q}/http://localhost:${p}/take`,
            `http://loc\talhost:${q}/take`,
            `//localhost:${q}/take`,
            `\\\\localhost:${q}\\take`,
            "data:text/plain,taken",
            `ftp://localhost:${p}/take`,
            `ws://localhost:${p}/take`,
            `http://localhost:${own}/auth/refresh`,
            "/auth/sessions",
            "/AUTH/refresh",
            "/%61uth/refresh",
            "/%2561uth/refresh",
            "/.//auth/refresh",
            "/x/../auth/refresh",
            "/auth%2frefresh",
            "/auth\\refresh",
            "/x/..%2fauth/refresh",
          ];
          const refused = await outcomes(elsewhere);
          assert.deepEqual(
            refused.map((outcome, index) => [elsewhere[index], outcome]),
            elsewhere.map((url) => [url, "origin_not_allowed"]),
          );
          const unfit = [
            `http://localhost:${p}@localhost:${q}/take`,
            `http://localhost:x@localhost:${p}/take`,
            `http://localhost:${p}0/take`,
            `blob:http://localhost:${p}/0000`,
            `file://localhost:${p}/take`,
          ];
          assert.deepEqual(await outcomes(unfit), Array(unfit.length).fill("TypeError"), "nor does fetch take these");
          assert.deepEqual(thief.seen, [], "nothing was sent to another origin");
          const taken = api.seen.filter(({ method }) => method === "GET");
          assert.equal(taken.length, named.length);
          for (const { headers } of taken) assert.match(headers.authorization ?? "", /^Bearer ./);
        },
        { csp: CSP },
      );
    } finally {
      await Promise.all([api.stop(), thief.stop()]);
    }
  });

  test("check_48 no redirect takes the token along, nor brings one to the page", async () => {
    const [api, thief] = await Promise.all([startPage(), startPage()]);
    try {
      await onSite(
        browser,
        async ({ host, service, page }) => {
          const statuses = [301, 302, 303, 307, 308];
          for (const status of statuses)
            host.on(`/api/to-thief-${status}`, redirecting(status, `${thief.origin}/take`));
          host.on("/api/to-api", redirecting(302, `${api.origin}/take`));
          host.on("/api/and-back", redirecting(307, `${thief.origin}/back`));
          thief.on("/take", careless);
          thief.on("/back", redirecting(307, `${host.origin}/api/home`));
          api.on("/take", careless);
          host.on("/api/home", careless);
          // An open redirect, to what answers with a token.
          host.on("/api/to-refresh", redirecting(307, "/auth/refresh"));
          await signIn(page);
          await anew(page, api.origin);
          const call = (path: string, init: { method?: string; headers?: Record<string, string> } = {}) =>
            page.evaluate(
              ([path, init]) =>
                auth.fetch(path, init).then(
                  (answer) => answer.text(),
                  (error) => error.code ?? error.name,
                ),
              [path, init] as const,
            );
          for (const status of statuses) assert.equal(await call(`/api/to-thief-${status}`), "taken");
          assert.equal(await call("/api/to-api"), "taken");
          await call("/api/and-back");
          const before = service.issued.length;
          const headers = { "Latchkey-Client": "thief/1" };
          assert.equal(await call("/api/to-refresh", { method: "POST", headers }), "origin_not_allowed");
          assert.equal(service.issued.length, before + 1, "it was led there");
          const strangers = [...thief.seen, ...api.seen, ...host.seen.filter(({ path }) => path === "/api/home")];
          assert.ok(strangers.length >= 7, `${strangers.length} requests`);
          assert.deepEqual(
            strangers.filter(({ headers }) => headers.authorization),
            [],
          );
          const first = host.seen.filter(({ path }) => path.startsWith("/api/to-thief"));
          assert.equal(first.filter(({ headers }) => headers.authorization).length, statuses.length);
        },
        { csp: CSP },
      );
    } finally {
      await Promise.all([api.stop(), thief.stop()]);
    }
  });
}

/** A page whose policy allows every origin, so that the vault is what rejects the call. */
const CSP = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
