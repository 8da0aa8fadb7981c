import assert from "node:assert/strict";
import { test } from "node:test";
import { workerConfig } from "./worker-config.mjs";

test("at the file's own origin and without changes, the file is used as it stands", async () => {
  assert.equal(await workerConfig("http://localhost:8787"), null);
});

test("at another origin, every mention of the old one moves along", async () => {
  const config = await workerConfig("https://localhost:9000");
  assert.equal(config?.issuer, "https://localhost:9000");
  assert.doesNotMatch(JSON.stringify(config), /localhost:8787/);
});

test("changes are laid over tables key by key; arrays and values replace", async () => {
  const changes = { sign_up: "closed", routes: [], upstreams: { other: { service: "OTHER" } } };
  const config = /** @type {any} */ (await workerConfig("http://localhost:8787", changes));
  assert.equal(config.sign_up, "closed");
  assert.deepEqual(config.routes, []);
  assert.deepEqual(Object.keys(config.upstreams), ["demo", "other"]);
});
