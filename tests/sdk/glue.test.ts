// The WebAssembly's glue, as the package brings it: it has been shrunk, and its declaration says what is left.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const built = new URL("../../sdk-wasm/dist/generated/", import.meta.url);

test("the vault's declaration declares what its module exports, and nothing else", async () => {
  const text = await readFile(new URL("vault.d.ts", built), "utf8");
  const exported = (await import(new URL("vault.js", built).href)) as {
    Vault: { prototype: object };
    default: unknown;
  };
  const declared = [...text.matchAll(/^export (?:declare )?(default|\w+ \w+)/gm)].map(([, what]) => what);
  assert.deepEqual(declared, ["class Vault", "default"]);
  assert.deepEqual(Object.keys(exported).sort(), ["Vault", "default"]);
  assert.equal(typeof exported.default, "function");
  const methods = [...text.matchAll(/^ {4}(\w+)\(/gm)].map(([, name]) => name);
  assert.ok(methods.length > 10, `${methods}`);
  const { prototype } = exported.Vault;
  assert.deepEqual(
    methods.filter((name) => !Object.hasOwn(prototype, name as string)),
    [],
  );
});
