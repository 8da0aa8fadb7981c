// Check 15: requests whose heads are large in one way. What the Worker does before it knows the caller takes time in
// proportion to the head's size. The times are printed; loops are also counted in steps, beside the code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { exchange } from "./raw.ts";
import type { World } from "./world.ts";

const [FEW, MANY] = [500, 4_000];
const TIMES = 25;

/** The limit for the median, in milliseconds. */
const SOON = 1_000;

const list = (count: number, item: (i: number) => string, separator = "") =>
  Array.from({ length: count }, (_, i) => item(i)).join(separator);

const head = (path: string, lines = "") =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n`;

const headers = (count: number) => list(count, (i) => `X-${i}: ${i}\r\n`);
const cookies = (count: number, name: string) => `Cookie: ${list(count, (i) => `${name}${i}=${i}`, "; ")}\r\n`;

const TOKEN = "/service/none/x";
/** What a public route removes from a request costs time too. */
const PUBLIC = "/service/open/x";

const KINDS: [what: string, status: number, make: (count: number) => string][] = [
  ["headers", 401, (n) => head(TOKEN, headers(n))],
  ["headers, public", 200, (n) => head(PUBLIC, headers(n))],
  [
    "one header many times",
    401,
    (n) =>
      head(
        TOKEN,
        list(n, () => "X-A: x\r\n"),
      ),
  ],
  [
    "headers to remove",
    200,
    (n) =>
      head(
        PUBLIC,
        list(n, (i) => `Latchkey-${i}: x\r\n`),
      ),
  ],
  [
    "headers that Connection lists",
    200,
    (n) => head(PUBLIC, `${headers(n)}Connection: ${list(n, (i) => `x-${i}`, ",")}\r\n`),
  ],
  ["cookies", 401, (n) => head("/service/page/x", cookies(n, "a"))],
  ["cookies, public", 200, (n) => head(PUBLIC, cookies(n, "a"))],
  ["cookies of almost our name", 401, (n) => head("/service/page/x", cookies(n, "__Host-Http-latchkey"))],
  ["parameters", 401, (n) => head(`${TOKEN}?${list(n, (i) => `a${i}=${i}`, "&")}`)],
  ["method overrides", 401, (n) => head(`${TOKEN}?${list(n, (i) => `_method=${i}`, "&")}`)],
  ["parts of the path", 401, (n) => head(`/service/none/${list(n, (i) => `${i}`, "/")}`)],
  ["dots in the path", 401, (n) => head(`/service/none/${list(n, () => "a.")}x`)],
  ["a token of dots", 401, (n) => head(TOKEN, `Authorization: Bearer ${".".repeat(n)}\r\n`)],
  [
    "forward-auth of parameters",
    401,
    (n) =>
      head(
        "/auth/verify",
        `X-Original-Method: GET\r\nX-Original-URI: ${TOKEN}?${list(n, (i) => `a${i}=${i}`, "&")}\r\n`,
      ),
  ],
];

export function hostileHeads(world: () => World): void {
  test(`check_15 requests with ${FEW} and ${MANY} headers, cookies, parameters, names, dots or parts: time grows no faster than the request`, async (t) => {
    const times = async (text: string, status: number, what: string): Promise<number[]> => {
      const took = [];
      for (let i = 0; i < TIMES; i += 1) {
        const began = performance.now();
        const answer = await exchange(world().port, text);
        took.push(performance.now() - began);
        assert.equal(answer.status, status, `${what}: ${answer.body}`);
      }
      return took.sort((a, b) => a - b);
    };
    const medians = [];
    for (const [what, status, make] of KINDS) {
      const [few, many] = [await times(make(FEW), status, what), await times(make(MANY), status, what)];
      const median = many[TIMES >> 1] ?? Infinity;
      medians.push(`${what} ${few[TIMES >> 1]?.toFixed(1)} and ${median.toFixed(1)} ms`);
      assert.ok(median < SOON, `${what}: ${median} ms`);
      // The fastest of each, which other work on the machine disturbs least. Quadratic work would make it 64 times as
      // long.
      const growth = (many[0] ?? Infinity) / (few[0] ?? 1);
      assert.ok(
        growth < (2 * MANY) / FEW,
        `${what}: ${MANY / FEW} times as many took ${growth.toFixed(1)} times as long`,
      );
    }
    t.diagnostic(`medians: ${medians.join(", ")}`);
  });
}
