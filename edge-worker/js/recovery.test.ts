// The replacement of an instance, with a stand-in for what wasm-bindgen writes: an instance that a test can end.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const RUST = `
let number = 0, ended = false, pending = [];
const check = () => { if (ended) throw new Error("Module terminated"); };
export const end = () => { ended = true; };
export const outbound = () => (check(), number);
export const created = [];
export const initSync = () => {}, disableReset = () => {}, touch = check;
export const __wbg_reset_state = () => { ended = false; number++; };
class Bound {
  constructor(state) { check(); this.instance = number; created.push([state.name, number]); }
  fetch(request) {
    check();
    if (this.instance !== number) throw new Error("stale object");
    return request.wait ? new Promise(() => {}) : Promise.resolve(this.instance);
  }
  alarm() { return this.fetch({ wait: true }); }
}
export { Bound as Account, Bound as Clients, Bound as Devices, Bound as Directory, Bound as Hasher, Bound as Keyring, Bound as Limiter, Bound as Revocations };
`;

type Stored = { fetch(request: object): Promise<unknown>; alarm(): Promise<unknown> };
interface Bundle {
  Account: new (state: object, env: object) => Stored;
  guarded<T>(call: () => T): T | undefined;
  instance(): number;
  end(): void;
  /** A call, which returns the number of the instance. */
  outbound(): number;
  created: [name: string, instance: number][];
}

let bundle: Bundle;
/** The listeners of the platform's events. */
let listeners: Map<string, (event: object) => void>;

beforeEach(async () => {
  mock.method(console, "error", () => {});
  listeners = new Map();
  Object.assign(globalThis, {
    addEventListener: (type: string, listener: () => void) => listeners.set(type, listener),
  });
  const entry = `export { Account } from "./objects.ts"; export { guarded } from "./recovery.ts";
    import { instance as present } from "./recovery.ts"; export const instance = () => present;
    export { created, end, outbound } from "#rust";`;
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    write: false,
    format: "esm",
    plugins: [
      {
        name: "rust",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^#rust$|\.wasm$/ }, ({ path }) => ({ path, namespace: "rust" }));
          onLoad({ filter: /.*/, namespace: "rust" }, ({ path }) => ({
            contents: path === "#rust" ? RUST : "export default 0",
          }));
        },
      },
    ],
  });
  // Another address each time, so that each test has modules of its own.
  const code = `${outputFiles[0]?.text}\n// ${Math.random()}`;
  bundle = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Bundle;
});

test("a call into an instance that has ended gives nothing, and replaces the instance", () => {
  assert.equal(
    bundle.guarded(() => bundle.outbound()),
    0,
  );
  bundle.end();
  assert.equal(
    bundle.guarded(() => bundle.outbound()),
    undefined,
  );
  assert.deepEqual([bundle.guarded(() => bundle.outbound()), bundle.instance()], [1, 1]);
});

test("an error that did not end the instance replaces nothing", async () => {
  const object = new bundle.Account({ name: "a" }, {});
  const fails = () => {
    throw new Error("of something else");
  };
  assert.equal(bundle.guarded(fails), undefined);
  listeners.get("unhandledrejection")?.({ reason: new Error("of something else") });
  assert.deepEqual([await object.fetch({}), bundle.instance()], [0, 0]);
});

test("a panic in a microtask rejects what waits in the instance, and objects continue in the next one", async () => {
  const [one, two] = [new bundle.Account({ name: "one" }, {}), new bundle.Account({ name: "two" }, {})];
  const waiting = [one.fetch({ wait: true }), one.alarm(), two.fetch({ wait: true })];
  bundle.end();
  listeners.get("error")?.({ error: new Error("unreachable") });
  for (const result of await Promise.allSettled(waiting)) {
    assert.equal(result.status, "rejected");
    assert.match(String(result.reason), /a panic ended the WebAssembly instance/);
  }
  assert.deepEqual([await one.fetch({}), await two.fetch({})], [1, 1]);
  const made = [
    ["one", 0],
    ["two", 0],
    ["one", 1],
    ["two", 1],
  ];
  assert.deepEqual(bundle.created, made);
});

test("an object whose instance ended unnoticed continues in a new one", async () => {
  const object = new bundle.Account({ name: "a" }, {});
  bundle.end();
  assert.deepEqual([await object.fetch({}), bundle.instance()], [1, 1]);
});
