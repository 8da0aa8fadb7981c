// Checks 15 and 22: tokens that are designed to be expensive, and the log line of a rejected token, which
// names the check and contains no part of the token.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, test } from "node:test";
import { residentMemory } from "../../bench/harness/server-process.ts";
import { assertChallenge, assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { until } from "../../harness/until.ts";
import { exchange } from "./raw.ts";
import { type Person, person, type World } from "./world.ts";

const encoded = (text: string) => Buffer.from(text).toString("base64url");
const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** How often each token is sent. */
const TIMES = 40;

/**
 * The limit for the median, in milliseconds: how long a token that is rejected without verification may take,
 * including its transfer.
 */
const SOON = 1_000;

const MEMORY = 48 * 1024 * 1024;

export function hostileTokens(world: () => World): void {
  describe("hostile tokens", { concurrency: 1 }, () => {
    let who: Person;
    before(async () => {
      who = await person(world().origin);
    });
    const get = (authorization: string, path = "/service/none/x") =>
      ask(world().origin, path, { headers: { Authorization: authorization } });

    test("check_15 oversized, dotted and nested tokens are rejected quickly, in bounded memory, and the isolate keeps working", async (t) => {
      const [header = "", payload = "", signature = ""] = who.token.split(".");
      const table: [what: string, token: string][] = [
        ["a byte over 8 KiB", `${header}.${payload}.${"A".repeat(8 * 1024 + 1 - header.length - payload.length - 2)}`],
        ["the real one and 100 kB", `${who.token}${"A".repeat(100_000)}`],
        ["100,000 dots", ".".repeat(100_000)],
        ["8,000 dots", ".".repeat(8_000)],
        ["the real one and 8,000 dots", `${who.token}${".".repeat(7_000)}`],
        ["nested arrays", `${header}.${encoded(nested(2_800, "[", "]"))}.${signature}`],
        ["nested objects", `${header}.${encoded(nested(900, '{"a":', "}").replace('{"a":}', "{}"))}.${signature}`],
        ["a nested header", `${encoded(`{"alg":"ES256","x":${nested(2_500, "[", "]")}}`)}.${payload}.${signature}`],
        ["never closed", `${header}.${encoded("[".repeat(6_000))}.${signature}`],
        ["many names", `${header}.${encoded(`{${Array.from({ length: 500 }, (_, i) => `"${i}":1`)}}`)}.${signature}`],
        ["one name many times", `${header}.${encoded(`{${Array.from({ length: 700 }, () => '"a":1')}}`)}.${signature}`],
        ["a long number", `${header}.${encoded(`{"exp":${"9".repeat(5_000)}}`)}.${signature}`],
        ["escapes", `${header}.${encoded(`{"iss":"${"\\u0000".repeat(900)}"}`)}.${signature}`],
      ];
      const start = await residentMemory(world().workerd.pid);
      const medians: string[] = [];
      for (const [what, token] of table) {
        const times: number[] = [];
        for (let i = 0; i < TIMES; i++) {
          const began = performance.now();
          const answer = await get(`Bearer ${token}`);
          times.push(performance.now() - began);
          assert.equal(answer.status, 401, what);
        }
        assertChallenge(await get(`Bearer ${token}`), "invalid_token", what);
        const median = times.sort((a, b) => a - b)[TIMES / 2] as number;
        assert.ok(median < SOON, `${what}: ${median} ms`);
        medians.push(`${what} ${median.toFixed(1)} ms`);
      }
      const more = (await residentMemory(world().workerd.pid)) - start;
      t.diagnostic(`medians: ${medians.join(", ")}`);
      t.diagnostic(`${(more / 1e6).toFixed(1)} MB more after ${table.length * (TIMES + 1)} requests`);
      assert.ok(more < MEMORY, `${more} bytes more`);
      assert.equal((await get(`Bearer ${who.token}`)).status, 200, "the isolate keeps working");
    });

    test("check_15 a million dots and a megabyte of Bearer are rejected", async () => {
      for (const filler of [".", "A", "a.", "Bearer "]) {
        const bytes = filler.repeat(1_000_000 / filler.length);
        const head = `GET /service/none/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${bytes}\r\n\r\n`;
        const { status } = await exchange(world().port, head);
        // The runtime may reject the header, or close the connection, before the gate sees it.
        assert.ok([0, 400, 401, 413, 431].includes(status), `${filler}: ${status}`);
      }
      assert.equal((await get(`Bearer ${who.token}`)).status, 200, "the isolate keeps working");
    });

    test("check_22 the log line of a rejected token names the check and masks the token; no log contains a signature", async () => {
      const [header = "", payload = "", signature = ""] = who.token.split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
      const withClaims = (more: object) => `${header}.${encoded(JSON.stringify({ ...claims, ...more }))}.${signature}`;
      const withHeader = (more: object) =>
        `${encoded(JSON.stringify({ ...JSON.parse(Buffer.from(header, "base64url").toString()), ...more }))}.${payload}.${signature}`;
      const wrong = [
        `Bearer ${header}.${payload}.${randomBytes(64).toString("base64url")}`,
        `Bearer ${withClaims({ exp: 1 })}`,
        `Bearer ${withClaims({ aud: "https://other.example" })}`,
        `Bearer ${withClaims({ iss: "https://other.example" })}`,
        `Bearer ${withHeader({ alg: "none" })}`,
        `Bearer ${withHeader({ typ: "JWT" })}`,
        `Bearer ${withHeader({ kid: "other" })}`,
        `Bearer ${withHeader({ crit: [] })}`,
        `Bearer ${header}.${payload}`,
        `Bearer ${header}.${payload}.${signature}=`,
        `Bearer ${who.token},${who.token}`,
        `bearer  ${who.token}`,
        `Basic ${encoded(`x:${who.token}`)}`,
      ];
      const from = world().workerd.logs().length;
      const requests = new Set<string>();
      for (const authorization of wrong) {
        const answer = await get(authorization);
        assertProblem(answer, "invalid_token");
        requests.add(answer.header("latchkey-request-id") ?? "");
      }
      const refusals = () =>
        world()
          .workerd.logs()
          .slice(from)
          .split("\n")
          .filter((line) => line.startsWith("{"))
          .map((line) => JSON.parse(line))
          .filter(({ event }) => event === "token_refused");
      await until("every refusal is logged", () => refusals().length >= wrong.length);
      const lines = refusals();
      assert.equal(lines.length, wrong.length, "one line per request");
      assert.deepEqual(new Set(lines.map(({ request_id }) => request_id)), requests);
      assert.ok(new Set(lines.map(({ check }) => check)).size >= 6, JSON.stringify(lines));
      for (const line of lines) {
        assert.match(line.check, /^[a-z_]+$/);
        assert.match(line.token, /^(\[token, \d+ bytes\])?$/);
        assert.equal(line.path, "/service/none/x");
        assert.ok(Number.isInteger(line.count) && line.count > 0);
      }
      const everything = world().workerd.logs();
      for (const part of [signature, payload, who.cookie.slice(who.cookie.lastIndexOf(".") + 1)])
        assert.ok(!everything.includes(part), "a secret in the log");
    });
  });
}
