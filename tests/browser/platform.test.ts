// What the browser enforces, beside the real Worker: who can send and who can set the cookie, and what a service
// worker sees that a route allows.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { launch, launchProfile } from "../harness/browser.ts";
import { COOKIE } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { type HostPage, STRICT_CSP, startPage } from "../harness/page.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";

const browser = await launch();
after(() => browser.close());

/** A page without restrictions of its own. */
const ANY = "default-src * data: 'unsafe-inline'; form-action *";

/** One server under many names, in front of a Worker whose service is at `auth.shop.test`. */
interface Names {
  readonly host: HostPage;
  readonly context: BrowserContext;
  at(name: string): string;
  open(name: string): Promise<Page>;
  /** The `Cookie` header of the request for this path and query. */
  cookies(path: string): Promise<string>;
}

const SERVICE = "auth.shop.test";

async function withNames(work: (names: Names) => Promise<void>): Promise<void> {
  let stack: Stack | undefined;
  const host = await startPage({ secure: true, csp: ANY, service: () => stack?.origin ?? "" });
  const at = (name: string) => host.origin.replace("localhost", name);
  stack = await startStack({ config: { sign_up: "open", allowed_origins: [at(SERVICE)] } });
  // Every name below `.test` is this machine. `shop.test` is one site, `evil.test` is another.
  const context = await launchProfile("--host-resolver-rules=MAP *.test localhost");
  try {
    await work({
      ...{ host, context, at },
      open: async (name) => {
        const page = await context.newPage();
        await page.goto(at(name));
        return page;
      },
      cookies: (path) =>
        until(path, () => {
          const request = host.seen.find((each) => each.path === path && each.method !== "OPTIONS");
          return request && (request.headers.cookie ?? "");
        }),
    });
  } finally {
    await context.close();
    await Promise.all([host.stop(), stack.stop()]);
  }
}

/** Signs up at the service's own page. Returns the page, and the cookie in the form in which it is sent. */
async function signedUp({ open, at, context }: Names): Promise<{ page: Page; cookie: string }> {
  const page = await open(SERVICE);
  const status = await page.evaluate(
    async (body) => {
      const headers = { "Content-Type": "application/json", "Latchkey-Client": "latchkey-tests/1" };
      return (await fetch("/auth/sign-up", { method: "POST", headers, body })).status;
    },
    JSON.stringify({ email: newEmail(), password: PASSWORD }),
  );
  assert.equal(status, 201);
  const ours = (await context.cookies(at(SERVICE))).filter(({ name }) => name === COOKIE);
  assert.equal(ours.length, 1);
  return { page, cookie: `${COOKIE}=${ours[0]?.value}` };
}

/** Every way in which a page can make a browser send a request. Each requests `/probe?<way>` of the service. */
const WAYS: Record<string, (to: string) => unknown> = {
  fetch: (to) => void fetch(to, { credentials: "include" }).catch(() => {}),
  "no-cors": (to) => void fetch(to, { credentials: "include", mode: "no-cors", method: "POST" }).catch(() => {}),
  beacon: (to) => navigator.sendBeacon(to),
  image: (to) => {
    new Image().src = to;
  },
  script: (to) => document.head.append(Object.assign(document.createElement("script"), { src: to })),
  style: (to) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: to })),
  frame: (to) => document.body.append(Object.assign(document.createElement("iframe"), { src: to })),
  socket: (to) => void new WebSocket(to.replace("https:", "wss:")),
  window: (to) => void open(to, "_blank"),
  form: (to) => {
    const form = Object.assign(document.createElement("form"), { action: to, method: "POST", target: "_blank" });
    document.body.append(form);
    form.submit();
  },
  link: (to) => {
    const link = Object.assign(document.createElement("a"), { href: to, target: "_blank" });
    document.body.append(link);
    link.click();
  },
};

describe("the cookie in Chromium", { concurrency: 1 }, () => {
  test("check_32 no page of another site can make the browser send the cookie, in any kind of request; the service's own page can, in all of them", () =>
    withNames(async (names) => {
      const { host, at, open, cookies } = names;
      host.on("/probe", (request, response) => {
        const { origin } = request.headers;
        const cors = { "Access-Control-Allow-Origin": origin ?? "*", "Access-Control-Allow-Credentials": "true" };
        response.writeHead(200, { "Content-Type": "text/plain", "Cache-Control": "no-store", ...cors }).end();
      });
      host.on("/plain", (_, response) => {
        const set = ["lax=1; Path=/; Secure; SameSite=Lax", "none=1; Path=/; Secure; SameSite=None"];
        response.writeHead(204, { "Set-Cookie": set }).end();
      });
      const { page, cookie } = await signedUp(names);
      await page.evaluate(() => fetch("/plain"));
      const evil = await open("evil.test");
      for (const [who, from] of [
        ["own", page],
        ["evil", evil],
      ] as const)
        for (const [way, work] of Object.entries(WAYS)) {
          const path = `/probe?${who}-${way}`;
          await from.evaluate(`(${work})(${JSON.stringify(`${at(SERVICE)}${path}`)})`);
          const sent = (await cookies(path)).split("; ");
          assert.equal(sent.includes(cookie), who === "own", `${path}: ${sent}`);
          // Cookies without the protection are sent, so this one would be seen.
          if (who === "own" || ["window", "link"].includes(way)) assert.ok(sent.includes("lax=1"), `${path}: ${sent}`);
          assert.ok(sent.includes("none=1"), `${path}: ${sent}`);
        }
    }));

  test("script of the service's own page can use the session: it sees no cookie, and reads a token from a refresh", () =>
    withNames(async (names) => {
      const { page, cookie } = await signedUp(names);
      const [cookies, token] = await page.evaluate(async () => {
        const headers = { "Latchkey-Client": "latchkey-tests/1" };
        const answer = await fetch("/auth/refresh", { method: "POST", headers });
        return [document.cookie, (await answer.json()).access_token];
      });
      assert.equal(cookies.includes(cookie.slice(COOKIE.length + 1)), false);
      assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    }));

  test("check_32 no subdomain or parent domain can set the cookie, by a response or by script", () =>
    withNames(async (names) => {
      const { host, at, open, cookies } = names;
      const planted = (domain: string) => {
        const attributes = `Path=/; Secure${domain && `; Domain=${domain}`}`;
        return [
          `${COOKIE}=planted; ${attributes}`,
          `${COOKIE}=planted; HttpOnly; ${attributes}`,
          `${COOKIE.toLowerCase()}=planted; ${attributes}`,
          `=${COOKIE}=planted; ${attributes}`,
        ];
      };
      const { page, cookie } = await signedUp(names);
      for (const [i, name] of [`app.${SERVICE}`, "shop.test", "app.shop.test"].entries()) {
        // Without a domain, with the service's, and with the site's. The last one shows that the jar accepts cookies.
        const lines = ["", SERVICE, "shop.test"].flatMap(planted);
        host.on("/plant", (_, response) => {
          response
            .writeHead(204, { "Set-Cookie": [...lines, `byResponse${i}=1; Path=/; Secure; Domain=shop.test`] })
            .end();
        });
        const other = await open(name);
        await other.evaluate(
          async ([lines, i]) => {
            await fetch("/plant");
            // biome-ignore lint/suspicious/noDocumentCookie: this is what a hostile script would do
            for (const line of [...lines, `byScript${i}=1; Path=/; Secure; Domain=shop.test`]) document.cookie = line;
          },
          [lines, i] as const,
        );
        await page.evaluate((path) => fetch(path), `/probe?${i}`);
        const sent = (await cookies(`/probe?${i}`)).split("; ");
        assert.ok(sent.includes(`byResponse${i}=1`) && sent.includes(`byScript${i}=1`), `${name}: ${sent}`);
        assert.deepEqual(
          sent.filter((each) => each.toLowerCase().includes(COOKIE.toLowerCase()) && !each.includes("-device=")),
          [cookie],
          name,
        );
      }
      assert.equal(new URL(page.url()).origin, at(SERVICE));
    }));
});

describe("a service worker that a route allows", () => {
  /** It keeps what it sees, and shows it to the page. */
  const SCRIPT = `
    const seen = [];
    addEventListener("install", () => skipWaiting());
    addEventListener("activate", (event) => event.waitUntil(clients.claim()));
    addEventListener("message", ({ ports: [port] }) => port.postMessage(seen));
    addEventListener("fetch", (event) => {
      const { request } = event;
      const authorization = request.headers.get("Authorization");
      if (authorization !== null) seen.push(authorization);
      event.respondWith(fetch(request).then(async (response) => {
        const { access_token } = await response.clone().json().catch(() => ({}));
        if (access_token !== undefined) seen.push(access_token);
        return response;
      }));
    });
  `;

  for (const vault of ["worker", "page"] as const)
    test(`sees the token in a response and in a request (vault: "${vault}"); the gate rejects the script on any other route`, async () => {
      // Without Trusted Types, under which a page couldn't register one by a plain address.
      const csp = STRICT_CSP.replace("; require-trusted-types-for 'script'; trusted-types latchkey", "");
      const site = await startPage({ csp });
      for (const path of ["/allowed.js", "/other.js"])
        site.on(path, (_, response) => {
          response.writeHead(200, { "Content-Type": "text/javascript" }).end(SCRIPT);
        });
      site.on(
        "/api/me",
        (_, response) => void response.writeHead(200, { "Content-Type": "application/json" }).end("{}"),
      );
      const to = { methods: ["GET"], upstream: "site" };
      const stack = await startStack({
        config: {
          sign_up: "open",
          upstreams: { site: { url: site.origin } },
          routes: [
            { path: "/*", access: "public", ...to },
            { path: "/allowed.js", access: "public", service_worker: true, ...to },
            { path: "/api/*", access: "token", ...to },
          ],
        },
      });
      const context = await browser.newContext();
      try {
        const page = await context.newPage();
        await page.goto(stack.origin);
        const refused = await page.evaluate(() =>
          navigator.serviceWorker.register("/other.js").then(
            () => "registered",
            (error) => error.message,
          ),
        );
        assert.match(refused, /bad HTTP response code \(403\)/);
        const seen = await page.evaluate(
          async ([vault, user]) => {
            await navigator.serviceWorker.register("/allowed.js");
            while (!navigator.serviceWorker.controller) await new Promise((done) => setTimeout(done, 10));
            const auth = await latchkey.createClient({ service: location.origin, vault });
            await auth.signUp(user);
            const { status } = await auth.fetch("/api/me");
            if (status !== 200) throw new Error(`the API answered ${status}`);
            const { port1, port2 } = new MessageChannel();
            const told = new Promise<string[]>((resolve) => {
              port1.onmessage = ({ data }) => resolve(data);
            });
            navigator.serviceWorker.controller?.postMessage("", [port2]);
            return told;
          },
          [vault, { email: newEmail(), password: PASSWORD }] as const,
        );
        const [token = "", authorization, ...more] = seen;
        assert.deepEqual([authorization, more], [`Bearer ${token}`, []]);
        const used = await ask(stack.origin, "/api/me", { headers: { Authorization: `Bearer ${token}` } });
        assert.equal(used.status, 200, "and it is the user's token");
      } finally {
        await context.close();
        await Promise.all([stack.stop(), site.stop()]);
      }
    });
});
