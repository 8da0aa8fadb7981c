// What passes through the gate unchanged, to an upstream by service binding and to one by URL, and the
// responses for an upstream that is down, slow or broken.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { residentMemory } from "../../bench/harness/server-process.ts";
import { assertProblem, STATUS } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { STEP_LIMIT } from "../../harness/until.ts";
import { post } from "../../harness/visitor.ts";
import { BINARY, CLOSE, closing, TEXT, WebSocketClient } from "./frames.ts";
import { again, fromOurPage, ISSUER, type Person, person, VIAS, type World } from "./world.ts";

/** In bytes: more than any component may buffer at once. */
const LARGE = 100 * 1024 * 1024;

/**
 * How much more memory the server may use while it passes {@link LARGE} on, for buffers of its sockets and
 * streams.
 */
const MEMORY = 32 * 1024 * 1024;

export function passThrough(world: () => World): void {
  describe("pass-through", { concurrency: 1 }, () => {
    let who: Person;
    let bearer: { Authorization: string };
    before(async () => {
      who = await person(world().origin);
      bearer = { Authorization: `Bearer ${who.token}` };
    });

    const open = (path: string, method = "GET", headers: Record<string, string> = {}) =>
      http.request({
        port: world().port,
        host: "127.0.0.1",
        path,
        method,
        agent: false,
        headers: { ...bearer, ...headers },
        timeout: STEP_LIMIT,
      });

    for (const via of VIAS) {
      const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
        ask(world().origin, `/${via}/none/${path}`, { method, headers: { ...bearer, ...headers } });

      test(`streams run in both directions at once, by ${via}: the first byte returns before the last was sent`, async () => {
        const request = open(`/${via}/none/duplex`, "POST");
        request.write("one");
        // If the gate, or anything in it, waited for the end of either body, there would never be a response.
        const [response] = (await once(request, "response")) as [http.IncomingMessage];
        assert.equal(response.statusCode, 200);
        const chunks = response[Symbol.asyncIterator]();
        assert.equal(String((await chunks.next()).value), "one");
        request.write("two");
        assert.equal(String((await chunks.next()).value), "two");
        request.end();
        assert.equal((await chunks.next()).done, true);
      });

      test(`a revocation does not interrupt what is at the upstream already, by ${via}: a stream and a WebSocket continue`, async () => {
        const other = await again(world().origin, who);
        const theirs = { Authorization: `Bearer ${other.token}` };
        const request = open(`/${via}/strict/duplex`, "POST", theirs);
        request.write("one");
        const [response] = (await once(request, "response")) as [http.IncomingMessage];
        const chunks = response[Symbol.asyncIterator]();
        assert.equal(String((await chunks.next()).value), "one");
        const client = await WebSocketClient.open(world().port, `/${via}/strict/socket`, theirs);
        assert.ok(client instanceof WebSocketClient);
        try {
          const signOut = await post(world().origin, "/auth/sign-out", {}, { cookie: other.cookie, ...fromOurPage });
          assert.equal(signOut.status, 204);
          for (const path of ["x", "socket"])
            assert.equal((await ask(world().origin, `/${via}/strict/${path}`, { headers: theirs })).status, 401, path);
          request.end("two");
          assert.equal(String((await chunks.next()).value), "two");
          assert.equal((await chunks.next()).done, true);
          client.send(TEXT, "three");
          assert.equal(String((await client.next()).payload), "three");
        } finally {
          client.destroy();
        }
      });

      test(`${LARGE >> 20} MB up and down, by ${via}: every byte, and the server's memory stays flat`, async (t) => {
        const before = await residentMemory(world().workerd.pid);
        const request = open(`/${via}/none/duplex`, "POST");
        const [sent, received] = [createHash("sha256"), createHash("sha256")];
        const block = randomBytes(1024 * 1024);
        let most = before;
        const upload = (async () => {
          for (let i = 0; i < LARGE / block.length; i++) {
            block.writeUInt32BE(i);
            sent.update(block);
            if (!request.write(Buffer.from(block))) await once(request, "drain");
            if (i % 8 === 0) most = Math.max(most, await residentMemory(world().workerd.pid));
          }
          request.end();
        })();
        const [response] = (await once(request, "response")) as [http.IncomingMessage];
        let length = 0;
        for await (const chunk of response) {
          received.update(chunk);
          length += chunk.length;
        }
        await upload;
        assert.equal(length, LARGE);
        assert.equal(received.digest("hex"), sent.digest("hex"));
        t.diagnostic(`${((most - before) / 1e6).toFixed(1)} MB more at most`);
        assert.ok(most - before < MEMORY, `${most - before} bytes more`);
      });

      test(`a WebSocket by ${via}: requires the token, echoes text and bytes, and keeps the close code and reason`, async () => {
        const path = `/${via}/none/socket`;
        for (const headers of [{}, { Authorization: "Bearer x.y.z" }, { Cookie: who.cookie }]) {
          const reached = world().upstream.reached();
          const refused = await WebSocketClient.open(world().port, path, headers);
          assert.ok("refused" in refused && refused.refused === 401, JSON.stringify(headers));
          assert.equal(world().upstream.reached(), reached);
        }
        for (const end of ["theirs", "ours"]) {
          const client = await WebSocketClient.open(world().port, path, bearer);
          assert.ok(client instanceof WebSocketClient, JSON.stringify(client));
          try {
            client.send(TEXT, "who");
            assert.equal(String((await client.next()).payload), who.id, "the upgrade request carried the identity");
            client.send(TEXT, "grüße");
            assert.deepEqual(String((await client.next()).payload), "grüße");
            const bytes = Buffer.from([0, 1, 2, 255, 254]);
            client.send(BINARY, bytes);
            const back = await client.next();
            assert.deepEqual([back.opcode, back.payload], [BINARY, bytes]);
            if (end === "theirs") {
              client.send(TEXT, "close 4001");
              assert.deepEqual(await client.closed(), { code: 4001, reason: "as you wish" });
            } else {
              client.send(CLOSE, closing(4002, "I am off"));
              assert.equal((await client.closed()).code, 4002);
            }
          } finally {
            client.destroy();
          }
        }
      });

      test(`check_19 a WebSocket by ${via} with a cookie is only for listed pages`, async () => {
        for (const kind of ["page", "both"])
          for (const [headers, allowed] of [
            [{}, false],
            [{ "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }, false],
            [{ "Sec-Fetch-Site": "same-site" }, false],
            [{ "Sec-Fetch-Site": "none" }, false],
            [{ "Sec-Fetch-Site": "same-origin", Origin: "https://evil.example" }, false],
            [{ Origin: "null" }, false],
            [{ Origin: `${ISSUER}.evil.example` }, false],
            [{ "Sec-Fetch-Site": "same-origin" }, true],
            [{ Origin: ISSUER }, true],
          ] as [Record<string, string>, boolean][]) {
            const what = `${kind} ${JSON.stringify(headers)}`;
            const path = `/${via}/${kind}/socket`;
            const client = await WebSocketClient.open(world().port, path, { Cookie: who.cookie, ...headers });
            if ("refused" in client) assert.deepEqual([client.refused, allowed], [401, false], what);
            else {
              client.destroy();
              assert.ok(allowed, what);
            }
          }
      });

      test(`ranges, validators and HEAD, by ${via}`, async () => {
        const whole = await get("text");
        assert.deepEqual([whole.status, whole.text.length, whole.header("etag")], [200, 36, '"v1"']);
        assert.equal(whole.header("accept-ranges"), "bytes");
        const part = await get("text", { Range: "bytes=10-15" });
        assert.deepEqual([part.status, part.text], [206, "abcdef"]);
        assert.equal(part.header("content-range"), "bytes 10-15/36");
        const known = await get("text", { "If-None-Match": '"v1"' });
        assert.deepEqual([known.status, known.text, known.header("etag")], [304, "", '"v1"']);
        const head = await get("text", {}, "HEAD");
        assert.deepEqual([head.status, head.text, head.header("etag")], [200, "", '"v1"']);
        if (via === "url") assert.equal(head.header("content-length"), "36");
      });

      test(`the client's address is the platform's word, by ${via}`, async () => {
        const client = "203.0.113.7";
        const answer = await get("x", { "CF-Connecting-IP": client, "X-Forwarded-For": "198.51.100.1" });
        const seen = new Map<string, string>(answer.json().headers);
        assert.equal(seen.get("x-forwarded-for"), client);
      });

      test(`statuses without a body, redirects, several cookies and OPTIONS, by ${via}`, async () => {
        for (const status of [204, 205]) {
          const answer = await get(`s${status}`);
          assert.deepEqual([answer.status, answer.text, answer.header("x-theirs")], [status, "", `s${status}`]);
        }
        const redirect = await get("redirect");
        assert.deepEqual([redirect.status, redirect.header("location")], [302, "/open/other"], "not followed");
        assert.deepEqual((await get("cookies")).setCookies, [
          "a=1; Path=/",
          "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT",
        ]);
        const options = await get("x", {}, "OPTIONS");
        assert.equal(options.json().method, "OPTIONS", "not a preflight, so the upstream answers");
        const preflight = { Origin: ISSUER, "Access-Control-Request-Method": "POST" };
        assert.equal((await get("x", preflight, "OPTIONS")).status, 204, "answered here");
      });

      test(`compressed bytes are unchanged, by ${via}`, async () => {
        const request = open(`/${via}/none/gzip`, "GET", { "Accept-Encoding": "gzip" }).end();
        const [response] = (await once(request, "response")) as [http.IncomingMessage];
        assert.equal(response.headers["content-encoding"], "gzip");
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        assert.equal(String(gunzipSync(Buffer.concat(chunks))), "gzip bytes as they are\n");
      });

      test(`an upstream that is slow or broken, by ${via}: the contract's codes`, async () => {
        const { origin } = world();
        const slow = await ask(origin, `/${via}/short/silent`, { headers: bearer });
        assertProblem(slow, "gateway_timeout");
        for (const manner of via === "url" ? ["closes", "garbage"] : ["throws"])
          assertProblem(await get(manner), "bad_gateway", { what: manner });
        // The head has left already, so the gate can only break off the body.
        const torn = open(`/${via}/none/torn`).end();
        const whole = await new Promise<boolean>((resolve) => {
          torn.on("error", () => resolve(false));
          torn.on("response", (response) => {
            response.on("error", () => resolve(false)).resume();
            response.on("close", () => resolve(response.complete));
          });
        });
        assert.equal(whole, false, "an incomplete response is not reported as complete");
        assert.equal((await get("x")).status, 200, "the next request succeeds");
      });
    }

    test("a status from 600 to 999 is bad_gateway, and no fault of the Worker's own", async () => {
      const before = world().workerd.logs().split("Critical").length;
      for (const status of [600, 999]) {
        const answer = await ask(world().origin, `/url/none/s${status}`, { headers: bearer });
        assertProblem(answer, "bad_gateway", { what: String(status) });
      }
      assert.equal(world().workerd.logs().split("Critical").length, before);
    });

    test("an upstream that is down: bad_gateway", async () => {
      assert.equal(STATUS.bad_gateway, 502);
      for (const method of ["GET", "POST"])
        assertProblem(await ask(world().origin, "/dead/x", { method }), "bad_gateway", { what: method });
    });

    test(`${LARGE >> 20} MB of a response at the pace of its reader: the server does not buffer it`, async (t) => {
      const before = await residentMemory(world().workerd.pid);
      const request = open(`/url/none/large?bytes=${LARGE}`).end();
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      let most = before;
      let length = 0;
      for await (const chunk of response) {
        length += chunk.length;
        if (length % (4 << 20) < chunk.length) most = Math.max(most, await residentMemory(world().workerd.pid));
      }
      assert.equal(length, LARGE);
      t.diagnostic(`${((most - before) / 1e6).toFixed(1)} MB more at most`);
      assert.ok(most - before < MEMORY, `${most - before} bytes more`);
    });
  });
}
