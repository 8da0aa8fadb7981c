// Garbage collection: a body that is being read stays, an unreferenced one is cancelled. In a browser that collects on
// request.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch } from "../../harness/browser.ts";
import { until } from "../../harness/until.ts";
import { onSite, signIn } from "./world.ts";

type AuthClient = import("latchkey-auth").AuthClient;

/** As much of `adapter/connection.js`, which is not exported, as is used here. */
interface Connection {
  read(): import("latchkey-auth/react").Auth;
  subscribe(listener: () => void): () => void;
}
interface Adapter {
  connect(source: () => Promise<AuthClient>): Connection;
}

export async function collection(): Promise<void> {
  const browser = await launch("--js-flags=--expose-gc");
  after(() => browser.close());

  test("a body that is being read survives collections of both kinds", () =>
    onSite(browser, async ({ host, page }) => {
      host.on("/api/halves", (_, response) => {
        response.writeHead(200).write('{"first":1,');
        setTimeout(() => response.end('"second":2}'), 20);
      });
      await signIn(page);
      const answers = await page.evaluate(async () => {
        const answers: unknown[] = [];
        for (const type of ["minor", "major"] as const) {
          const collecting = setInterval(() => globalThis.gc?.({ type }), 2);
          for (let call = 0; call < 20; call += 1) {
            answers.push(await auth.fetch("/api/halves").then((answer) => answer.json()));
            // Read through a clone, the answer itself thrown away.
            answers.push(await (await auth.fetch("/api/halves")).clone().json());
          }
          clearInterval(collecting);
        }
        return answers;
      });
      assert.equal(answers.length, 80);
      for (const answer of answers) assert.deepEqual(answer, { first: 1, second: 2 });
    }));

  test("a discarded unread response is cancelled, so that no connection stays open", () =>
    onSite(browser, async ({ host, page }) => {
      let open = 0;
      host.on("/api/endless", (_, response) => {
        open += 1;
        response.on("close", () => {
          open -= 1;
        });
        response.writeHead(200).write("a beginning");
      });
      await signIn(page);
      await page.evaluate(async () => void (await auth.fetch("/api/endless")));
      assert.equal(open, 1);
      await until("it is collected", async () => {
        await page.evaluate(() => void globalThis.gc?.());
        return open === 0;
      });
    }));

  test("an adapter's client is disposed of if only the adapter referred to it, and continues while the page refers to it", () =>
    onSite(browser, async ({ page, host }) => {
      host.on("/api/small", (_, response) => void response.writeHead(200).end());
      await signIn(page);
      const connected = (shared: boolean) =>
        page.evaluate(async (shared) => {
          const { connect } = (await import(`${location.origin}/dist/adapter/connection.js`)) as Adapter;
          let kept: Promise<AuthClient> | undefined;
          const make = () => latchkey.createClient({ service: location.origin });
          const connection = connect(shared ? () => (kept ??= make()) : make);
          const leave = connection.subscribe(() => {});
          const { status } = await connection.read().fetch("/api/small");
          leave();
          if (shared) Object.assign(globalThis, { again: connection });
          return status;
        }, shared);
      const workers = () => page.workers().length;
      await until("the worker of the page's own client", () => workers() === 1);
      assert.equal(await connected(true), 200);
      assert.equal(await connected(false), 200);
      await until("the one that nothing refers to is disposed of", async () => {
        await page.evaluate(() => void globalThis.gc?.());
        return workers() === 2;
      });
      const status = await page.evaluate(async () => {
        const { again } = globalThis as unknown as { again: Connection };
        again.subscribe(() => {});
        return (await again.read().fetch("/api/small")).status;
      });
      assert.deepEqual([status, workers()], [200, 2]);
    }));

  test("thousands of calls leave no objects in the page", () =>
    onSite(browser, async ({ host, page }) => {
      host.on("/api/small", (_, response) => void response.writeHead(200).end("x".repeat(1000)));
      await signIn(page);
      const heap = (calls: number) =>
        page.evaluate(async (calls) => {
          const { signal } = new AbortController();
          for (let done = 0; done < calls; done += 50) {
            const batch = Array.from({ length: 50 }, () =>
              auth.fetch("/api/small", { signal }).then((one) => one.text()),
            );
            await Promise.all(batch);
          }
          globalThis.gc?.();
          return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize;
        }, calls);
      const before = await heap(500);
      await heap(2_000);
      // On a busy machine one collection comes before the last answers are given up; what leaks is there after any
      // number of them.
      await until("what 2,000 calls left behind is less than 200 kB", async () => (await heap(0)) - before < 200_000);
    }));
}
