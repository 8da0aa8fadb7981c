// The vault's worker before a page that means harm: raw messages to the real one. It answers each in one way, does
// nothing it wasn't meant to do, and goes on serving.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { needlesOf } from "../../harness/canary.ts";
import { USER } from "../../harness/fake-tokens.ts";
import { startPage } from "../../harness/page.ts";
import { onSite } from "./world.ts";

/** A line to a worker of one's own. Lives in the page. */
interface Line {
  post(message: unknown): void;
  /** The first message from now on, or one that has come and wasn't asked for, of which this holds. */
  next(kind: string, id?: number): Promise<Record<string, unknown>>;
  all: Record<string, unknown>[];
}

/** Makes `line`. Runs in the page. */
function connect(): void {
  const worker = new Worker("/dist/latchkey-auth/vault-worker.js", { type: "module" });
  const all: Line["all"] = [];
  const taken = new Set<unknown>();
  let wake = () => {};
  worker.onmessage = ({ data }) => {
    all.push(data);
    wake();
  };
  const line: Line = {
    all,
    post: (message) => worker.postMessage(message),
    async next(kind, id) {
      for (;;) {
        const found = all.find(
          (each) => !taken.has(each) && each.kind === kind && (id === undefined || each.id === id),
        );
        if (found) {
          taken.add(found);
          return found;
        }
        await new Promise<void>((awake, fail) => {
          wake = awake;
          setTimeout(() => fail(new Error(`there was no ${kind} ${id ?? ""}`)), 60_000);
        });
      }
    },
  };
  Object.assign(globalThis, { line });
}

export function hostile(browser: Browser): void {
  test("the worker and a hostile page: malformed messages and forged calls have no effect, and the worker continues", async () => {
    const thief = await startPage();
    try {
      await onSite(
        browser,
        async ({ host, service, page }) => {
          host.on(
            "/api/data",
            (request, response) => void response.writeHead(service.tokenOf(request) ? 200 : 401).end("data"),
          );
          host.on("/api/hang", () => {});
          await page.evaluate(connect);
          const outcome = await page.evaluate(
            async ([thief, user]) => {
              const { line } = globalThis as unknown as { line: Line };
              const origin = location.origin;
              const outcome: Record<string, unknown> = {};
              const call = (url: string, more: object = {}) => ({ url, method: "GET", headers: [], ...more });
              const failure = async (id: number) => {
                const { error } = (await line.next("failed", id)) as { error: { code?: string; name?: string } };
                return error.code ?? error.name;
              };

              // Before `start` nothing is carried out; a `start` of another version neither.
              line.post({ kind: "fetch", id: 1, call: call(`${origin}/api/data`) });
              outcome.early = await failure(1);
              line.post({ kind: "start", protocol: 99 });
              outcome.version = ((await line.next("refused")) as { error: { code: string } }).error.code;
              const module = `${origin}/dist/latchkey-auth/vault_bg.wasm`;
              const opening = { options: { service: origin }, owed: undefined, cookieUncertain: false, stepsUp: false };
              const start = { kind: "start", protocol: 6, module, ...opening };
              line.post(start);
              await line.next("ready");

              // A second start would be another service's, or another module.
              line.post({ ...start, module: `${thief}/thief.wasm`, options: { service: thief } });
              outcome.again = typeof (await line.next("violation")).detail;
              const odd = [
                null,
                7,
                "token",
                [],
                {},
                { kind: "token" },
                { kind: "fetch", id: -1 },
                new Map(),
                new Uint8Array(9),
              ];
              for (const message of odd) line.post(message);
              for (const _ of odd) await line.next("violation");
              outcome.ask = [];
              for (const [index, what] of ["refresh", "constructor", "__proto__", ""].entries()) {
                line.post({ kind: "ask", id: 40 + index, what, body: {} });
                (outcome.ask as unknown[]).push(await failure(40 + index));
              }
              outcome.paths = [];
              for (const [index, segment] of [undefined, "", ".", ".."].entries()) {
                line.post({ kind: "ask", id: 50 + index, what: "revokeSession", body: undefined, segment });
                (outcome.paths as unknown[]).push(await failure(50 + index));
              }

              line.post({ kind: "ask", id: 3, what: "signIn", body: user });
              await line.next("done", 3);
              const forged = [
                `${thief}/take`,
                `${origin}/auth/refresh`,
                `${origin}/%61uth/sign-in`,
                "javascript:1",
                "",
                "/api/data",
                "x".repeat(3_000_000),
              ];
              outcome.forged = [];
              for (const [index, url] of forged.entries()) {
                line.post({ kind: "fetch", id: 10 + index, call: call(url, { method: "POST" }) });
                (outcome.forged as unknown[]).push(await failure(10 + index));
              }

              // Numbers of other calls, and numbers of no call.
              line.post({ kind: "fetch", id: 20, call: call(`${origin}/api/hang`) });
              line.post({ kind: "fetch", id: 20, call: call(`${origin}/api/data`) });
              outcome.twice = typeof (await line.next("violation")).detail;
              for (const id of [21, Number.MAX_SAFE_INTEGER]) {
                line.post({ kind: "abort", id });
                line.post({ kind: "more", id, bytes: Number.MAX_SAFE_INTEGER });
              }

              const headers = [
                ["Authorization", "Bearer mine"],
                ["x-a", "1"],
              ];
              line.post({ kind: "fetch", id: 30, call: call(`${origin}/api/data`, { headers }) });
              const { answer } = (await line.next("response", 30)) as { answer: { status: number } };
              outcome.status = answer.status;
              await line.next("end", 30);
              outcome.seen = JSON.stringify(line.all);
              return outcome;
            },
            [thief.origin, USER] as const,
          );
          const { seen, ...rest } = outcome;
          assert.deepEqual(rest, {
            early: "TypeError",
            version: "vault_unavailable",
            again: "string",
            ask: ["TypeError", "TypeError", "TypeError", "TypeError"],
            paths: ["not_found", "not_found", "not_found", "not_found"],
            forged: [
              "origin_not_allowed",
              "origin_not_allowed",
              "origin_not_allowed",
              "origin_not_allowed",
              "TypeError",
              "TypeError",
              "TypeError",
            ],
            twice: "string",
            status: 200,
          });
          assert.deepEqual(thief.seen, []);
          assert.deepEqual(
            service.issued.flatMap(needlesOf).filter((needle) => String(seen).includes(needle)),
            [],
          );
        },
        { csp: "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'" },
      );
    } finally {
      await thief.stop();
    }
  });
}
