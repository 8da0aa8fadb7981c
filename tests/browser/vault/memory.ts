// Check 56: what was dropped is gone from the WebAssembly's memory. In page mode, where a test can look into it; the
// module is the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { USER } from "../../harness/fake-tokens.ts";
import { until } from "../../harness/until.ts";
import { onSite, signIn } from "./world.ts";

/** Keeps the memory of every instance. Runs in the page before anything else. */
function keepMemory(): void {
  const memories: WebAssembly.Memory[] = [];
  Object.assign(window, { memories });
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (...args) => {
    const result = await instantiateStreaming(...args);
    // Whatever its name is: they are shortened.
    memories.push(...Object.values(result.instance.exports).filter((each) => each instanceof WebAssembly.Memory));
    return result;
  };
}

/** How often each text, or a part of it that couldn't be there by chance, stands in memory. */
function found(page: Page, texts: readonly string[]): Promise<number[]> {
  return page.evaluate((texts) => {
    const { memories } = window as unknown as { memories: WebAssembly.Memory[] };
    const PART = 12;
    return texts.map((text) => {
      const bytes = new TextEncoder().encode(text);
      let count = 0;
      for (const { buffer } of memories) {
        const memory = new TextDecoder("latin1").decode(buffer);
        for (let at = 0; at + PART <= bytes.length; at += PART) {
          const part = new TextDecoder("latin1").decode(bytes.subarray(at, at + PART));
          for (let index = memory.indexOf(part); index >= 0; index = memory.indexOf(part, index + 1)) count += 1;
        }
      }
      return count;
    });
  }, texts);
}

export function memory(browser: Browser): void {
  test("check_56 tokens and passwords that were dropped are zeroed in WebAssembly memory", () =>
    onSite(
      browser,
      async ({ host, service, page }) => {
        host.on(
          "/api/data",
          (request, response) =>
            void response.writeHead(service.tokenOf(request) === service.issued.at(-1) ? 200 : 401).end("x"),
        );
        await signIn(page);
        const first = service.issued.at(-1) as string;
        const here = await found(page, [first]);
        assert.ok((here[0] ?? 0) >= first.length / 12 - 1, "the scan finds the token that is in use");
        assert.deepEqual(await found(page, [USER.password]), [0], "the password went with the sign-in");

        await page.evaluate(async () => {
          for (let call = 0; call < 20; call += 1) await (await auth.fetch("/api/data")).text();
          await auth.sessions.list();
        });
        // A call that a renewal follows: the API knows only what is about to be issued.
        service.issued.push("none.of.these");
        await page.evaluate(async () => void (await auth.fetch("/api/data")));
        await until("the token was renewed", () => service.issued.length >= 3);
        const second = service.issued.at(-1) as string;
        const [old, current] = await found(page, [first, second]);
        assert.equal(old, 0, "the one that was replaced");
        assert.ok((current ?? 0) > 0);

        await page.evaluate(() => auth.signOut());
        assert.deepEqual(await found(page, [first, second, USER.password]), [0, 0, 0], "after the sign-out");

        await signIn(page);
        const third = service.issued.at(-1) as string;
        assert.ok(((await found(page, [third]))[0] ?? 0) > 0);
        await page.evaluate(() => auth.dispose());
        assert.deepEqual(await found(page, [third]), [0], "after dispose()");
      },
      { mode: "page", init: (page) => page.addInitScript(keepMemory) },
    ));
}
