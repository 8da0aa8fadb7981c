// The code blocks of docs/browser-apps.md, as they stand there, in Chromium: with Sentry, OpenTelemetry, axios, a
// service worker.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type http from "node:http";
import { test } from "node:test";
import type { AuthClient } from "latchkey-auth";
import type { Browser } from "playwright-core";
import { serveModule as serve } from "../../harness/page-module.ts";
import { until } from "../../harness/until.ts";
import { onSite, signIn } from "./world.ts";

const DOCUMENT = await readFile(new URL("../../../docs/browser-apps.md", import.meta.url), "utf8");
/** Without Trusted Types, under which a page could not register a service worker by a plain address. */
const csp = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

/** The code blocks in this section of the document. */
export function blocks(heading: string, language: string): string[] {
  const section = DOCUMENT.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  assert.ok(section, heading);
  const found = [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))];
  return found.map(([, code = ""]) => code);
}

/** The body of an async function with these parameters, which returns the named variable. Imports stay outside. */
function asFunction(code: string, parameters: string, returns: string): string {
  const lines = code.split("\n");
  const isImport = (line: string) => line.startsWith("import ");
  const body = lines.filter((line) => !isImport(line)).join("\n");
  const imports = lines.filter(isImport).join("\n");
  return `${imports}\nexport async function run(${parameters}) {\n${body}\nreturn ${returns};\n}`;
}

const SENTRY = `
  import * as Sentry from "@sentry/browser";
  export function traced() {
    Sentry.init({ dsn: "http://public@localhost:1/1", tracesSampleRate: 1, defaultIntegrations: false });
    return Sentry.startSpan({ name: "click" }, async (span) => {
      await auth.fetch("/api/data");
      return span.spanContext().traceId;
    });
  }`;
const OPENTELEMETRY = `
  import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
  import { W3CTraceContextPropagator } from "@opentelemetry/core";
  export async function traced() {
    // Keeps the active span while a function runs, as an SDK does.
    let active = ROOT_CONTEXT;
    const manager = { active: () => active, with: (next, act) => { const before = active; active = next; try { return act(); } finally { active = before; } } };
    context.setGlobalContextManager({ ...manager, bind: (_, target) => target, enable: () => manager, disable: () => manager });
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const span = trace.wrapSpanContext({ traceId, spanId: "b7ad6b7169203331", traceFlags: 1 });
    await context.with(trace.setSpan(context.active(), span), () => auth.fetch("/api/data"));
    return traceId;
  }`;

export function documented(browser: Browser): void {
  const [sentry, openTelemetry] = blocks("Tracing", "ts") as [string, string];
  for (const [name, code, header] of [
    ["Sentry", sentry + SENTRY, "sentry-trace"],
    ["OpenTelemetry", openTelemetry + OPENTELEMETRY, "traceparent"],
  ] as const)
    test(`documented: tracing with ${name}: a call carries the trace of the span in which it was made`, () =>
      onSite(
        browser,
        async ({ host, page }) => {
          let seen: http.IncomingHttpHeaders | undefined;
          host.on("/api/data", (request, response) => {
            seen = request.headers;
            response.writeHead(200).end();
          });
          await serve(host, "/traced.js", code);
          await signIn(page);
          const id = await page.evaluate(async () => {
            const { traced } = (await import(`${location.origin}/traced.js`)) as { traced(): Promise<string> };
            return traced();
          });
          assert.match(id, /^[0-9a-f]{32}$/);
          assert.ok(String(seen?.[header]).includes(id), `${header}: ${seen?.[header]}`);
          assert.match(String(seen?.authorization), /^Bearer ./);
        },
        { csp },
      ));

  test("documented: upload progress, and axios with the vault's fetch and progress", () =>
    onSite(
      browser,
      async ({ host, service, page }) => {
        const received: unknown[] = [];
        host.on("/api/files/1", async (request, response) => {
          let bytes = 0;
          for await (const chunk of request) bytes += (chunk as Buffer).length;
          received.push([request.method, bytes, service.tokenOf(request) !== undefined]);
          response.writeHead(200).end();
        });
        host.on("/api/notes", (request, response) => {
          const known = service.tokenOf(request) !== undefined;
          response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ known }));
        });
        const [upload] = blocks("Upload progress", "ts") as [string];
        await serve(host, "/upload.js", asFunction(upload, "auth, file, show", "response.status"));
        const [axios] = blocks("axios", "ts") as [string];
        await serve(host, "/axios.js", asFunction(axios, "auth, file, show", "data"));
        await signIn(page);
        const outcome = await page.evaluate(async () => {
          type Run = { run(auth: AuthClient, file: Blob, show: (part: number) => void): Promise<unknown> };
          const file = new File([new Uint8Array(3_000_000)], "a.bin", { type: "application/octet-stream" });
          const told: unknown[] = [];
          for (const name of ["/upload.js", "/axios.js"]) {
            const { run } = (await import(location.origin + name)) as Run;
            const parts: number[] = [];
            told.push([await run(auth, file, (part) => parts.push(part)), parts.at(-1)]);
          }
          return told;
        });
        assert.deepEqual(outcome, [
          [200, 1],
          [{ known: true }, 1],
        ]);
        assert.deepEqual(received, Array(2).fill(["PUT", 3_000_000, true]));
      },
      { csp },
    ));

  test("documented: a service worker that caches the API: offline it answers, and nothing is left for the next user", () =>
    onSite(
      browser,
      async ({ host, page }) => {
        const [script] = blocks("Service workers that cache the API", "js") as [string];
        const [clearing] = blocks("Service workers that cache the API", "ts") as [string];
        host.on("/sw.js", (_, response) => {
          response.writeHead(200, { "Content-Type": "text/javascript" });
          response.end(`${script}\naddEventListener("activate", (event) => event.waitUntil(clients.claim()));`);
        });
        const notes = (request: http.IncomingMessage, response: http.ServerResponse) => {
          response
            .writeHead(200, { Vary: "Authorization" })
            .end(request.headers.authorization ? "Ada's notes" : "nothing");
        };
        host.on("/api/notes", notes);
        await serve(host, "/clearing.js", asFunction(clearing, "auth", "undefined"));
        await page.evaluate(async () => {
          await navigator.serviceWorker.register("/sw.js");
          if (!navigator.serviceWorker.controller)
            await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done));
        });
        await page.reload();
        await page.waitForFunction(() => "latchkey" in globalThis);
        await page.evaluate(async () => {
          globalThis.auth = await latchkey.createClient({ service: location.origin });
          const { run } = (await import(`${location.origin}/clearing.js`)) as { run(auth: AuthClient): Promise<void> };
          await run(auth);
        });
        await signIn(page);
        const get = () => page.evaluate(async () => (await auth.fetch("/api/notes")).text());
        assert.equal(await get(), "Ada's notes");
        host.on("/api/notes", (_, response) => void response.destroy());
        // Another token than the one that the response was for.
        await signIn(page);
        assert.equal(await get(), "Ada's notes", "from the cache");
        await page.evaluate(() => auth.signOut());
        await until("the cache is gone", () => page.evaluate(async () => !(await caches.has("api"))));
        await signIn(page);
        const name = await page.evaluate(() => auth.fetch("/api/notes").catch((error) => error.name));
        assert.equal(name, "TypeError", "nothing is left of it");
      },
      { csp },
    ));

  test("documented: a client in a module that a router keeps: rendered again at astro:page-load, one vault", () =>
    onSite(
      browser,
      async ({ host, page }) => {
        const [code] = blocks("Astro's ClientRouter", "ts") as [string];
        await signIn(page);
        await page.reload();
        await serve(host, "/client.js", code);
        await page.evaluate(async () => {
          document.body.innerHTML = "<output id=user></output>";
          await import(`${location.origin}/client.js`);
        });
        const shown = () => page.evaluate(() => document.querySelector("#user")?.textContent);
        await until("it is rendered", async () => (await shown()) === "ada@example.com");
        // What the router does at a navigation.
        await page.evaluate(() => {
          document.body.innerHTML = "<output id=user></output>";
          document.dispatchEvent(new Event("astro:page-load"));
        });
        assert.equal(await shown(), "ada@example.com");
        assert.equal(page.workers().length, 1);
      },
      { csp },
    ));
}
