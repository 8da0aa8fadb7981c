import assert from "node:assert/strict";
import { test } from "node:test";
import { workerConfig } from "./worker-config.mjs";

test("with the file's own origin and without changes, the file is used unchanged", async () => {
  assert.equal(await workerConfig("http://localhost:8787"), null);
});

test("with another origin, every occurrence of the old one is replaced", async () => {
  const config = await workerConfig("https://localhost:9000");
  assert.equal(config?.issuer, "https://localhost:9000");
  assert.doesNotMatch(JSON.stringify(config), /localhost:8787/);
});

test("changes are merged into tables key by key; arrays and values replace", async () => {
  const changes = { sign_up: "closed", routes: [], upstreams: { other: { service: "OTHER" } } };
  const config = /** @type {any} */ (await workerConfig("http://localhost:8787", changes));
  assert.equal(config.sign_up, "closed");
  assert.deepEqual(config.routes, []);
  assert.deepEqual(Object.keys(config.upstreams), ["provider", "demo", "mailbox", "page", "other"]);
});
