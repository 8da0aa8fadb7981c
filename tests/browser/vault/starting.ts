// Check 55 and bad input: where the vault can't start, the error says what is missing. It never hangs, and never falls back
// to the page.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Handler, type HostPage, type PageOptions, STRICT_CSP, startPage } from "../../harness/page.ts";

interface Trouble extends PageOptions {
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

const worker = "/dist/vault-worker.js";
const wasm = "/dist/generated/vault_bg.wasm";
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
  "a worker whose own policy lets it load nothing": {
    host: (host) => host.on(worker, readingBuilt(worker, { "Content-Security-Policy": "connect-src 'none'" })),
    ...{ says: /vault_bg\.wasm.*connect-src/, transient: true },
  },
  "Trusted Types without our policy": {
    csp: without("trusted-types latchkey", "trusted-types 'none'"),
    ...{ says: /trusted-types latchkey/, transient: false },
  },
  "no worker file": { host: (host) => host.on(worker, answer(404, "text/plain")), says: /404/, transient: true },
  "a page in the worker's place": {
    host: (host) => host.on(worker, answer(200, "text/html", "<!doctype html>")),
    ...{ says: /text\/html/, transient: true },
  },
  "a worker that is something else": {
    host: (host) => host.on(worker, answer(200, "text/javascript", "throw new Error('not me')")),
    ...{ says: /not me/, transient: true },
  },
  "a worker without the page's embedder policy": {
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
    host: (host) => host.on(worker, readingBuilt(worker, {})),
    ...{ says: /Cross-Origin-Embedder-Policy/, transient: true },
  },
  "no WebAssembly file": {
    host: (host) => host.on(wasm, answer(404, "text/plain")),
    ...{ says: /vault_bg\.wasm/, transient: true },
  },
  "a page in the WebAssembly's place": {
    host: (host) => host.on(wasm, answer(200, "text/html", "<!doctype html>")),
    ...{ says: /vault_bg\.wasm/, transient: true },
  },
  "a worker of the next version": {
    host: (host) => host.on(worker, answer(200, "text/javascript", 'postMessage({ kind: "ready", protocol: 4 })')),
    ...{ says: /version 4.*version 3/, transient: true },
  },
  "a page of the next version": {
    host: (host) =>
      host.on("/dist/protocol.js", readingBuilt("/dist/protocol.js", {}, ["PROTOCOL = 3", "PROTOCOL = 4"])),
    ...{ says: /version 3 .*another/, transient: true },
  },
  "a browser without workers": {
    init: (page) => page.addInitScript(() => Reflect.deleteProperty(globalThis, "Worker")),
    ...{ says: /no workers/, transient: false },
  },
  "a worker that says nothing": {
    host: (host) => host.on(worker, answer(200, "text/javascript", "")),
    init: (page) => page.clock.install(),
    meanwhile: (page) => page.clock.fastForward(31_000),
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
  for (const [name, { host: prepare, init, meanwhile, says, transient, ...options }] of Object.entries(TROUBLES)) {
    test(`check_55 ${name}: the error says so`, async () => {
      const host = await startPage(options);
      const context = await browser.newContext();
      try {
        prepare?.(host);
        const page = await context.newPage();
        await init?.(page);
        await page.goto(host.origin);
        await page.evaluate(() => {
          const told = (error: import("latchkey-auth").AuthError) => [
            error.name,
            error.code,
            error.transient,
            error.message,
          ];
          const made = latchkey.createClient({ service: location.origin });
          Object.assign(globalThis, { told: made.then(() => "started", told) });
        });
        await meanwhile?.(page);
        const told = await page.evaluate(() => (globalThis as unknown as { told: Promise<unknown[]> }).told);
        assert.deepEqual(told.slice(0, 3), ["AuthError", "vault_unavailable", transient], String(told[3]));
        assert.match(String(told[3]), says);
        const glue = host.seen.filter(({ path }) => path.endsWith("generated/vault.js"));
        assert.deepEqual(glue, [], "the page doesn't take the vault in");
      } finally {
        await context.close();
        await host.stop();
      }
    });
  }

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
      assert.deepEqual(told, [27, []], vault);
    }
    await context.close();
    await host.stop();
  });
}
