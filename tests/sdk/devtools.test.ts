// `latchkey-auth/devtools` where there is no page; runs in links, which anyone may have written; and that no app gets it
// which does not import it. tests/browser/lab-machines.test.ts shows it in a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import type { AuthClient } from "latchkey-auth";
import { mountDevtools } from "latchkey-auth/devtools";
import { redacted, runIn } from "../../sdk-wasm/dist/devtools/run.js";
import { bundle } from "../bench/sdk/bundles.ts";

test("on a server it does nothing", () => {
  const client = new Proxy({} as AuthClient, { get: (_, name) => assert.fail(String(name)) });
  const panel = mountDevtools(client);
  panel.note("nothing is shown");
  panel.unmount();
});

const fragment = (value: unknown) =>
  `#machines&latchkey-run=${deflateRawSync(JSON.stringify(value)).toString("base64url")}`;
const ROW = [12, "signed-in → offline", 2, "network", null, 1, 5000, 9000];

test("a run is read from a fragment", async () => {
  assert.deepEqual(await runIn(fragment([1, 1_795_994_490_000, [ROW]])), {
    began: 1_795_994_490_000,
    steps: [
      {
        ...{ at: 12, what: "signed-in → offline", status: "offline", error: "network" },
        ...{ tokenExpires: null, refreshes: 1, idleExpires: 5000, sessionExpires: 9000 },
      },
    ],
  });
});

test("a malformed run is none", async () => {
  const changed = (index: number, value: unknown) => [1, 0, [ROW.with(index, value as never)]];
  const cases: [what: string, hash: string][] = [
    ["no run", "#machines"],
    ["empty", "#latchkey-run="],
    ["no base64", "#latchkey-run=%%"],
    ["not packed", `#latchkey-run=${btoa("[1,0,[]]")}`],
    ["a part of a run", fragment([1, 0, [ROW]]).slice(0, -8)],
    ["another version", fragment([2, 0, [ROW]])],
    ["no steps", fragment([1, 0, []])],
    ["too many steps", fragment([1, 0, Array(201).fill(ROW)])],
    ["too long", fragment([1, 0, [ROW], "a".repeat(1_000_000)])],
    ["no list", fragment({ steps: [ROW] })],
    ["an unknown state", fragment(changed(2, 4))],
    ["the name of a method as a state", fragment(changed(2, "at"))],
    ["a line that is an object", fragment(changed(1, { innerHTML: "<b>" }))],
    ["a long line", fragment(changed(1, "a".repeat(201)))],
    ["a time that is text", fragment(changed(0, "1"))],
    ["a time beyond all dates", fragment([1, 1e300, [ROW]])],
    ["an expiry that is true", fragment(changed(4, true))],
  ];
  for (const [what, hash] of cases) assert.equal(await runIn(hash), null, what);
});

test("words that may be ids or secrets are left out", () => {
  for (const [text, expected] of [
    ["/lab/control/account", "/lab/control/account"],
    ["/reset/8f14e45fceea167a5a36dedd4bea2543/done", "/reset/…/done"],
    ["eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.AAAAAAAAAAAAAAAAAAAAAA", "….….…"],
  ] as const)
    assert.equal(redacted(text), expected);
});

test("nothing of it is in an app that does not import it", async () => {
  const text = async (source: string) => {
    const { files } = await bundle(source);
    return [...files.values()].map((file) => Buffer.from(file).toString()).join("");
  };
  const devtools = /latchkey-run|adoptedStyleSheets/;
  assert.match(await text('export { mountDevtools } from "latchkey-auth/devtools";'), devtools);
  assert.doesNotMatch(await text('export * from "latchkey-auth";'), devtools);
  assert.doesNotMatch(await text('export * from "latchkey-auth/react";'), devtools);
});
