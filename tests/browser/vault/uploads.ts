// Upload progress: what has been handed to the network, beside what the server has read, in both modes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type http from "node:http";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { until } from "../../harness/until.ts";
import { type Mode, onSite, signIn } from "./world.ts";

const SIZE = 40_000_000;
/** What the buffers of a loopback connection may hold on both sides: Linux grows them to some megabytes. */
const BUFFERS = 16_000_000;

async function digestOf(request: http.IncomingMessage): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of request) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

interface Progress {
  loaded: number;
  total: number;
}

export function uploads(browser: Browser, mode: Mode): void {
  test(`${mode}: an upload to a server that does not read: the progress stops where the buffers are full, and ends at 100 %`, () =>
    onSite(
      browser,
      async ({ host, service, page }) => {
        let read = 0;
        let goOn = () => {};
        host.on("/api/upload", async (request, response) => {
          const authorized = service.tokenOf(request) !== undefined;
          const paused = new Promise<void>((done) => {
            goOn = done;
          });
          request.pause();
          await paused;
          const digest = await digestOf(request);
          read = Number(request.headers["content-length"]);
          response.writeHead(201, { "Content-Type": "application/json", "X-Answer": "42" });
          response.end(JSON.stringify({ authorized, digest, type: request.headers["content-type"] }));
        });
        await signIn(page);
        await page.evaluate((size) => {
          const bytes = new Uint8Array(size).map((_, index) => index % 251);
          const seen: Progress[] = [];
          const body = new Blob([bytes], { type: "video/x-test" });
          const init = { method: "PUT", body, onUploadProgress: (progress: Progress) => seen.push(progress) };
          const answer = auth.fetch("/api/upload?x=1", init).then(async (response) => ({
            ...{ status: response.status, url: response.url, type: response.type, redirected: response.redirected },
            ...{ answer: response.headers.get("x-answer"), clone: response.clone().url, body: await response.json() },
          }));
          Object.assign(globalThis, { seen, answer });
        }, SIZE);
        const last = () =>
          page.evaluate(() => (globalThis as unknown as { seen: Progress[] }).seen.at(-1) ?? { loaded: 0, total: 0 });
        let before = -1;
        const stopped = await until("nothing more is sent", async () => {
          const { loaded } = await last();
          const stands = loaded > 0 && loaded === before;
          before = loaded;
          return stands && loaded;
        });
        assert.equal(read, 0, "the server has read nothing");
        assert.ok(stopped < BUFFERS, `${stopped} bytes of ${SIZE} were reported`);
        goOn();
        const answer = await page.evaluate(() => (globalThis as unknown as { answer: unknown }).answer);
        const bytes = Buffer.from(new Uint8Array(SIZE).map((_, index) => index % 251));
        assert.deepEqual(answer, {
          ...{ status: 201, url: `${host.origin}/api/upload?x=1`, type: "basic", redirected: false, answer: "42" },
          clone: `${host.origin}/api/upload?x=1`,
          body: { authorized: true, digest: createHash("sha256").update(bytes).digest("hex"), type: "video/x-test" },
        });
        assert.deepEqual(await last(), { loaded: SIZE, total: SIZE });
        const loaded = await page.evaluate(() =>
          (globalThis as unknown as { seen: Progress[] }).seen.map((progress) => progress.loaded),
        );
        assert.deepEqual(
          loaded,
          loaded.toSorted((one, other) => one - other),
          "it only grows",
        );
      },
      { mode },
    ));

  test(`${mode}: with onUploadProgress a call is otherwise as it was: bodies, 401, abort, redirects, sign-out, network failures`, () =>
    onSite(
      browser,
      async ({ host, service, page }) => {
        let refusals = 1;
        host.on("/api/echo", async (request, response) => {
          let body = "";
          for await (const chunk of request) body += chunk;
          const known = service.tokenOf(request) !== undefined;
          if (known && request.headers["x-refuse"] && refusals > 0) {
            refusals -= 1;
            return void response.writeHead(401).end();
          }
          const type = request.headers["content-type"]?.replace(/boundary=.*/, "boundary=…") ?? null;
          const parts = /boundary=(\S+)/.exec(request.headers["content-type"] ?? "")?.[1];
          const whole = parts === undefined || body.endsWith(`--${parts}--\r\n`);
          response.writeHead(known ? 200 : 401, { "Content-Type": "application/json" });
          response.end(
            JSON.stringify({ method: request.method, type, whole, size: body.length, custom: request.headers["x-c"] }),
          );
        });
        host.on(
          "/api/none",
          (request, response) => void request.resume().on("end", () => response.writeHead(204).end()),
        );
        host.on("/api/from", (request, response) => {
          request.resume();
          response.writeHead(307, { Location: "/api/echo" }).end();
        });
        host.on("/api/back", (request, response) => {
          request.resume();
          response.writeHead(307, { Location: "/auth/refresh" }).end();
        });
        host.on("/api/hang", (request) => void request.resume());
        host.on("/api/gone", (_, response) => void response.destroy());
        await signIn(page);
        const outcome = await page.evaluate(async () => {
          const totals: Record<string, number[]> = {};
          const failed = (error: { name: string; code?: unknown }) =>
            typeof error.code === "string" ? error.code : error.name;
          const send = async (name: string, input: RequestInfo, init: RequestInit = {}) => {
            const seen: number[] = [];
            totals[name] = seen;
            const onUploadProgress = ({ loaded, total }: Progress) => {
              if (loaded === total) seen.push(total);
            };
            const options = { method: "POST", ...init, onUploadProgress };
            return auth.fetch(input, options).then((response) => response.json(), failed);
          };
          const form = new FormData();
          form.append("file", new File(["x".repeat(1000)], "a.bin"));
          const bodies = {
            text: await send("text", "/api/echo", { body: "täxt", headers: { "X-C": "1" } }),
            form: await send("form", "/api/echo", { body: form }),
            params: await send("params", "/api/echo", { body: new URLSearchParams({ a: "b" }) }),
            json: await send("json", "/api/echo", { body: "{}", headers: { "Content-Type": "application/json" } }),
            view: await send("view", "/api/echo", { body: new Uint8Array(10).subarray(2, 7) }),
            request: await send("request", new Request("/api/echo", { method: "PUT", body: "of a request" }), {
              method: "PUT",
            }),
            "no body": await send("no body", "/api/echo", { method: "GET" }),
          };
          const refused = await send("refused", "/api/echo", { body: "again", headers: { "X-Refuse": "1" } });
          const none = await auth.fetch("/api/none", { method: "POST", body: "x", onUploadProgress() {} });
          const followed = await auth.fetch("/api/from", { method: "POST", body: "x", onUploadProgress() {} });
          const stream = new Blob(["x"]).stream();
          const failures = {
            back: await send("back", "/api/back", { body: "x" }),
            gone: await send("gone", "/api/gone", { body: "x" }),
            stream: await send("stream", "/api/echo", { body: stream, duplex: "half" } as RequestInit),
            manual: await send("manual", "/api/echo", { body: "x", redirect: "manual" }),
            keepalive: await send("keepalive", "/api/echo", { body: "x", keepalive: true }),
            elsewhere: await send("elsewhere", "https://api.example.org/", { body: "x" }),
            aborted: await send("aborted", "/api/echo", { body: "x", signal: AbortSignal.abort() }),
            timeout: await send("timeout", "/api/hang", { body: "x", signal: AbortSignal.timeout(50) }),
          };
          const under = send("under", "/api/hang", { body: "x" });
          await new Promise((sent) => setTimeout(sent, 100));
          await auth.signOut();
          return {
            ...{ bodies, refused, failures, totals, signedOut: await under },
            none: [none.status, none.body === null],
            followed: [followed.redirected, new URL(followed.url).pathname],
          };
        });
        const text = "text/plain;charset=UTF-8";
        assert.deepEqual(outcome.bodies, {
          text: { method: "POST", type: text, whole: true, size: 4, custom: "1" },
          form: {
            method: "POST",
            type: "multipart/form-data; boundary=…",
            whole: true,
            size: outcome.bodies.form.size,
          },
          params: { method: "POST", type: "application/x-www-form-urlencoded;charset=UTF-8", whole: true, size: 3 },
          json: { method: "POST", type: "application/json", whole: true, size: 2 },
          view: { method: "POST", type: null, whole: true, size: 5 },
          request: { method: "PUT", type: text, whole: true, size: 12 },
          "no body": { method: "GET", type: null, whole: true, size: 0 },
        });
        assert.ok(outcome.bodies.form.size > 1000);
        assert.equal(outcome.refused.size, 5);
        assert.deepEqual(outcome.totals.refused, [5, 5], "sent again after the 401");
        assert.deepEqual([outcome.totals.text, outcome.totals["no body"]], [[5], []]);
        assert.deepEqual(outcome.none, [204, true]);
        assert.deepEqual(outcome.followed, [true, "/api/echo"]);
        assert.deepEqual(outcome.failures, {
          ...{ back: "origin_not_allowed", gone: "TypeError", stream: "TypeError", manual: "TypeError" },
          ...{
            keepalive: "TypeError",
            elsewhere: "origin_not_allowed",
            aborted: "AbortError",
            timeout: "TimeoutError",
          },
        });
        assert.equal(outcome.signedOut, "signed_out");
      },
      { mode },
    ));
}
