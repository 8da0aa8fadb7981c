// The option `headers`: what a function of the page may add to each call, and what it may not.
import assert from "node:assert/strict";
import type http from "node:http";
import { test } from "node:test";
import type { AddedHeaders } from "latchkey-auth";
import type { Browser } from "playwright-core";
import { type Mode, onSite, signIn } from "./world.ts";

const WATCHED = ["traceparent", "x-mine", "authorization", "latchkey-subject", "latchkey-nonce", "x-number"];

export function addedHeaders(browser: Browser, mode: Mode): void {
  test(`${mode}: headers: each call gets what the function returns, and none of the vault's own headers`, () =>
    onSite(
      browser,
      async ({ host, service, page }) => {
        const seen: http.IncomingHttpHeaders[] = [];
        let refusals = 0;
        host.on("/api/data", (request, response) => {
          request.resume();
          const known = service.tokenOf(request) !== undefined;
          const { authorization: _, ...headers } = request.headers;
          seen.push(Object.fromEntries(WATCHED.filter((name) => name in headers).map((name) => [name, headers[name]])));
          const refuse = refusals > 0;
          if (refuse) refusals -= 1;
          response.writeHead(known && !refuse ? 200 : 401).end();
        });
        await signIn(page);
        const made = await page.evaluate(async (vault) => {
          const asked: unknown[] = [];
          const reported: string[] = [];
          addEventListener("error", (event) => {
            reported.push(event.message);
            event.preventDefault();
          });
          let answer: () => AddedHeaders = () => ({});
          auth.dispose();
          globalThis.auth = await latchkey.createClient({
            service: location.origin,
            vault,
            headers: (request) => {
              asked.push({ ...request });
              return answer();
            },
          });
          Object.assign(globalThis, {
            gives: (how: () => AddedHeaders) => {
              answer = how;
            },
          });
          await auth.fetch("/api/data");
          answer = () => ({
            ...{ traceparent: "00-1-2-01", Authorization: "Bearer mine", "Latchkey-Subject": "admin" },
            "latchkey-nonce": "0123456789abcdef",
          });
          await auth.fetch("/api/data?x#y", { method: "post", body: "x", headers: { "X-Mine": "1" } });
          answer = () => new Headers({ "x-mine": "2", traceparent: "00-3-4-01" });
          await auth.fetch(new Request("/api/data", { method: "PUT", headers: { "X-Mine": "1" } }));
          answer = () => ({ "x-number": "1", traceparent: undefined });
          await auth.wrap()("/api/data", { method: "DELETE" });
          answer = () => {
            throw new Error("the tracer is broken");
          };
          await auth.fetch("/api/data");
          answer = () => Promise.resolve({ traceparent: "late" }) as unknown as AddedHeaders;
          await auth.fetch("/api/data");
          answer = () => ({ "bad name": "x" });
          await auth.fetch("/api/data");
          const invalid = await auth.fetch("http://", {}).catch((error) => error.name);
          return { asked, reported, invalid, origin: location.origin };
        }, mode);
        assert.deepEqual(seen, [
          {},
          { "x-mine": "1", traceparent: "00-1-2-01" },
          { "x-mine": "1", traceparent: "00-3-4-01" },
          { "x-number": "1" },
          ...[{}, {}, {}],
        ]);
        const url = `${made.origin}/api/data`;
        assert.deepEqual(made.asked.slice(0, 4), [
          { url, method: "GET" },
          { url: `${url}?x#y`, method: "POST" },
          { url, method: "PUT" },
          { url, method: "DELETE" },
        ]);
        assert.equal(made.asked.length, 7, "not for an invalid URL, nor for the service");
        assert.equal(made.invalid, "TypeError");
        assert.match(made.reported.join("\n"), /tracer is broken.*\n.*not a promise.*\n.*Invalid name/);

        refusals = 1;
        seen.length = 0;
        await page.evaluate(() => {
          let calls = 0;
          (globalThis as unknown as { gives(how: () => AddedHeaders): void }).gives(() => {
            calls += 1;
            return { traceparent: `00-${calls}` };
          });
          return auth.fetch("/api/data");
        });
        assert.deepEqual(seen, [{ traceparent: "00-1" }, { traceparent: "00-1" }], "the same call, sent again");
        const service_ = host.seen.filter(({ path }) => path.startsWith("/auth/"));
        assert.ok(service_.every(({ headers }) => headers.traceparent === undefined));
      },
      { mode },
    ));
}
