// A bad configuration never half-works: every request is 503, and the log says which key, what it found, what it expected.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { call } from "../harness/visitor.ts";

const route = { path: "/*", methods: ["GET"], access: "public", upstream: "demo" };

/** Name of the key, what is found there, and a word of what was expected. */
const TABLE: [key: string, config: Record<string, unknown>, found: RegExp, expected: RegExp][] = [
  ["access_token_ttl", { access_token_ttl: "5m" }, /5m/, /second|integer|number/i],
  ["acces_token_ttl", { acces_token_ttl: 300 }, /acces_token_ttl/, /access_token_ttl|unknown|known/i],
  ["upstream", { routes: [{ ...route, upstream: "nowhere" }] }, /nowhere/, /demo|upstream/i],
  ["access", { routes: [{ ...route, access: "pubilc" }] }, /pubilc/, /public/],
];

for (const [key, config, found, expected] of TABLE) {
  test(`a bad ${key} in the configuration: 503 for everything, and a log line that helps`, async () => {
    const stack = await startStack({ config, until: "answers" });
    try {
      for (const [method, path] of [
        ["GET", "/healthz"],
        ["GET", "/"],
        ["POST", "/auth/sign-in"],
        ["GET", "/auth/nothing"],
        ["GET", "/.well-known/jwks.json"],
      ] as const) {
        assertProblem(await call(stack.origin, method, path), "unavailable", { what: `${method} ${path}` });
      }
      const line = await until(`a log line about ${key}`, () =>
        stack
          .logs()
          .split("\n")
          .find((line) => line.includes(key) && found.test(line) && expected.test(line)),
      );
      assert.ok(line);
    } finally {
      await stack.stop();
    }
  });
}
