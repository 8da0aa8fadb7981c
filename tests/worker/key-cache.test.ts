// The second level of foreign keys: one isolate finds in the platform's cache what another has fetched, with
// its age. The test serves the cache, so that entries can have any age without waiting.
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { startEcho } from "../harness/echo.ts";
import { type Answer, ask } from "../harness/http.ts";
import { json, type Listener, startListener } from "../harness/listener.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { type Gate, startGate } from "./issuers/gate.ts";
import { AUDIENCE, claims, newKey, sign } from "./issuers/keys.ts";

const FRESH_MS = 600_000;
const STALE_MS = 86_400_000;
const DAY_AND_A_BIT_MS = STALE_MS + 1_000;

interface Entry {
  headers: Record<string, string>;
  body: string;
}

/** The server behind the platform's cache. A test stores entries under the keys that the gate requests. */
async function startStore() {
  const entries = new Map<string, Entry>();
  /** Every key that was requested. */
  const asked: string[] = [];
  let broken = false;
  const server = http.createServer((request, response) => {
    const key = String(request.headers["x-key"]);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (broken) return void response.writeHead(500).end("broken");
      if (request.method === "PUT") {
        entries.set(key, parse(Buffer.concat(chunks).toString("latin1")));
        return void response.writeHead(204).end();
      }
      asked.push(key);
      const entry = entries.get(key);
      if (entry) response.writeHead(200, entry.headers).end(entry.body);
      else response.writeHead(404).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    entries,
    asked,
    breakDown: () => {
      broken = true;
    },
    stop: () =>
      new Promise<void>((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** The whole HTTP response that workerd stores in its cache. */
function parse(message: string): Entry {
  const end = message.indexOf("\r\n\r\n");
  const lines = message.slice(0, end).split("\r\n").slice(1);
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 1).trim(),
  ]);
  return {
    headers: Object.fromEntries(headers.filter(([name]) => name !== "transfer-encoding")),
    body: message.slice(end + 4),
  };
}

const [upstream, listener, store] = await Promise.all([startEcho(), startListener(), startStore()]);
const [known, other] = await Promise.all([newKey("ES256", "known"), newKey("ES256", "other")]);
const good = JSON.stringify({ keys: [known.jwk] });

const idp = (name: string) => `https://${name}.example`;
const urlOf = (name: string) => `${listener.origin}/${name}`;
/** The cache key of an issuer's set, taken from the gate's requests. */
const keyOf = (name: string, kind = "jwks") =>
  `https://issuer-keys.invalid/${kind}?issuer=${encodeURIComponent(idp(name))}&url=${encodeURIComponent(urlOf(name))}`;
/** Stores a set in the cache that was fetched this many milliseconds ago. */
const keep = (name: string, ageMs: number, body = good, headers: Record<string, string> = {}) =>
  store.entries.set(keyOf(name), {
    headers: { "latchkey-fetched-at": String(Date.now() - ageMs), "cache-control": "max-age=86400", ...headers },
    body,
  });

const NAMES = [
  "stored",
  "fresh",
  "fresh-unknown",
  "just-now",
  "stale",
  "stale-down",
  "too-old",
  "limit",
  "future",
  "ahead",
  ...[
    "no-time",
    "odd-time",
    "negative-time",
    "private",
    "html",
    "large",
    "off-curve",
    "symmetric",
    "empty",
    "duplicate",
  ],
] as const;
const issuers = {
  ...Object.fromEntries(
    NAMES.map((name) => [
      name,
      { issuer: idp(name), audience: AUDIENCE, algorithms: ["ES256"], jwks_url: urlOf(name) },
    ]),
  ),
  discovered: {
    issuer: idp("discovered"),
    audience: AUDIENCE,
    algorithms: ["ES256"],
    discovery_url: urlOf("discovered"),
  },
  // The same document, stored for another issuer.
  impostor: { issuer: idp("impostor"), audience: AUDIENCE, algorithms: ["ES256"], discovery_url: urlOf("discovered") },
};
const start = () => startGate({ upstream: upstream.origin, issuers, cache: store.url });
const token = (name: string, key = known) => sign(key, claims(idp(name)));

/** The age of the gate's copy of the keys, according to its Server-Timing. */
const ageOf = (answer: Answer) => Number(/keys;dur=(\d+)/.exec(answer.header("server-timing") ?? "")?.[1]);

const up = (listener: Listener, name: string, keys: unknown[] = [known.jwk]) => listener.on(`/${name}`, json({ keys }));
const down = (listener: Listener, name: string) =>
  listener.on(`/${name}`, (_, response) => void response.writeHead(503).end());

describe("the platform's cache", { concurrency: true }, () => {
  let gate: Gate;
  before(async () => {
    gate = await start();
  });
  after(() => Promise.all([gate.stop(), upstream.stop(), listener.stop(), store.stop()]));

  const taken = async (name: string, key = known) => {
    const answer = await gate.take(name, await token(name, key));
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    return answer;
  };

  test("check_14 what one isolate fetched, the next finds with its age, and fetches nothing", async () => {
    up(listener, "stored");
    up(listener, "discovered-set");
    listener.on("/discovered", json({ issuer: idp("discovered"), jwks_uri: urlOf("discovered-set") }));
    await taken("stored");
    await taken("discovered");
    const kept = await until("it was put into the cache", () => store.entries.get(keyOf("stored")));
    assert.equal(kept.body, good, "unchanged");
    assert.equal(kept.headers["cache-control"], "max-age=86400");
    const at = Number(kept.headers["latchkey-fetched-at"]);
    assert.ok(Math.abs(Date.now() - at) < 60_000);
    await until("the discovered one too", () => store.entries.has(keyOf("discovered", "discovery")));
    for (const name of ["/stored", "/discovered", "/discovered-set"]) assert.equal(listener.count(name), 1, name);
    down(listener, "stored");
    down(listener, "discovered");
    const next = await start();
    try {
      const answer = await next.take("stored", await token("stored"));
      assert.equal(answer.status, 200, answer.text);
      assert.ok(ageOf(answer) >= Date.now() - at - 2_000, `${ageOf(answer)} ms`);
      assert.equal((await next.take("discovered", await token("discovered"))).status, 200);
      for (const name of ["/stored", "/discovered", "/discovered-set"]) assert.equal(listener.count(name), 1, name);
      // The document of one issuer is not used for another.
      assertProblem(await next.take("impostor", await token("impostor")), "unavailable");
    } finally {
      await next.stop();
    }
  });

  test("check_14 a fresh copy is used; an unknown key is requested from the issuer", async () => {
    keep("fresh", FRESH_MS - 20_000);
    down(listener, "fresh");
    const answer = await taken("fresh");
    assert.ok(ageOf(answer) >= FRESH_MS - 20_000, `${ageOf(answer)} ms`);
    assert.equal(listener.count("/fresh"), 0);

    keep("fresh-unknown", FRESH_MS - 20_000);
    up(listener, "fresh-unknown", [known.jwk, other.jwk]);
    await taken("fresh-unknown", other);
    assert.equal(listener.count("/fresh-unknown"), 1);

    // Another isolate has just asked: its attempt counts for this one.
    keep("just-now", 2_000);
    up(listener, "just-now", [known.jwk, other.jwk]);
    assertProblem(await gate.take("just-now", await token("just-now", other)), "invalid_token");
    await taken("just-now");
    assert.equal(listener.count("/just-now"), 0);
  });

  test("check_14 a stale copy is used while one request refreshes it", async () => {
    keep("stale", FRESH_MS + 1_000);
    let answer = () => {};
    listener.on("/stale", (request, response) => {
      answer = () => json({ keys: [other.jwk] })(request, response);
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => taken("stale")));
    for (const each of answers) assert.ok(ageOf(each) >= FRESH_MS);
    // The answers do not wait for it.
    await until("one refreshes", () => listener.count("/stale") > 0);
    answer();
    await until("the new set has replaced the old one", async () => {
      const status = (await gate.take("stale", await token("stale", other))).status;
      return status === 200;
    });
    assertProblem(await gate.take("stale", await token("stale")), "invalid_token", { what: "a removed key" });
    assert.equal(listener.count("/stale"), 1);
  });

  test("check_14 while the issuer is down a stale copy is used for 24 hours, and then no token passes", async () => {
    keep("stale-down", STALE_MS - 60_000);
    down(listener, "stale-down");
    for (let i = 0; i < 3; i++) assert.ok(ageOf(await taken("stale-down")) >= STALE_MS - 60_000);
    await until("an attempt", () => listener.count("/stale-down") > 0);
    assert.equal(listener.count("/stale-down"), 1, "one attempt in the cool-down");

    keep("too-old", DAY_AND_A_BIT_MS);
    down(listener, "too-old");
    assertProblem(await gate.take("too-old", await token("too-old")), "unavailable");
    assert.equal(listener.count("/too-old"), 1);

    // Usable for some more seconds. The same token, already in the cache of verified tokens, is rejected
    // when its keys are.
    const left = 8_000;
    const one = await token("limit");
    down(listener, "limit");
    const begun = Date.now();
    keep("limit", STALE_MS - left);
    assert.equal((await gate.take("limit", one)).status, 200);
    await until("the limit", async () => {
      const sent = Date.now() - begun;
      const answer = await gate.take("limit", one);
      if (answer.status !== 200) assertProblem(answer, "unavailable");
      else assert.ok(sent < left + 100, `admitted ${sent} ms later`);
      return answer.status !== 200;
    });
    const passed = Date.now() - begun;
    assert.ok(passed >= left - 100, `refused after ${passed} ms, not ${left}`);
    assertProblem(await gate.take("limit", await token("limit")), "unavailable");
  });

  test("check_14 a copy with an impossible time is not used", async () => {
    keep("future", -60_000);
    keep("no-time", 0);
    keep("odd-time", 0, good, { "latchkey-fetched-at": "yesterday" });
    keep("negative-time", 0, good, { "latchkey-fetched-at": `-${Date.now()}` });
    delete (store.entries.get(keyOf("no-time")) as Entry).headers["latchkey-fetched-at"];
    for (const name of ["future", "no-time", "odd-time", "negative-time"]) {
      up(listener, name, [other.jwk]);
      assertProblem(await gate.take(name, await token(name)), "invalid_token", { what: name });
      await taken(name, other);
      assert.equal(listener.count(`/${name}`), 1, name);
    }
    // Clocks differ a little.
    keep("ahead", -1_000);
    await taken("ahead");
    assert.equal(listener.count("/ahead"), 0);
  });

  test("check_13 a cached entry is parsed as strictly as an issuer's response", async () => {
    const set = (...keys: unknown[]) => JSON.stringify({ keys });
    for (const [name, body] of Object.entries({
      private: set(known.privateJwk),
      html: "<html>",
      large: good + " ".repeat(65_536),
      "off-curve": set({ ...known.jwk, y: known.jwk.x }),
      symmetric: set({ kty: "oct", kid: "s", k: "c2VjcmV0" }),
      empty: set(),
      duplicate: set(known.jwk, { ...other.jwk, kid: known.kid }),
    })) {
      keep(name, 1_000, body);
      down(listener, name);
      assertProblem(await gate.take(name, await token(name)), "unavailable", { what: name });
      assert.equal(listener.count(`/${name}`), 1, `${name}: the issuer was asked instead`);
    }
  });
});

test("every cache key names the issuer of its set, and can't be a URL that a visitor requests", () => {
  assert.ok(store.asked.length >= NAMES.length);
  for (const key of store.asked)
    assert.match(
      key,
      /^https:\/\/issuer-keys\.invalid\/(jwks|discovery)\?issuer=https%3A%2F%2F[a-z-]+\.example&url=http%3A/,
    );
});

test("check_14 a broken cache counts as no cache", async () => {
  const [upstream, listener, store] = await Promise.all([startEcho(), startListener(), startStore()]);
  store.breakDown();
  const x = { issuer: idp("again"), audience: AUDIENCE, algorithms: ["ES256"], jwks_url: `${listener.origin}/again` };
  const gate = await startGate({ upstream: upstream.origin, issuers: { x }, cache: store.url });
  try {
    up(listener, "again");
    for (let i = 0; i < 3; i++) assert.equal((await gate.take("x", await token("again"))).status, 200);
    assert.equal(listener.count("/again"), 1);
  } finally {
    await Promise.all([gate.stop(), upstream.stop(), listener.stop(), store.stop()]);
  }
});

test("check_14 the platform's own Cache API: after a restart the keys are there, with their age, while the issuer is down", async () => {
  const [upstream, listener] = await Promise.all([startEcho(), startListener()]);
  up(listener, "jwks");
  const x = { issuer: idp("x"), audience: AUDIENCE, algorithms: ["ES256"], jwks_url: `${listener.origin}/jwks` };
  const route = {
    path: "/x/*",
    methods: ["GET"],
    access: "token",
    issuers: ["x"],
    revocation: "none",
    upstream: "echo",
  };
  const stack = await startStack({
    config: { server_timing: true, upstreams: { echo: { url: upstream.origin } }, issuers: { x }, routes: [route] },
  });
  const take = async () => {
    const answer = await ask(stack.origin, "/x/y", { headers: { Authorization: `Bearer ${await token("x")}` } });
    assert.equal(answer.status, 200, answer.text);
    return ageOf(answer);
  };
  try {
    const fetched = Date.now();
    await take();
    down(listener, "jwks");
    await stack.restart();
    const restarted = Date.now() - fetched;
    const age = await take();
    assert.ok(age >= restarted - 1_000, `${age} ms old, ${restarted} ms after it was fetched`);
    assert.equal(listener.count("/jwks"), 1);
  } finally {
    await Promise.all([stack.stop(), upstream.stop(), listener.stop()]);
  }
});
