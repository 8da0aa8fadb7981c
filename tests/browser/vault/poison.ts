// Check 47: a page whose every prototype lies in wait. In worker mode none of them ever sees the token; in page mode
// those that were poisoned before the client was made do, which is why it isn't the default.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { needlesOf } from "../../harness/canary.ts";
import { USER } from "../../harness/fake-tokens.ts";
import { type Mode, onSite, open, signIn } from "./world.ts";

/** Replaces what a token could pass through by what notes all it sees. Runs in the page. */
function poison(): void {
  const seen: string[] = [];
  // As text, because walking through the list in the page makes it longer.
  const { stringify } = JSON;
  Object.defineProperty(window, "__seen", { value: () => stringify(seen) });
  const { apply, construct } = Reflect;
  const { isArray } = Array;
  const { entries } = Object;
  const source = Function.prototype.toString;
  const decoder = new TextDecoder("latin1");
  const { decode } = TextDecoder.prototype;
  const headersForEach = Headers.prototype.forEach;
  const getter = (type: typeof Request | typeof Response) =>
    Object.getOwnPropertyDescriptor(type.prototype, "headers")?.get ?? (() => undefined);
  const [ofRequest, ofResponse] = [getter(Request), getter(Response)];
  const headersOf = (value: Request | Response) => (value instanceof Request ? ofRequest : ofResponse);
  const push = (text: string) => {
    seen[seen.length] = text;
  };
  const look = (value: unknown, depth: number): void => {
    if (typeof value === "string") push(value);
    else if (typeof value === "function") push(apply(source, value, []));
    else if (typeof value !== "object" || value === null || value === window || depth === 0) return;
    else if (value instanceof Node || value instanceof Promise) return;
    else if (value instanceof Headers) {
      apply(headersForEach, value, [(one: string, two: string) => push(`${two}: ${one}`)]);
    } else if (value instanceof Request || value instanceof Response) look(apply(headersOf(value), value, []), depth);
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      // Not all of the WebAssembly's memory, each time that a part of it is read.
      if (value.byteLength < 100_000) push(apply(decode, decoder, [value]));
    } else if (isArray(value)) {
      for (let index = 0; index < value.length && index < 100; index += 1) look(value[index], depth - 1);
    } else {
      const members = entries(value);
      for (let index = 0; index < members.length && index < 100; index += 1) look(members[index], depth);
    }
  };
  let looking = false;
  const note = (value: unknown): void => {
    if (looking) return;
    looking = true;
    try {
      look(value, 4);
    } catch {
      // Something that doesn't let itself be looked at.
    }
    looking = false;
  };
  const poisoned = (original: (...args: unknown[]) => unknown) =>
    function (this: unknown, ...args: unknown[]): unknown {
      note(this);
      note(args);
      const result = new.target ? construct(original, args, new.target) : apply(original, this, args);
      note(result);
      return result;
    };
  const replace = (holder: object, name: string) => {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (!descriptor?.configurable && !descriptor?.writable) return;
    if (typeof descriptor.value === "function") {
      const replacement = poisoned(descriptor.value);
      replacement.prototype = descriptor.value.prototype;
      Object.defineProperty(holder, name, { ...descriptor, value: replacement });
    } else if (descriptor.get) {
      const set = descriptor.set ? { set: poisoned(descriptor.set) } : {};
      Object.defineProperty(holder, name, { ...descriptor, get: poisoned(descriptor.get), ...set });
    }
  };
  for (const type of [
    Headers,
    Request,
    Response,
    TextDecoder,
    TextEncoder,
    URL,
    Worker,
    MessagePort,
    MessageEvent,
    Map,
    Blob,
  ]) {
    for (const name of Object.getOwnPropertyNames(type.prototype))
      if (name !== "constructor") replace(type.prototype, name);
  }
  for (const type of [ReadableStream, ReadableStreamDefaultReader, ReadableByteStreamController, AbortSignal]) {
    for (const name of Object.getOwnPropertyNames(type.prototype))
      if (name !== "constructor") replace(type.prototype, name);
  }
  for (const name of ["parse", "stringify"]) replace(JSON, name);
  for (const name of ["then", "catch", "finally"]) replace(Promise.prototype, name);
  for (const name of ["call", "apply", "bind"]) replace(Function.prototype, name);
  for (const name of ["get", "set", "apply", "construct"]) replace(Reflect, name);
  for (const name of ["instantiate", "instantiateStreaming", "compile", "compileStreaming"]) replace(WebAssembly, name);
  for (const name of ["set", "subarray", "slice"]) replace(Object.getPrototypeOf(Uint8Array.prototype), name);
  for (const name of ["concat", "slice", "replace", "startsWith"]) replace(String.prototype, name);
  for (const name of ["push", "map", "join"]) replace(Array.prototype, name);
  for (const name of ["fetch", "Request", "Headers", "Response", "Worker", "postMessage", "structuredClone"])
    replace(window, name);
  replace(EventTarget.prototype, "addEventListener");
}

const seenIn = async (page: Page): Promise<string[]> =>
  JSON.parse(await page.evaluate(() => (window as unknown as { __seen(): string }).__seen()));

export function poisoned(browser: Browser): void {
  const run = (mode: Mode, before: boolean, judge: (seen: string[], needles: string[]) => void) =>
    onSite(
      browser,
      async ({ host, service, page }) => {
        host.on("/api/data", (_, response) => void response.writeHead(200, { "X-Data": "1" }).end("the data"));
        if (!before) await page.evaluate(poison);
        await signIn(page);
        const answer = await page.evaluate(async () => {
          const answer = await auth.fetch(new Request("/api/data", { method: "POST", body: new Blob(["x"]) }));
          return [answer.status, await answer.text(), (await auth.sessions.list()).length];
        });
        assert.deepEqual(answer, [200, "the data", 1], "everything works all the same");
        const atFirst = await seenIn(page);
        if (before) {
          await page.reload();
          await open(page, mode);
        } else await page.evaluate(() => dispatchEvent(new Event("online")));
        await page.evaluate(async () => void (await auth.fetch("/api/data")));
        const seen = await seenIn(page);
        await page.evaluate(() => auth.signOut());
        const all = [...atFirst, ...seen, ...(await seenIn(page))];
        assert.ok(
          all.some((text) => text.includes("/api/data")),
          "the traps have sprung",
        );
        judge(all, service.issued.flatMap(needlesOf));
      },
      { mode, ...(before ? { init: (page) => page.addInitScript(poison) } : {}) },
    );

  const nothing = (seen: string[], needles: string[]) =>
    assert.deepEqual(
      seen.filter((text) => needles.some((needle) => text.includes(needle))),
      [],
    );
  test("check_47 worker mode: prototypes poisoned before the package is loaded see the password, and never the token", () =>
    run("worker", true, (seen, needles) => {
      nothing(seen, needles);
      assert.ok(seen.some((text) => text.includes(USER.password)));
    }));
  test("check_47 worker mode: prototypes poisoned after it is loaded never see the token", () =>
    run("worker", false, nothing));
  test("check_47 page mode: functions replaced before the package is loaded see the token, as the README states", () =>
    run("page", true, (seen, needles) => {
      assert.ok(seen.some((text) => needles.some((needle) => text.includes(needle))));
    }));
}
