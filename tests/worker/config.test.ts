// A bad configuration never half-works: every request is 503, and the log says of each mistake which key, what it found,
// what it expected.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { call } from "../harness/visitor.ts";

const route = { path: "/a/*", methods: ["GET"], access: "public", upstream: "demo" };
const config = {
  access_token_ttl: "5m",
  acces_token_ttl: 300,
  routes: [route, { ...route, path: "/b/*", upstream: "nowhere" }, { ...route, path: "/c/*", access: "pubilc" }],
};

/** Name of the key, what is found there, and a word of what was expected. */
const MISTAKES: [key: string, found: string, expected: RegExp][] = [
  ["access_token_ttl", '"5m"', /seconds/],
  ["acces_token_ttl", "300", /access_token_ttl/],
  ["routes[1].upstream", '"nowhere"', /upstream/],
  ["routes[2].access", '"pubilc"', /"public"/],
];

const stack = await startStack({ config, until: "answers" });
after(() => stack.stop());

test("a bad configuration: 503 for everything", async () => {
  for (const [method, path] of [
    ["GET", "/healthz"],
    ["GET", "/"],
    ["GET", "/a/x"],
    ["POST", "/auth/sign-in"],
    ["GET", "/auth/nothing"],
    ["GET", "/.well-known/jwks.json"],
  ] as const) {
    assertProblem(await call(stack.origin, method, path), "unavailable", { what: `${method} ${path}` });
  }
});

for (const [key, found, expected] of MISTAKES) {
  test(`a bad ${key} in the configuration has a log line that helps, among those of the other mistakes`, async () => {
    await call(stack.origin, "GET", "/healthz");
    const line = await until(`a log line about ${key}`, () =>
      stack
        .logs()
        .split("\n")
        .flatMap((line) => (/^\[latchkey\] (\{.*"configuration".*\})$/.exec(line)?.[1] ?? []) as string[])
        .find((line) => JSON.parse(line).error.startsWith(`${key}: found ${found}, expected `)),
    );
    assert.match(JSON.parse(line).error.split(", expected ")[1], expected);
  });
}
