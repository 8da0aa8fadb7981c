// Check 46, first form: after sign-in, refresh, reload and sign-out the access token is nowhere a page can look.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { Demo } from "../../harness/browser.ts";
import { type Finding, needlesOf, record, scan } from "../../harness/canary.ts";
import { COOKIE } from "../../harness/contract.ts";
import { until } from "../../harness/until.ts";
import { newEmail, PASSWORD } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

/** Every access token that the service sends to this page's vault, taken from the network. */
async function tokensOf(page: Page): Promise<string[]> {
  const tokens: string[] = [];
  await page.route("**/auth/**", async (route) => {
    const response = await route.fetch();
    const { access_token } = await response.json().catch(() => ({}));
    if (access_token) tokens.push(access_token);
    await route.fulfill({ response });
  });
  return tokens;
}

/** What the page's scripts can't read but a thief with the disk could: cookies and the storage the browser writes. */
async function onDisk(context: BrowserContext, needles: string[]): Promise<Finding[]> {
  const state = await context.storageState({ indexedDB: true });
  const found = (text: string) => needles.some((needle) => text.includes(needle));
  return [
    ...state.cookies.filter(({ value }) => found(value)).map(({ name }) => ({ where: "cookie", at: name })),
    ...state.origins
      .filter((entry) => found(JSON.stringify(entry)))
      .map((entry) => ({ where: "storage state", at: entry.origin })),
  ];
}

export function canary({ origin, stack, browser }: World): void {
  test("check_46 the token is in no storage, cookie, DOM, URL, global, message, console line, error or performance entry", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const { lines } = await record(page);
    const tokens = await tokensOf(page);
    const demo = new Demo(page);
    await page.goto(`${origin}/`);

    const nowhere = async (moment: string, atLeast: number) => {
      await until(`${moment}: ${atLeast} tokens seen on the network`, () => tokens.length >= atLeast);
      const cookie = (await context.cookies()).find(({ name }) => name === COOKIE)?.value;
      const needles = [...tokens.flatMap(needlesOf), ...(cookie ? [cookie, cookie.split(".").at(-1) as string] : [])];
      const { findings, visited, cut } = await scan(page, needles);
      assert.deepEqual(findings, [], moment);
      assert.ok(visited > 2000, `${moment}: the walk visited only ${visited} objects`);
      assert.equal(cut, false, `${moment}: the walk hit its limit at ${visited} objects`);
      assert.deepEqual(await onDisk(context, tokens.flatMap(needlesOf)), [], moment);
      for (const needle of needles) {
        const line = lines.find((line) => line.includes(needle));
        assert.equal(line?.slice(0, 100), undefined, moment);
      }
    };

    const email = newEmail();
    await demo.signUp(email, PASSWORD);
    await demo.callMe();
    await nowhere("after the sign-up and a call", 1);

    await demo.signOut();
    await demo.signIn(email, PASSWORD);
    await demo.callMe();
    await nowhere("after the sign-in and a call", 2);

    const before = tokens.length;
    await until("a refresh", async () => tokens.length > before && (await demo.refreshes()) >= 1);
    await demo.callMe();
    await nowhere("after a refresh and a call", before + 1);

    await page.reload();
    await demo.part("app").waitFor();
    await demo.callMe();
    await nowhere("after a reload and a call", before + 2);

    // Errors carry stacks and causes; make some on both sides of the vault.
    await page.evaluate(() => fetch("/auth/sessions", { headers: { Authorization: "Bearer x" } }).then(() => {}));
    await page.route("**/api/me", (route) => route.abort());
    await demo.button("Call /api/me").click();
    await until(
      "the failed call is in the log",
      async () =>
        (await demo.text("call-log")).includes("network") ||
        (await demo.callStatuses()).some((status) => status !== "200"),
    );
    await nowhere("after a call that failed", before + 2);
    await page.unroute("**/api/me");

    await demo.signOut();
    await nowhere("after the sign-out", before + 2);
    assert.ok(!tokens.some((token) => stack.logs().includes(token.split(".")[2] as string)), "nor in the Worker's log");
    // The sign-out's request goes on behind the page, through `tokensOf`.
    await page.unrouteAll({ behavior: "wait" });
    await context.close();
  });

  test("check_46 the scan finds a canary wherever one is planted", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const { lines } = await record(page);
    await page.goto(`${origin}/`);
    await new Demo(page).part("sign-in-form").waitFor();
    const canary = "canary-7f3a9c51e2";
    assert.deepEqual((await scan(page, [canary])).findings, []);

    const plants: Record<string, (canary: string) => unknown> = {
      localStorage: (canary) => localStorage.setItem("x", `a ${canary} b`),
      sessionStorage: (canary) => sessionStorage.setItem(canary, "x"),
      indexedDB: (canary) =>
        new Promise<void>((resolve) => {
          const open = indexedDB.open("planted", 1);
          open.onupgradeneeded = () =>
            open.result.createObjectStore("s").put({ deep: [new Uint8Array(new TextEncoder().encode(canary))] }, 1);
          open.onsuccess = () => {
            open.result.close();
            resolve();
          };
        }),
      cache: async (canary) =>
        (await caches.open("planted")).put("/planted", new Response("x", { headers: { "X-Planted": canary } })),
      cookie: (canary) => {
        // biome-ignore lint/suspicious/noDocumentCookie: planted on purpose
        document.cookie = `planted=${canary}`;
      },
      dom: (canary) => document.body.setAttribute("data-planted", canary),
      url: (canary) => history.replaceState({ planted: canary }, ""),
      performance: (canary) => performance.mark("planted", { detail: { deep: [canary] } }),
      global: (canary) =>
        Object.assign(window, {
          planted: new Map([
            [
              "x",
              [
                Object.create({
                  get deep() {
                    return { canary };
                  },
                }),
              ],
            ],
          ]),
        }),
      "global bytes": (canary) => {
        const memory = new WebAssembly.Memory({ initial: 1 });
        new TextEncoder().encodeInto(canary, new Uint8Array(memory.buffer, 4000));
        return Object.assign(window, { planted: { memory } });
      },
      "global on a node": (canary) =>
        Object.assign(document.body, { __planted$x: { symbol: { [Symbol("s")]: new Set([canary]) } } }),
    };
    for (const [where, plant] of Object.entries(plants)) {
      await page.evaluate(`Promise.resolve((${plant})(${JSON.stringify(canary)})).then(() => {})`);
      const { findings } = await scan(page, [canary]);
      const kind = where.split(" ")[0];
      assert.ok(
        findings.some((finding) => finding.where === kind),
        `planted in ${where}, found ${JSON.stringify(findings)}`,
      );
      await page.evaluate(async () => {
        localStorage.clear();
        sessionStorage.clear();
        indexedDB.deleteDatabase("planted");
        await caches.delete("planted");
        // biome-ignore lint/suspicious/noDocumentCookie: the planted one goes
        document.cookie = "planted=; Max-Age=0";
        document.body.removeAttribute("data-planted");
        history.replaceState(null, "");
        performance.clearMarks();
        Object.assign(window, { planted: undefined });
        Object.assign(document.body, { __planted$x: undefined });
      });
      assert.deepEqual((await scan(page, [canary])).findings, [], `${where} is clean again`);
    }

    const passing: Record<string, (canary: string) => unknown> = {
      console: (canary) => console.debug({ deep: [canary] }),
      error: (canary) =>
        setTimeout(() => {
          throw new Error(canary);
        }),
      event: (canary) => void Promise.reject(new Error(`rejected ${canary}`)),
      message: (canary) => new BroadcastChannel("planted").postMessage({ deep: new Map([[1, canary]]) }),
      url: (canary) => void fetch(`/favicon.svg?x=${canary}`),
    };
    for (const [kind, emit] of Object.entries(passing)) {
      const marked = `${canary}-${kind}`;
      await page.evaluate(`void (${emit})(${JSON.stringify(marked)})`);
      await until(`a ${kind} is recorded`, () =>
        lines.some((line) => line.startsWith(`${kind}: `) && line.includes(marked)),
      );
    }
    await context.close();
  });
}
