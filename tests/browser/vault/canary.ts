// Check 46 on the line between page and vault: every message, both ways, through sign-in, calls, failures, a refresh
// and a sign-out.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { needlesOf, record, scan } from "../../harness/canary.ts";
import { until } from "../../harness/until.ts";
import { onSite, open, signIn } from "./world.ts";

export function canary(browser: Browser): void {
  test("check_46 no message between page and worker has the token in it, nor has anything a page can look at", () => {
    let lines: string[] = [];
    const init = async (page: Parameters<typeof record>[0]) => {
      ({ lines } = await record(page));
    };
    return onSite(
      browser,
      async ({ host, service, page }) => {
        host.on("/api/data", (_, response) => void response.writeHead(200, { "X-Data": "1" }).end("data"));
        host.on("/api/refuses", (_, response) => void response.writeHead(401).end());
        host.on("/api/breaks", (_, response) => {
          response.writeHead(200, { "Content-Length": "100" }).write("half");
          setImmediate(() => response.destroy());
        });
        host.on("/api/gone", (_, response) => void response.destroy());
        // An API that tells what it was sent: the one way for a token to get into a page, and here the planted canary.
        host.on("/api/mirror", (request, response) => void response.end(`canary:${request.headers.authorization}`));
        await signIn(page);
        await page.evaluate(async () => {
          await (await auth.fetch("/api/data", { method: "POST", body: "x" })).text();
          await (await auth.fetch("/api/refuses")).text();
          await auth
            .fetch("/api/breaks")
            .then((answer) => answer.text())
            .catch(() => {});
          await auth.fetch("/api/gone").catch(() => {});
          await auth.fetch("https://elsewhere.example/").catch(() => {});
          await auth.fetch("/auth/refresh", { method: "POST" }).catch(() => {});
          await auth.sessions.list();
          await auth.sessions.revoke("another").catch(() => {});
          const controller = new AbortController();
          const aborted = auth.fetch("/api/data", { signal: controller.signal });
          controller.abort();
          await aborted.catch(() => {});
        });
        await page.reload();
        await open(page);
        await page.evaluate(async () => void (await (await auth.fetch("/api/data")).text()));
        const nowhere = async (moment: string) => {
          const needles = service.issued.flatMap(needlesOf);
          const { findings, visited } = await scan(page, needles);
          assert.deepEqual(findings, [], moment);
          assert.ok(visited > 1000, `${visited} objects visited`);
          assert.deepEqual(
            lines.filter((line) => needles.some((needle) => line.includes(needle))),
            [],
            moment,
          );
        };
        await nowhere("signed in");
        assert.ok(service.issued.length >= 3, `${service.issued.length} tokens`);
        const kinds = ["start", "ask", "fetch", "abort", "ready", "state", "response", "chunk", "end"];
        for (const kind of [...kinds, "failed", "done"]) {
          const seen = lines.some((line) => line.startsWith("message: ") && line.includes(`{"kind":"${kind}"`));
          assert.ok(seen, `a message of the kind ${kind} was seen`);
        }

        const echoed = await page.evaluate(async () => (await auth.fetch("/api/mirror")).text());
        assert.equal(echoed, `canary:Bearer ${service.issued.at(-1)}`);
        await until("the planted canary is found in a message", () =>
          lines.some((line) => line.startsWith("message: to Worker") && line.includes(echoed)),
        );
        lines.length = 0;
        await page.evaluate(() => auth.signOut());
        await nowhere("signed out");
      },
      { init },
    );
  });
}
