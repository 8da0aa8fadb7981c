// `auth.fetch` is `fetch`: the same calls by both, from one page to one API, must come out alike.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type http from "node:http";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { until } from "../../harness/until.ts";
import { type Mode, onSite, signIn } from "./world.ts";

async function bodyOf(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function fetching(browser: Browser, mode: Mode): void {
  test(`${mode}: a call carries the token, and its response is what fetch would return`, () =>
    onSite(
      browser,
      async ({ host, service, page }) => {
        host.on("/api/echo", async (request, response) => {
          const { authorization: _, host: __, cookie: ___, referer: ____, ...headers } = request.headers;
          const digest = createHash("sha256")
            .update(await bodyOf(request))
            .digest("hex");
          const type = headers["content-type"]?.replace(/boundary=.*/, "boundary=…");
          const told = { method: request.method, url: request.url, type, custom: headers["x-custom"], digest };
          const authorised = service.tokenOf(request) !== undefined;
          response.writeHead(201, "Made Up", { "Content-Type": "application/json", "X-Answer": "42" });
          response.end(JSON.stringify({ ...told, ...(authorised ? {} : { stranger: true }) }));
        });
        await signIn(page);
        const pairs = await page.evaluate(async () => {
          const bytes = new Uint8Array(200_000).map((_, index) => index % 251);
          const form = () => {
            const form = new FormData();
            form.append("a", "ä\r\nb");
            form.append("file", new File([bytes], "ü.bin", { type: "application/x-thing" }));
            return form;
          };
          const calls: Record<string, () => [RequestInfo | URL, RequestInit?]> = {
            relative: () => ["/api/echo?x=%20y#part"],
            url: () => [new URL("/api/echo", location.href), { headers: { "X-Custom": "1" } }],
            string: () => ["api/echo", { method: "POST", body: "tëxt", headers: [["x-custom", "2"]] }],
            "own type": () => [
              "/api/echo",
              { method: "PUT", body: "{}", headers: { "Content-Type": "application/json" } },
            ],
            buffer: () => ["/api/echo", { method: "POST", body: bytes.buffer }],
            view: () => ["/api/echo", { method: "POST", body: bytes.subarray(10, 1000) }],
            blob: () => ["/api/echo", { method: "POST", body: new Blob([bytes], { type: "image/x-any" }) }],
            params: () => ["/api/echo", { method: "POST", body: new URLSearchParams({ a: "b c", d: "é" }) }],
            empty: () => ["/api/echo", { method: "POST", body: "" }],
            delete: () => ["/api/echo", { method: "delete" }],
            patch: () => ["/api/echo", { method: "PATCH", body: "x" }],
            request: () => [
              new Request("/api/echo", { method: "POST", body: "of a request", headers: { "X-Custom": "3" } }),
            ],
            "request and init": () => [
              new Request("/api/echo", { method: "POST", body: "a" }),
              { method: "PUT", body: "b" },
            ],
            "authorization of one's own": () => ["/api/echo", { headers: { Authorization: "Basic eDp5" } }],
          };
          const seen = async (response: Response) => ({
            ...{ status: response.status, statusText: response.statusText, ok: response.ok, type: response.type },
            ...{ url: response.url, redirected: response.redirected, answer: response.headers.get("x-answer") },
            ...{ clone: { url: response.clone().url, type: response.clone().type }, body: await response.json() },
          });
          const pairs: Record<string, unknown[]> = {};
          for (const [name, call] of Object.entries(calls)) {
            const [ours, theirs] = [await seen(await auth.fetch(...call())), await seen(await fetch(...call()))];
            pairs[name] = [ours, theirs];
          }
          // Its boundary is random, so its digest is.
          const sent = await (await auth.fetch("/api/echo", { method: "POST", body: form() })).json();
          pairs.form = [sent.type, "multipart/form-data; boundary=…"];
          return pairs;
        });
        assert.equal(Object.keys(pairs).length, 15);
        for (const [name, [ours, theirs]] of Object.entries(pairs)) {
          if (typeof theirs === "object") delete (theirs as { body: { stranger?: true } }).body.stranger;
          assert.deepEqual(ours, theirs, name);
        }
      },
      { mode },
    ));

  test(`${mode}: a download streams: the first part is read before the last was sent, 10 MB arrive whole`, () =>
    onSite(
      browser,
      async ({ host, page }) => {
        let finish = () => {};
        host.on("/api/slow", (_, response) => {
          response.writeHead(200).write("first");
          finish = () => response.end("last");
        });
        const big = Buffer.alloc(10_000_000, "0123456789abcdef-");
        host.on("/api/big", (_, response) => void response.writeHead(200).end(big));
        await signIn(page);
        const reading = page.evaluate(async () => {
          const reader = (await auth.fetch("/api/slow")).body?.getReader();
          const text = async () => new TextDecoder().decode((await reader?.read())?.value);
          const first = await text();
          Object.assign(globalThis, { first });
          return [first, await text(), (await reader?.read())?.done];
        });
        await page.waitForFunction(() => "first" in globalThis);
        finish();
        assert.deepEqual(await reading, ["first", "last", true]);
        const digest = await page.evaluate(async () => {
          const bytes = await (await auth.fetch("/api/big")).arrayBuffer();
          return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))];
        });
        assert.deepEqual(Buffer.from(digest), createHash("sha256").update(big).digest());
      },
      { mode },
    ));

  test(`${mode}: an unread body is not fetched to its end; a cancelled one is aborted`, () =>
    onSite(
      browser,
      async ({ host, page }) => {
        let sent = 0;
        let closed = false;
        host.on("/api/endless", (_, response) => {
          response.writeHead(200);
          const more = () => {
            while (!closed && response.write(Buffer.alloc(100_000))) sent += 100_000;
          };
          response.on("drain", more);
          response.on("close", () => {
            closed = true;
          });
          more();
        });
        await signIn(page);
        await page.evaluate(async () => {
          Object.assign(globalThis, { answer: await auth.fetch("/api/endless") });
        });
        let before = -1;
        await until("nothing more is sent", () => {
          const stands = sent === before;
          before = sent;
          return stands;
        });
        assert.ok(sent < 30_000_000 && !closed, `${sent} bytes`);
        await page.evaluate(() => (globalThis as unknown as { answer: Response }).answer.body?.cancel());
        await until("the connection is closed", () => closed);
      },
      { mode },
    ));

  test(`${mode}: aborting: before, while it waits, while the body comes; with the caller's own reason`, () =>
    onSite(
      browser,
      async ({ host, page }) => {
        let open = 0;
        const hang = (head: boolean) => (_: http.IncomingMessage, response: http.ServerResponse) => {
          open += 1;
          response.on("close", () => {
            open -= 1;
          });
          if (head) response.writeHead(200).write("part");
        };
        host.on("/api/hang", hang(false));
        host.on("/api/part", hang(true));
        await signIn(page);
        const outcome = await page.evaluate(async () => {
          const reason = { mine: true };
          const same = (promise: Promise<unknown>) =>
            promise.then(
              () => "no error",
              (error) => error === reason,
            );
          const before = await same(auth.fetch("/api/hang", { signal: AbortSignal.abort(reason) }));
          const waiting = new AbortController();
          const waited = same(auth.fetch("/api/hang", { signal: waiting.signal }));
          setTimeout(() => waiting.abort(reason), 50);
          const coming = new AbortController();
          const response = await auth.fetch("/api/part", { signal: coming.signal });
          const reader = response.body?.getReader();
          await reader?.read();
          const rest = same(reader?.read() ?? Promise.resolve());
          coming.abort(reason);
          const request = new Request("/api/hang", { signal: AbortSignal.abort() });
          const own = await auth.fetch(request).catch((error) => [error.name, error instanceof DOMException]);
          const timeout = await auth
            .fetch("/api/hang", { signal: AbortSignal.timeout(20) })
            .catch((error) => error.name);
          return { before, waited: await waited, rest: await rest, own, timeout };
        });
        assert.deepEqual(outcome, {
          ...{ before: true, waited: true, rest: true, own: ["AbortError", true], timeout: "TimeoutError" },
        });
        await until("no connection is left open", () => open === 0);
      },
      { mode },
    ));

  test(`${mode}: HEAD, 204 and empty answers have the bodies fetch gives them`, () =>
    onSite(
      browser,
      async ({ host, page }) => {
        host.on("/api/none", (_, response) => void response.writeHead(204, { "X-Answer": "none" }).end());
        host.on("/api/empty", (_, response) => void response.writeHead(200).end());
        host.on("/api/teapot", (_, response) => void response.writeHead(418).end("short and stout"));
        await signIn(page);
        const look = (call: "ours" | "theirs") =>
          page.evaluate(async (call) => {
            const get = call === "ours" ? auth.fetch : fetch;
            const seen = async (path: string, init?: RequestInit) => {
              const response = await get(path, init);
              const { status, ok, body } = response;
              // Of 204 Chromium's own fetch gives a body, though the standard says there is none.
              if (status === 204) return [status, ok, await response.text(), response.headers.get("x-answer")];
              return [status, ok, body === null, await response.text(), response.bodyUsed];
            };
            return [
              await seen("/api/none"),
              await seen("/api/empty", { method: "HEAD" }),
              await seen("/api/teapot", { method: "HEAD" }),
              await seen("/api/empty"),
              await seen("/api/teapot"),
            ];
          }, call);
        assert.deepEqual(await look("ours"), await look("theirs"));
      },
      { mode },
    ));

  test(`${mode}: what fetch refuses is refused as by fetch; a network that is gone is a TypeError`, () =>
    onSite(
      browser,
      async ({ host, page }) => {
        host.on("/api/gone", (_, response) => void response.destroy());
        host.on("/api/breaks", (_, response) => {
          response.writeHead(200, { "Content-Length": "100" }).write("half");
          setImmediate(() => response.destroy());
        });
        await signIn(page);
        const outcome = await page.evaluate(async () => {
          const calls: [RequestInfo, RequestInit?][] = [
            ["http://"],
            ["http://user:secret@localhost/"],
            ["/api/echo", { method: "GET", body: "x" }],
            ["/api/echo", { method: "TRACE" }],
            ["/api/echo", { method: "spaced out" }],
            ["/api/echo", { headers: { "bad name": "x" } }],
            ["/api/echo", { mode: "navigate" }],
            ["/api/gone"],
          ];
          const told = (error: unknown) => [(error as Error).constructor.name, (error as Error).name];
          const ours = await Promise.all(calls.map((call) => auth.fetch(...call).catch(told)));
          const theirs = await Promise.all(calls.map((call) => fetch(...call).catch(told)));
          const breaks = await auth
            .fetch("/api/breaks")
            .then((response) => response.text())
            .catch(told);
          const message = await auth.fetch("/api/gone").catch((error) => error.message);
          return { ours, theirs, breaks, message };
        });
        assert.deepEqual(outcome.ours, outcome.theirs);
        assert.deepEqual(outcome.breaks, ["TypeError", "TypeError"]);
        assert.match(outcome.message, /fetch/i);
      },
      { mode },
    ));

  test(`${mode}: redirects: followed on the same origin, given as they are, or an error, as asked`, () =>
    onSite(
      browser,
      async ({ host, page }) => {
        host.on("/api/from", (_, response) => void response.writeHead(302, { Location: "/api/to" }).end());
        host.on("/api/to", (_, response) => void response.writeHead(200).end("there"));
        await signIn(page);
        const look = (call: "ours" | "theirs") =>
          page.evaluate(async (call) => {
            const get = call === "ours" ? auth.fetch : fetch;
            const seen = async (redirect: RequestRedirect) => {
              const { url, redirected, type, status, ok, body } = await get("/api/from", { redirect });
              return [url, redirected, type, status, ok, body === null];
            };
            return [await seen("follow"), await seen("manual"), await seen("error").catch((error) => error.name)];
          }, call);
        assert.deepEqual(await look("ours"), await look("theirs"));
      },
      { mode },
    ));
}
