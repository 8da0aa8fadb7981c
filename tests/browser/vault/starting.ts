// Check 55 and bad input: where the vault can't start, the error says what is missing. It never hangs, and never falls
// back to the page.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { ClientOptions } from "latchkey-auth";
import type { Browser, Page } from "playwright-core";
import { type Handler, type HostPage, type PageOptions, STRICT_CSP, startPage } from "../../harness/page.ts";

interface Trouble extends PageOptions {
  /** Options of the client; `cdn` is another origin with the package's files. */
  options?: (cdn: string) => Partial<ClientOptions>;
  /** Headers of the files on that origin. */
  cdn?: Record<string, string>;
  /** Stands in front of the host. */
  host?: (host: HostPage) => void;
  /** Done to the page before it loads. */
  init?: (page: Page) => Promise<unknown>;
  /** Done while the client is being made. */
  meanwhile?: (page: Page) => Promise<unknown>;
  /** What the message must say. */
  says: RegExp;
  transient: boolean;
}

const answer =
  (status: number, type: string, body = ""): Handler =>
  (_, response) =>
    void response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": STRICT_CSP }).end(body);

const worker = "/dist/latchkey-auth/vault-worker.js";
const wasm = "/dist/latchkey-auth/vault_bg.wasm";
const without = (part: string, instead = "") => STRICT_CSP.replace(part, instead);

const TROUBLES: Record<string, Trouble> = {
  "a policy that allows no workers": {
    csp: without("worker-src 'self'", "worker-src 'none'"),
    ...{ says: /worker-src doesn't allow .*vault-worker\.js.*worker-src 'self'/, transient: false },
  },
  "a policy that allows no WebAssembly": {
    csp: without(" 'wasm-unsafe-eval'"),
    ...{ says: /script-src 'wasm-unsafe-eval'/, transient: false },
  },
  "a worker whose policy allows it to load nothing": {
    host: (host) => host.on(worker, readingBuilt(worker, { "Content-Security-Policy": "connect-src 'none'" })),
    ...{ says: /vault_bg\.wasm.*connect-src/, transient: true },
  },
  "Trusted Types without our policy": {
    csp: without("trusted-types latchkey", "trusted-types 'none'"),
    ...{ says: /trusted-types latchkey/, transient: false },
  },
  "no worker file": {
    host: (host) => host.on(worker, answer(404, "text/plain")),
    ...{
      says: /404\. The build has left it out: copy .* to \/dist\/latchkey-auth\/, or set workerUrl/,
      transient: false,
    },
  },
  "no worker file, which a storage service reports as 403": {
    host: (host) => host.on(worker, answer(403, "application/xml")),
    ...{ says: /403\. The build has left it out/, transient: false },
  },
  "no worker file at the moment": {
    host: (host) => host.on(worker, answer(503, "text/plain")),
    ...{ says: /503\.$/, transient: true },
  },
  "a page in the worker's place": {
    host: (host) => host.on(worker, answer(200, "text/html", "<!doctype html>")),
    ...{ says: /text\/html.*The build has left it out/, transient: false },
  },
  "an Angular app without the files": {
    host: (host) => host.on(worker, answer(404, "text/plain")),
    init: (page) =>
      page.addInitScript(() => {
        const mark = () => document.body.setAttribute("ng-version", "22.0.0");
        document.addEventListener("DOMContentLoaded", mark);
      }),
    ...{
      says: /"input": "node_modules\/latchkey-auth\/dist\/latchkey-auth".* to "assets" in angular\.json/,
      transient: false,
    },
  },
  "files that Vite's optimiser has not found": {
    host: (host) => host.on("/.vite/deps/latchkey-auth/vault-worker.js", answer(404, "text/plain")),
    options: () => ({ workerUrl: "/.vite/deps/latchkey-auth/vault-worker.js" }),
    ...{ says: /optimizeDeps: \{ exclude: \["latchkey-auth"\] \}/, transient: false },
  },
  "files that Vite's development server may not read": {
    host: (host) => host.on("/app/@fs/work/latchkey-auth/vault-worker.js", answer(403, "text/html")),
    options: () => ({ workerUrl: "/app/@fs/work/latchkey-auth/vault-worker.js" }),
    ...{ says: /server: \{ fs: \{ allow: \["\.", "\/work\/latchkey-auth\/"\] \} \}/, transient: false },
  },
  "a worker on another origin, and a policy that allows no copy": {
    csp: without("connect-src 'self'", "connect-src 'self' http:"),
    options: (cdn) => ({ workerUrl: `${cdn}${worker}` }),
    cdn: { "Access-Control-Allow-Origin": "*" },
    ...{ says: /not on the page's own origin.*set workerUrl.*worker-src blob:/, transient: false },
  },
  "a worker on another origin, and a policy that does not allow its request": {
    options: (cdn) => ({ workerUrl: `${cdn}${worker}` }),
    cdn: { "Access-Control-Allow-Origin": "*" },
    ...{ says: /could not be read.*connect-src http:\/\/localhost:\d+/, transient: false },
  },
  "a worker on another origin that the page may not read": {
    csp: without("connect-src 'self'", "connect-src 'self' http:"),
    options: (cdn) => ({ workerUrl: `${cdn}${worker}` }),
    ...{ says: /Access-Control-Allow-Origin/, transient: false },
  },
  "a worker on another origin that cannot be reached": {
    csp: without("connect-src 'self'", "connect-src 'self' http:"),
    options: () => ({ workerUrl: "http://localhost:1/vault-worker.js" }),
    ...{ says: /could not be read/, transient: true },
  },
  "a worker that is missing on another origin": {
    csp: without("connect-src 'self'", "connect-src 'self' http:"),
    options: (cdn) => ({ workerUrl: `${cdn}/dist/vault-worker.js` }),
    cdn: { "Access-Control-Allow-Origin": "*" },
    ...{ says: /404\. The build has left it out/, transient: false },
  },
  "a worker that is something else": {
    host: (host) => host.on(worker, answer(200, "text/javascript", "throw new Error('not me')")),
    ...{ says: /not me/, transient: true },
  },
  "a worker without the page's embedder policy": {
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
    host: (host) => host.on(worker, readingBuilt(worker, {})),
    ...{ says: /Cross-Origin-Embedder-Policy/, transient: false },
  },
  "no WebAssembly file": {
    host: (host) => host.on(wasm, answer(404, "text/plain")),
    ...{ says: /vault_bg\.wasm.*404.*set wasmUrl/, transient: false },
  },
  "no WebAssembly file at the moment": {
    host: (host) => host.on(wasm, answer(503, "text/plain")),
    ...{ says: /vault_bg\.wasm.*503\.$/, transient: true },
  },
  "a page in the WebAssembly's place": {
    host: (host) => host.on(wasm, answer(200, "text/html", "<!doctype html>")),
    ...{ says: /vault_bg\.wasm.*text\/html.*set wasmUrl/, transient: false },
  },
  "a worker of the next version": {
    host: (host) => host.on(worker, answer(200, "text/javascript", 'postMessage({ kind: "ready", protocol: 7 })')),
    ...{ says: /version 7.*version 6/, transient: true },
  },
  "a page of the next version": {
    host: (host) =>
      host.on("/dist/protocol.js", readingBuilt("/dist/protocol.js", {}, ["PROTOCOL = 6", "PROTOCOL = 7"])),
    ...{ says: /version 6 .*another/, transient: true },
  },
  "a browser without workers": {
    init: (page) => page.addInitScript(() => Reflect.deleteProperty(globalThis, "Worker")),
    ...{ says: /no workers/, transient: false },
  },
  "a worker that says nothing": {
    host: (host) => host.on(worker, answer(200, "text/javascript", "")),
    init: (page) => page.clock.install(),
    meanwhile: (page) => page.clock.runFor(31_000),
    ...{ says: /in time/, transient: true },
  },
};

/** A built file, with other headers, and one text in place of another. */
function readingBuilt(path: string, headers: Record<string, string>, [one, other] = ["", ""]): Handler {
  return async (_, response) => {
    const text = await readFile(new URL(`../../../sdk-wasm${path}`, import.meta.url), "utf8");
    assert.ok(text.includes(one as string));
    response.writeHead(200, { "Content-Type": "text/javascript", ...headers });
    response.end(text.replace(one as string, other as string));
  };
}

export function starting(browser: Browser): void {
  for (const [name, { host: prepare, init, meanwhile, says, transient, options, cdn, ...served }] of Object.entries(
    TROUBLES,
  )) {
    test(`check_55 ${name}: the error says so`, async () => {
      const host = await startPage(served);
      const elsewhere = await startPage({ headers: cdn ?? {} });
      const context = await browser.newContext();
      try {
        prepare?.(host);
        const page = await context.newPage();
        await init?.(page);
        await page.goto(host.origin);
        await page.evaluate((options) => {
          const told = (error: import("latchkey-auth").AuthError) => [
            error.name,
            error.code,
            error.transient,
            error.message,
          ];
          const made = latchkey.createClient({ service: location.origin, ...options });
          Object.assign(globalThis, { told: made.then(() => "started", told) });
        }, options?.(elsewhere.origin) ?? {});
        await meanwhile?.(page);
        const told = await page.evaluate(() => (globalThis as unknown as { told: Promise<unknown[]> }).told);
        assert.deepEqual(told.slice(0, 3), ["AuthError", "vault_unavailable", transient], String(told[3]));
        assert.match(String(told[3]), says);
        const glue = host.seen.filter(({ path }) => path.endsWith("generated/vault.js"));
        assert.deepEqual(glue, [], "the page doesn't take the vault in");
      } finally {
        await context.close();
        await Promise.all([host.stop(), elsewhere.stop()]);
      }
    });
  }

  test("check_55 the files on another origin: allowed by worker-src blob:, under Trusted Types, for every client of the page", async () => {
    const elsewhere = await startPage({ headers: { "Access-Control-Allow-Origin": "*" } });
    const csp = STRICT_CSP.replace("worker-src 'self'", "worker-src blob:").replace(
      "connect-src 'self'",
      `connect-src 'self' ${elsewhere.origin}`,
    );
    const host = await startPage({ csp });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(host.origin);
    const statuses = await page.evaluate(async (cdn) => {
      const at = (file: string) => `${cdn}/dist/latchkey-auth/${file}`;
      const options = {
        service: location.origin,
        workerUrl: at("vault-worker.js"),
        wasmUrl: new URL(at("vault_bg.wasm")),
      };
      const clients = [await latchkey.createClient(options), await latchkey.createClient(options)];
      return clients.map(({ status }) => status !== undefined);
    }, elsewhere.origin);
    assert.deepEqual(statuses, [true, true]);
    assert.deepEqual(
      page.workers().map((each) => new URL(each.url()).origin),
      [host.origin, host.origin],
    );
    const files = (seen: HostPage) => seen.seen.filter(({ path }) => path.includes("/latchkey-auth/")).length;
    assert.equal(files(host), 0);
    assert.equal(elsewhere.seen.filter(({ path }) => path === worker).length, 1, "one copy for both");
    await context.close();
    await Promise.all([host.stop(), elsewhere.stop()]);
  });

  test("options of the wrong kind are refused, and the error names them, in both modes", async () => {
    const host = await startPage();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(host.origin);
    for (const vault of ["worker", "page"]) {
      const told = await page.evaluate(async (vault) => {
        const service = location.origin;
        const wrong: [unknown, string][] = [
          [undefined, "service"],
          [null, "service"],
          [7, "service"],
          [{}, "service"],
          [{ service: 1 }, "service"],
          [{ service: new URL(service) }, vault === "worker" ? "strings" : "service"],
          [{ service: "" }, "origin"],
          [{ service: "localhost" }, "origin"],
          [{ service: "//localhost" }, "origin"],
          [{ service: `${service}/auth` }, "/auth"],
          [{ service: `${service}/` }, "origin"],
          [{ service: `${service}?x` }, "origin"],
          [{ service: "http://auth.example.com" }, "http://auth.example.com"],
          [{ service: "https://u:p@auth.example.com" }, "origin"],
          [{ service, apiOrigins: "https://api.example.com" }, "apiOrigins"],
          [{ service, apiOrigins: [1] }, "apiOrigins"],
          [{ service, apiOrigins: ["https://*.example.com"] }, "*.example.com"],
          [{ service, apiOrigins: ["https://api.example.com/v1"] }, "/v1"],
          [{ service, apiOrigins: ["http://api.example.com"] }, "http://api.example.com"],
          [{ service, refreshAheadSeconds: "60" }, "refreshAheadSeconds"],
          [{ service, refreshAheadSeconds: -1 }, "refreshAheadSeconds"],
          [{ service, timeoutSeconds: Number.NaN }, "timeoutSeconds"],
          [{ service, timeoutSeconds: 21 }, "timeoutSeconds"],
          [{ service, timeoutSeconds: () => 1 }, vault === "worker" ? "strings" : "timeoutSeconds"],
          [{ service, token: "x" }, "token"],
          [{ service, vault: "frame" }, "vault"],
          [{ service, serviceWorker: true }, "serviceWorker"],
          [{ service, headers: { traceparent: "00" } }, "headers"],
          [{ service, headers: null }, "headers"],
          [{ service, workerUrl: "https://" }, "workerUrl"],
          [{ service, workerUrl: "data:text/javascript," }, "workerUrl"],
          [{ service, workerUrl: "javascript:alert(1)" }, "workerUrl"],
          [{ service, workerUrl: "blob:http://localhost/1" }, "workerUrl"],
          [{ service, wasmUrl: "data:application/wasm," }, "wasmUrl"],
        ];
        const outcomes: unknown[] = [];
        for (const [options, names] of wrong) {
          const given = typeof options === "object" ? { vault, ...options } : options;
          const made = latchkey.createClient(given as Parameters<typeof latchkey.createClient>[0]);
          const error = await made.then(
            () => ({ code: "started", message: "" }),
            (error) => error,
          );
          if (error.code !== "invalid_options" || !error.message.includes(names)) {
            outcomes.push([JSON.stringify(options), names, error.code, error.message ?? String(error)]);
          }
        }
        return [wrong.length, outcomes];
      }, vault);
      assert.deepEqual(told, [34, []], vault);
    }
    await context.close();
    await host.stop();
  });
}
