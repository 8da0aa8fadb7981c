import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf, withBodies, withImports } from "./wasm.mjs";

const text = (/** @type {string} */ value) => [value.length, ...Buffer.from(value)];
const section = (/** @type {number} */ id, /** @type {number[]} */ content) => [id, content.length, ...content];

/** Node has it, its types have not. */
const { WebAssembly } = /** @type {any} */ (globalThis);

/** Imports a function and a memory; `one` gives what the import gives, `two` calls it and gives nothing. */
const MODULE = Buffer.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...section(1, [2, 0x60, 0, 1, 0x7f, 0x60, 0, 0]),
  ...section(2, [2, ...text("env"), ...text("memory"), 2, 1, 0, 1, ...text("env"), ...text("ask"), 0, 0]),
  ...section(3, [2, 0, 1]),
  ...section(7, [2, ...text("one"), 0, 1, ...text("two"), 0, 2]),
  ...section(10, [2, 4, 0, 0x10, 0, 0x0b, 5, 0, 0x10, 0, 0x1a, 0x0b]),
  ...section(0, [...text("name"), 1, 11, 2, 1, ...text("one"), 2, ...text("two")]),
]);

/** @param {Buffer} module @param {string} name Of the import. */
async function run(module, name) {
  let asked = 0;
  const ask = () => {
    asked += 1;
    return 7;
  };
  const memory = new WebAssembly.Memory({ initial: 0, maximum: 1 });
  const { instance } = await WebAssembly.instantiate(module, { env: { [name]: ask, memory } });
  const { one, two } = /** @type {Record<string, () => unknown>} */ (instance.exports);
  return { one, two, asked: () => asked };
}

test("a function's body is replaced by its name, the others stay", async () => {
  const { one, two, asked } = await run(MODULE, "ask");
  assert.deepEqual([one?.(), two?.(), asked()], [7, undefined, 2]);

  const silent = withBodies(MODULE, (name) => (name === "two" ? "nothing" : undefined));
  const other = await run(silent.module, "ask");
  assert.deepEqual([silent.replaced, other.one?.(), other.two?.(), other.asked()], [1, 7, undefined, 1]);

  const trapping = withBodies(MODULE, (name) => (name === "one" ? "trap" : undefined));
  const last = await run(trapping.module, "ask");
  assert.throws(() => last.one?.(), WebAssembly.RuntimeError);
  assert.deepEqual([trapping.replaced, last.two?.(), last.asked()], [1, undefined, 1]);
});

test("imports are renamed, whatever they are", async () => {
  assert.deepEqual(importsOf(MODULE), ["memory", "ask"]);
  const renamed = withImports(MODULE, (name) => (name === "ask" ? "a".repeat(200) : name));
  assert.deepEqual(importsOf(renamed), ["memory", "a".repeat(200)]);
  assert.equal((await run(renamed, "a".repeat(200))).one?.(), 7);
});

test("what is no whole module is refused", () => {
  assert.throws(() => importsOf(MODULE.subarray(0, 40)), /ends too early/);
});
