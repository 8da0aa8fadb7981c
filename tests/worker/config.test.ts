// An invalid configuration never works in part: every request is 503, and the log names the key, the value
// found and the value expected for each error.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { call } from "../harness/visitor.ts";
import { startDurable } from "./durable/world.ts";

const route = { path: "/a/*", methods: ["GET"], access: "public", upstream: "demo" };
const config = {
  access_token_ttl: "5m",
  acces_token_ttl: 300,
  routes: [route, { ...route, path: "/b/*", upstream: "nowhere" }, { ...route, path: "/c/*", access: "pubilc" }],
};

/** The key, the value found there, and a pattern of the value expected. */
const MISTAKES: [key: string, found: string, expected: RegExp][] = [
  ["access_token_ttl", '"5m"', /seconds/],
  ["acces_token_ttl", "300", /access_token_ttl/],
  ["routes[1].upstream", '"nowhere"', /upstream/],
  ["routes[2].access", '"pubilc"', /"public"/],
];

const stack = await startStack({ config, until: "answers" });
after(() => stack.stop());

/** What the terminal and the responses on localhost say. */
const LINES = [
  'LATCHKEY: access_token_ttl: found "5m", expected a whole number of seconds from 1 to 86400',
  'LATCHKEY: routes[1].upstream: found "nowhere", expected the name of one of the upstreams',
  'LATCHKEY: routes[2].access: found "pubilc", expected "public", "token", "api-key", "session", "token-or-session" or "optional", or a list of "token", "api-key" or "session" in which none occurs twice',
  "LATCHKEY: acces_token_ttl: found 300, expected no such key; did you mean access_token_ttl?",
];

test("the terminal has one line for each mistake when the Worker starts, and responses on localhost have the same", async () => {
  // The stack's own request is the only one so far.
  for (const line of LINES) await until(line, () => stack.logs().includes(line));
  const { detail } = (await call(stack.origin, "GET", "/healthz")).json();
  assert.deepEqual(detail.split("\n"), LINES);
  const deployed = await ask(stack.origin, "/healthz", { headers: { Host: "app.latchkey.test" } });
  assert.equal(deployed.status, 503);
  assert.equal(deployed.json().detail, undefined, "at another host, the response does not reveal the configuration");
});

test("an invalid configuration: 503 for everything", async () => {
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
  test(`an invalid ${key} in the configuration has a log line of its own, beside those of the other errors`, async () => {
    await call(stack.origin, "GET", "/healthz");
    const line = await until(`a log line about ${key}`, () =>
      stack
        .logs()
        .split("\n")
        .flatMap((line) => (/^(?:\[latchkey\] )?(\{.*"configuration".*\})$/.exec(line)?.[1] ?? []) as string[])
        .find((line) => JSON.parse(line).error.startsWith(`${key}: found ${found}, expected `)),
    );
    assert.match(JSON.parse(line).error.split(", expected ")[1], expected);
  });
}

test("a secret shorter than 32 bytes, for any purpose: 503 for everything, and the log names key, binding and lengths", async (t) => {
  const url = "https://other.example";
  const config = {
    sign_up: "closed",
    keys: { secret_bindings: ["SEALING"] },
    sign_in: { elsewhere: { url, path: "/check", secret_binding: "USERS" } },
    upstreams: { old: { url, secret_binding: "OLD" } },
    issuers: { other: { issuer: "other", audience: "a", algorithms: ["HS256"], secret_binding: "SHARED" } },
    routes: [{ ...route, upstream: "old" }],
  };
  const bindings = {
    SEALING: "keys.secret_bindings[0]",
    USERS: "sign_in.elsewhere.secret_binding",
    OLD: "upstreams.old.secret_binding",
    SHARED: "issuers.other.secret_binding",
  };
  const secrets = (length: number) =>
    Object.fromEntries(Object.keys(bindings).map((name, i) => [name, String(i).repeat(length)]));
  const world = await startDurable({ config, secrets: secrets(31) });
  t.after(() => world.stop());
  for (const path of ["/healthz", "/a/x", "/.well-known/jwks.json"])
    assertProblem(await call(world.origin, "GET", path), "unavailable", { what: path });
  for (const [binding, key] of Object.entries(bindings)) {
    const said = `${key}: found ${binding}, a secret of 31 bytes, expected the name of a Worker secret of at least 32 bytes`;
    await until(said, () => world.logs().includes(said));
  }
  for (const secret of Object.values(secrets(31))) assert.equal(world.logs().includes(secret), false, "not in the log");
  await world.start({ secrets: secrets(32) });
  assert.equal((await call(world.origin, "GET", "/healthz")).status, 200);
});
