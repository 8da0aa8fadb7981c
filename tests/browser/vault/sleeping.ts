// Time in which the page doesn't run: before a prerendered page is shown, and while a tab is frozen. None of it counts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import type http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { serveTokens, USER } from "../../harness/fake-tokens.ts";
import { startPage } from "../../harness/page.ts";
import { until } from "../../harness/until.ts";
import { onSite, signIn } from "./world.ts";

const HOUR_MS = 3_600_000;
/** How much faster the prerendered page's timers run, so that its start limit is over long before the page is shown. */
const SPEED = 100;

const PRERENDERED = `<!doctype html><title>next</title>
<script>
  for (const name of ["setTimeout", "setInterval"]) {
    const real = globalThis[name];
    globalThis[name] = (act, ms = 0, ...args) => real(act, ms / ${SPEED}, ...args);
  }
  const tell = (what) => void fetch("/told?" + what);
  if (document.prerendering) tell("prerendering");
  // More than twice the limit, by this page's timers.
  setTimeout(() => tell("waited"), 65_000);
</script>
<script type="module">
  import { createClient } from "/dist/index.js";
  const auth = await createClient({ service: location.origin, vault: new URLSearchParams(location.search).get("vault") })
    .catch((error) => ({ status: error.code + ": " + error.message, subscribe() {} }));
  const said = () => auth.status !== "loading" && tell(auth.status);
  auth.subscribe(said);
  said();
</script>`;

/** Signs in, has the next page prerendered, and goes there when the host answers. */
const START = `<!doctype html><title>start</title>
<script type="module">
  import { createClient } from "/dist/index.js";
  const auth = await createClient({ service: location.origin, vault: "page" });
  await auth.signIn(${JSON.stringify(USER)});
  await fetch("/told?start");
  const rules = document.createElement("script");
  rules.type = "speculationrules";
  const next = "/next" + location.search;
  rules.textContent = JSON.stringify({ prerender: [{ source: "list", urls: [next], eagerness: "immediate" }] });
  document.head.append(rules);
  await fetch("/go");
  location.href = next;
</script>`;

/** Runs Chromium without anything attached to it, because a debugger's client turns prerendering off. */
async function browsing(url: string, work: () => Promise<void>): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), "latchkey-prerender-"));
  const flags = ["--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking"];
  const program = process.env.CHROME_PATH || "/usr/bin/chromium";
  const chromium = spawn(program, [...flags, `--user-data-dir=${profile}`, url], { stdio: "ignore" });
  const ended = new Promise((done) => chromium.once("exit", done));
  try {
    await work();
  } finally {
    chromium.kill();
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function sleeping(browser: Browser): void {
  for (const vault of ["worker", "page"] as const)
    test(`check_53 ${vault} mode: a prerendered page asks nothing until it is shown, and the time until then doesn't count`, async () => {
      const host = await startPage();
      const service = serveTokens(host);
      const told: string[] = [];
      let go: (() => void) | undefined;
      host.on("/told", (request, response) => {
        told.push(request.url?.split("?")[1] ?? "");
        response.writeHead(204).end();
      });
      host.on("/go", (_, response) => {
        go = () => void response.writeHead(204).end();
      });
      const html = { "Content-Type": "text/html" };
      host.on("/start", (_, response) => void response.writeHead(200, html).end(START));
      host.on("/next", (_, response) => void response.writeHead(200, html).end(PRERENDERED));
      try {
        await browsing(`${host.origin}/start?vault=${vault}`, async () => {
          await until("it is prerendered", () => told.includes("prerendering") && go !== undefined);
          const before = service.count("refresh");
          await until("its limit is over", () => told.includes("waited"));
          assert.equal(service.count("refresh"), before, "nothing was asked on the user's behalf");
          go?.();
          await until("it is shown, and knows its session", () => told.length > 3);
          assert.deepEqual(told, ["start", "prerendering", "waited", "signed-in"]);
          const loads = host.seen.filter(({ path }) => path.startsWith("/next"));
          assert.equal(loads.length, 1, "what is shown is the page that was prerendered");
        });
      } finally {
        await host.stop();
      }
    });

  test("check_53 a tab that sleeps for an hour while the vault's worker is loaded: the client starts", () =>
    onSite(
      browser,
      async ({ host, page }) => {
        const file = "/dist/latchkey-auth/vault-worker.js";
        let deliver: (() => void) | undefined;
        host.on(file, (request, response) => {
          host.off(file);
          deliver = () => void fetchOwn(host.origin, request, response);
        });
        await page.evaluate(() => {
          const made = latchkey.createClient({ service: location.origin });
          const made_ = made.then(
            () => "started",
            (error) => error.message,
          );
          Object.assign(globalThis, { made: made_ });
        });
        await until("the worker's file is requested", () => deliver);
        await page.clock.fastForward(HOUR_MS);
        deliver?.();
        assert.equal(await page.evaluate(() => (globalThis as unknown as { made: Promise<string> }).made), "started");
      },
      { init: (page) => page.clock.install() },
    ));

  test("check_53 a tab that sleeps for an hour during a sign-in: the answer counts; while it runs, the limit does", () =>
    onSite(
      browser,
      async ({ service, page }) => {
        let answer: http.ServerResponse | undefined;
        service.on("sign-in", (_, response) => {
          answer = response;
        });
        const begin = () =>
          page.evaluate((user) => {
            const outcome = auth.signIn(user).then(
              () => "signed in",
              (error) => error.code,
            );
            Object.assign(globalThis, { outcome });
          }, USER);
        const outcome = () => page.evaluate(() => (globalThis as unknown as { outcome: Promise<string> }).outcome);

        await begin();
        await until("the service is asked", () => answer);
        await page.clock.runFor(18_000);
        await page.clock.fastForward(HOUR_MS);
        answer
          ?.writeHead(401, { "Content-Type": "application/problem+json" })
          .end(JSON.stringify({ code: "invalid_credentials" }));
        assert.equal(await outcome(), "invalid_credentials", "what the service said, not a timeout");

        answer = undefined;
        await begin();
        await until("the service is asked again", () => answer);
        await page.clock.runFor(21_000);
        assert.equal(await outcome(), "timeout");
      },
      {
        mode: "page",
        init: (page) => page.clock.install(),
      },
    ));

  test("a tab that Chromium has frozen continues afterwards: its worker responds, and the request in progress completes", () =>
    onSite(browser, async ({ host, service, page }) => {
      host.on("/api/data", (_, response) => void response.writeHead(200).end());
      await signIn(page);
      let answer: (() => void) | undefined;
      service.on("refresh", (_, response) => {
        service.on("refresh", null);
        answer = () => void response.writeHead(503).end();
      });
      await page.reload();
      await openAtOnce(page);
      await until("the service is asked", () => answer);
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("Page.setWebLifecycleState", { state: "frozen" });
      answer?.();
      await cdp.send("Page.setWebLifecycleState", { state: "active" });
      await until("signed in", () => page.evaluate(() => auth.status === "signed-in"));
      assert.equal(await page.evaluate(async () => (await auth.fetch("/api/data")).status), 200);
    }));
}

/** Makes the client, and doesn't wait for its session. */
const openAtOnce = (page: Page) =>
  page.evaluate(async () => {
    globalThis.auth = await latchkey.createClient({ service: location.origin });
  });

async function fetchOwn(origin: string, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const answer = await fetch(`${origin}${request.url}`);
  const type = answer.headers.get("content-type") ?? "";
  const csp = answer.headers.get("content-security-policy") ?? "";
  response.writeHead(answer.status, { "Content-Type": type, "Content-Security-Policy": csp });
  response.end(Buffer.from(await answer.arrayBuffer()));
}
