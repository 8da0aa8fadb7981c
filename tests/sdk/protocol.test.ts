// The vault's end of its line to a page: everything that comes from there is hostile until it has been read. In Node,
// on the very modules that go into the worker.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type * as Protocol from "../../sdk-wasm/js/protocol.ts";
import type * as Calling from "../../sdk-wasm/js/worker/calls.ts";
import type * as Read from "../../sdk-wasm/js/worker/read.ts";

const source = (path: string) => fileURLToPath(new URL(`../../sdk-wasm/js/${path}`, import.meta.url));
const contents = 'export * from "./worker/read.js"; export * from "./worker/calls.js"; export * from "./protocol.js";';
const { outputFiles } = await build({
  stdin: { contents, resolveDir: source("") },
  ...{ bundle: true, format: "esm", write: false },
});
const module: typeof Read & typeof Calling & typeof Protocol = await import(
  `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? "")}`
);
const { read, Calls, Violation, OtherVersion, PROTOCOL, WAKES } = module;

const CALL = { url: "https://api.example.com/", method: "GET", headers: [] };
const OPTIONS = { service: "https://auth.example.com", apiOrigins: ["https://api.example.com"] };
const START = {
  ...{ kind: "start", protocol: PROTOCOL, module: "https://app.example.com/v.wasm", options: OPTIONS },
  ...{ cookieUncertain: false, stepsUp: false },
};
const call = (more: object) => ({ kind: "fetch", id: 1, call: { ...CALL, ...more } });

/** The same objects with the usual prototype. */
const plain = (value: unknown): unknown => {
  const isPlain = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
  if (!isPlain && value?.constructor !== Object) return Array.isArray(value) ? value.map(plain) : value;
  return Object.fromEntries(Object.entries(value as object).map(([name, member]) => [name, plain(member)]));
};

test("every message of the closed set is read as it was meant", () => {
  const file = new File(["x"], "x.txt");
  const messages = [
    { ...START, owed: undefined },
    { ...START, owed: "global s-1", cookieUncertain: true, stepsUp: true },
    { kind: "stepped-up", number: 1 },
    { kind: "ask", id: 1, what: "signIn", body: { email: "a", password: "b" }, segment: undefined },
    { kind: "ask", id: Number.MAX_SAFE_INTEGER, what: "sessions", body: undefined, segment: undefined },
    { kind: "ask", id: 3, what: "revokeSession", body: undefined, segment: "s/../?" },
    { kind: "ask", id: 3, what: "any", body: { a: [1, -0.5, null, true, { b: { c: "d" } }], e: {} }, segment: "" },
    ...["local", "others", "global"].map((scope) => ({ kind: "sign-out", id: 2, scope })),
    { kind: "abort", id: 4 },
    { kind: "more", id: 5, bytes: 1 },
    ...WAKES.map((what) => ({ kind: "wake", what })),
    { kind: "dispose" },
    call({}),
    call({
      headers: [
        ["x-a", "1"],
        ["x-a", ""],
      ],
    }),
    call({ method: "POST", body: "text" }),
    call({ body: new Blob(["x"]) }),
    call({ body: new ArrayBuffer(3) }),
    call({ body: new Uint8Array(3) }),
    call({
      body: [
        ["a", "b"],
        ["file", file],
      ],
    }),
    call({ body: new ReadableStream(), duplex: "half" }),
    call({ mode: "same-origin", credentials: "omit", cache: "reload", redirect: "manual", keepalive: true }),
    call({ method: "POST", body: "text", progress: true }),
    call({ referrer: "", referrerPolicy: "no-referrer", integrity: "sha256-x", priority: "high" }),
  ];
  for (const message of messages) assert.deepEqual(plain(read(message)), message);
});

test("messages outside the closed set are rejected, with a reply if they have a number", () => {
  const ask = { kind: "ask", id: 1, what: "signIn" };
  const nested = (depth: number): object => (depth > 0 ? { a: nested(depth - 1) } : {});
  const refused: unknown[] = [
    ...[undefined, null, 0, "start", true, 1n, Symbol("x"), () => {}, [], {}, new Map([["kind", "dispose"]])],
    ...["", "Dispose", "toString", "__proto__", "token", "getToken", ["dispose"], new String("dispose")].map(
      (kind) => ({
        kind,
      }),
    ),
    ...[undefined, null, 0, -1, 1.5, "1", Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1n, {}, [1]].map((id) => ({
      ...{ kind: "abort", id },
    })),
    { ...ask, what: undefined },
    { ...ask, what: 7 },
    { ...ask, what: "x".repeat(100) },
    { ...ask, body: "{}" },
    { ...ask, body: null },
    { ...ask, body: ["a"] },
    { ...ask, body: { email: () => {} } },
    { ...ask, body: { email: 1n } },
    { ...ask, body: { email: Symbol("x") } },
    { ...ask, body: { email: Number.NaN } },
    { ...ask, body: { email: "x".repeat(20_000) } },
    { ...ask, body: { a: "x".repeat(10_000), b: { c: "x".repeat(10_000) } } },
    { ...ask, body: { ["x".repeat(20_000)]: 1 } },
    { ...ask, body: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [i, "x"])) },
    { ...ask, body: { list: Array(300).fill(1) } },
    { ...ask, body: { list: Array(30).fill(Array(30).fill(1)) } },
    { ...ask, body: nested(8) },
    { ...ask, segment: 7 },
    { ...ask, segment: null },
    { ...ask, segment: "x".repeat(5_000) },
    { kind: "sign-out", id: 1, scope: "everyone" },
    { kind: "sign-out", id: 1 },
    { kind: "more", id: 1, bytes: 0 },
    { kind: "more", id: 1, bytes: -1 },
    { kind: "more", id: 1, bytes: "1" },
    { kind: "wake", what: "asleep" },
    { ...START, module: undefined },
    { ...START, module: new URL("https://app.example.com/") },
    { ...START, options: undefined },
    { ...START, options: { service: "x".repeat(10_000) } },
    { ...START, options: { apiOrigins: Array(100_000).fill("https://api.example.com") } },
    { ...START, owed: 7 },
    { ...START, cookieUncertain: undefined },
    { ...START, cookieUncertain: 1 },
    { ...START, stepsUp: undefined },
    { kind: "stepped-up", number: 0 },
    { kind: "stepped-up", number: "1" },
    { ...START, owed: "x".repeat(5_000) },
    { kind: "fetch", id: 1 },
    { kind: "fetch", id: 1, call: null },
    { kind: "fetch", id: 1, call: "https://api.example.com/" },
    ...["", "/api", "api", "//api.example.com", "http://", "https://a b/"].map((url) => call({ url })),
    { ...START, module: "generated/vault_bg.wasm" },
    call({ url: undefined }),
    call({ url: new URL(CALL.url) }),
    call({ url: "x".repeat(3_000_000) }),
    call({ method: "" }),
    call({ method: "GET /" }),
    call({ method: "G".repeat(100) }),
    call({ headers: { "x-a": "1" } }),
    call({ headers: [["x-a"]] }),
    call({ headers: [["x-a", "1", "2"]] }),
    call({ headers: [["x a", "1"]] }),
    call({ headers: [["x-a\r\nauthorization", "1"]] }),
    call({ headers: [["x-a", 1]] }),
    call({ headers: Array(5_000).fill(["x-a", "1"]) }),
    call({ headers: [["x-a", "1".repeat(2_000_000)]] }),
    call({ headers: Array(3).fill(["x-a", "1".repeat(500_000)]) }),
    call({ body: 1 }),
    call({ body: {} }),
    call({ body: new FormData() }),
    call({ body: new Uint16Array(2) }),
    call({ body: new SharedArrayBuffer(2) }),
    call({ body: new Uint8Array(new SharedArrayBuffer(2)) }),
    call({ body: [["a"]] }),
    call({ body: [["a", "b", "c"]] }),
    call({ body: [["a", new Blob(["x"])]] }),
    call({ body: [[1, "b"]] }),
    call({ duplex: "full" }),
    call({ mode: "navigate" }),
    call({ credentials: "always" }),
    call({ cache: "" }),
    call({ redirect: "go" }),
    call({ referrer: null }),
    call({ keepalive: "true" }),
    call({ priority: "urgent" }),
    call({ integrity: 1 }),
  ];
  assert.ok(refused.length > 70);
  for (const message of refused) {
    assert.throws(
      () => read(message),
      (error) => {
        assert.ok(error instanceof Violation, String(error));
        const id = (message as { id?: unknown } | null)?.id;
        assert.equal(error.id, id === 1 ? 1 : undefined);
        assert.ok(error.message.length < 200, "nothing is echoed");
        return true;
      },
    );
  }
});

test("only own data properties are read: no getter, no prototype, no proxy trap", () => {
  let touched = 0;
  const trap = { get: () => ++touched };
  const getter = (name: string, of: object) => Object.defineProperty(of, name, { get: () => ++touched });
  for (const message of [
    getter("kind", {}),
    getter("id", { kind: "abort" }),
    getter("call", { kind: "fetch", id: 1 }),
    { kind: "fetch", id: 1, call: getter("url", { method: "GET", headers: [] }) },
    { kind: "fetch", id: 1, call: { ...CALL, headers: [getter("0", ["x-a", "1"])] } },
    Object.create({ kind: "dispose" }),
    Object.assign(Object.create({ id: 1 }), { kind: "abort" }),
    new Proxy({}, trap),
    { kind: "ask", id: 1, what: { toString: () => String(++touched) } },
    { kind: "ask", id: 1, what: "signIn", segment: { [Symbol.toPrimitive]: () => String(++touched) } },
  ]) {
    assert.throws(() => read(message), Violation);
  }
  // Members that aren't asked for are left where they are.
  const more = JSON.parse('{"kind":"dispose","__proto__":{"id":1},"constructor":1,"token":"please"}');
  assert.deepEqual(read(more), { kind: "dispose" });
  const held = read(
    JSON.parse(
      '{"kind":"fetch","id":1,"call":{"url":"https://api.example.com/","method":"GET","headers":[],"signal":1,"__proto__":{}}}',
    ),
  );
  assert.deepEqual(held, { kind: "fetch", id: 1, call: CALL });
  const ask = { kind: "ask", id: 1, what: "signIn" };
  const absent = { ...ask, body: undefined, segment: undefined };
  assert.deepEqual(read(getter("segment", getter("body", { ...ask }))), absent);
  assert.deepEqual(plain(read({ ...ask, body: getter("email", { a: undefined }) })), { ...absent, body: {} });
  const nested = JSON.parse('{"__proto__":{"isAdmin":true},"a":{"__proto__":1}}');
  const { body } = read({ ...ask, body: nested }) as unknown as { body: { a: object } };
  assert.ok(!("isAdmin" in Object.prototype) && Object.getPrototypeOf(body) === null);
  assert.deepEqual(Object.keys(body.a), ["__proto__"]);
  assert.equal(touched, 0);
});

test("a page of another version, older or newer, gets an error that says so, whatever its message", () => {
  for (const protocol of [PROTOCOL - 1, PROTOCOL + 1, 2 ** 40, "1", null, undefined, {}]) {
    assert.throws(() => read({ ...START, protocol }), OtherVersion);
    assert.throws(() => read({ kind: "start", protocol, of: "the future" }), OtherVersion);
  }
});

test("a number that is taken starts nothing and ends nothing; more calls at once than a page can need are refused", async () => {
  const told: Protocol.ToPage[] = [];
  const calls = new Calls((message) => void told.push(message));
  const signals: AbortSignal[] = [];
  const vault = {
    fetch: (_: string, { signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  } as unknown as Parameters<typeof calls.run>[0];
  const call = { url: CALL.url, method: "GET", headers: [] };
  for (let id = 1; id <= 10_000; id += 1) void calls.run(vault, id, call);
  await calls.run(vault, 7, call);
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ["violation"],
  );
  await calls.run(vault, 10_001, call);
  assert.deepEqual(told.at(-1), {
    kind: "failed",
    id: 10_001,
    error: { name: "TypeError", message: "Too many calls at once." },
  });
  assert.equal(signals.length, 10_000);
  calls.abort(7);
  calls.abort(99_999);
  calls.more(99_999, 1);
  assert.deepEqual(
    signals.filter(({ aborted }) => aborted),
    [signals[6]],
  );
  await new Promise(setImmediate);
  void calls.run(vault, 10_001, call);
  assert.equal(signals.length, 10_001, "one place was free");
  assert.equal(told.length, 2, "an aborted call says nothing more");
});
