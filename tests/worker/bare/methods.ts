// Methods beyond the common seven, and content where a method has none, as bytes on the socket.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { untilLogged } from "../../harness/log.ts";
import { exchange, type RawAnswer } from "./raw.ts";
import { startWorld, VIAS, type Via, type World } from "./world.ts";

/** What the runtime accepts beyond the common seven, and passes on by fetch; it answers all others itself, with 501. */
const ACCEPTED = [
  "ACL",
  "CHECKOUT",
  "COPY",
  "LOCK",
  "MERGE",
  "MKACTIVITY",
  "MKCOL",
  "MOVE",
  "NOTIFY",
  "PROPFIND",
  "PROPPATCH",
  "PURGE",
  "QUERY",
  "REPORT",
  "SEARCH",
  "SUBSCRIBE",
  "UNLOCK",
  "UNSUBSCRIBE",
];
const NOT_ACCEPTED = ["ARCHIVE", "BIND", "LINK", "M-SEARCH", "MKCALENDAR", "VERSION-CONTROL"];

const CHUNKED = "Transfer-Encoding: chunked\r\n";
const MIB = 1 << 20;

export function methods(): void {
  describe("methods and content on the bare runtime", { concurrency: 1 }, () => {
    let world: World;
    before(async () => {
      const routes = VIAS.flatMap((via: Via) => [
        { path: `/dav/${via}/*`, methods: [...ACCEPTED, ...NOT_ACCEPTED], access: "public", upstream: via },
        { path: `/dav/${via}/locked/*`, methods: ["PROPFIND", "REPORT"], access: "token", upstream: via },
        { path: `/slow/${via}/*`, methods: ["GET", "HEAD"], access: "public", upstream: `${via}-short` },
      ]);
      world = await startWorld({ moreRoutes: routes });
    });
    after(() => world?.stop());

    const send = (method: string, target: string, headers = "", body: string | Uint8Array = ""): Promise<RawAnswer> => {
      const head = `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}Connection: close\r\n\r\n`;
      return exchange(world.port, Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]));
    };
    const allow = ({ head }: RawAnswer) => /^allow: (.*)$/im.exec(head)?.[1]?.trim();
    const codeOf = ({ body }: RawAnswer) => (JSON.parse(body) as { code: string }).code;

    for (const via of VIAS) {
      test(`each method that the runtime accepts reaches the upstream with its content, by ${via}`, async () => {
        for (const method of ACCEPTED) {
          const bare = await send(method, `/dav/${via}/x`);
          assert.equal(bare.status, 200, `${method}: ${bare.body}`);
          assert.equal(JSON.parse(bare.body).method, method);
          const content = `<${method}/>`;
          for (const [headers, body] of [
            [`Content-Length: ${content.length}\r\n`, content],
            [CHUNKED, `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`],
          ] as const) {
            const full = await send(method, `/dav/${via}/duplex`, headers, body);
            assert.deepEqual([full.status, full.body], [200, content], `${method} ${headers}`);
          }
        }
      });

      test(`check_19 only the methods of the most specific route are accepted, by ${via}`, async () => {
        for (const method of ["GET", "POST", "DELETE", "MKCOL", "COPY", "TRACE"]) {
          const answer = await send(method, `/dav/${via}/locked/x`);
          assert.equal(answer.status, 405, method);
          assert.equal(allow(answer), "PROPFIND, REPORT");
        }
        assert.equal((await send("PROPFIND", `/dav/${via}/locked/x`)).status, 401, "the route requires a token");
        for (const query of ["?_method=MKCOL", "?_method=archive", "?x-http-method-override=PROPFIND"])
          assert.equal((await send("LOCK", `/dav/${via}/x${query}`)).status, 200, `${query}: the same route`);
        for (const query of ["?_method=GET", "?_method=BIND", "?_method=TRACE"]) {
          const { status } = await send("REPORT", `/dav/${via}/locked/x${query}`);
          assert.equal(status, query.includes("TRACE") ? 401 : 400, `${query}: the method of no route, or of another`);
        }
      });

      test(`GET and HEAD with content are rejected, and no upstream receives them, by ${via}`, async () => {
        const paths = { GET: `/${via}/open/x`, HEAD: `/${via}/open/text` };
        for (const [method, path] of Object.entries(paths)) {
          for (const [headers, body] of [
            ["", ""],
            ["Content-Length: 0\r\n", ""],
            [CHUNKED, "0\r\n\r\n"],
          ] as const) {
            const answer = await send(method, path, headers, body);
            assert.equal(answer.status, 200, `${method} without content, ${headers}: ${answer.body}`);
          }
          const reached = world.upstream.reached();
          const large = "x".repeat(MIB);
          for (const [headers, body] of [
            ["Content-Length: 3\r\n", "abc"],
            ["Content-Length: 1\r\n", "\0"],
            [CHUNKED, "3\r\nabc\r\n0\r\n\r\n"],
            [`Content-Length: ${MIB}\r\n`, large],
            [CHUNKED, `${MIB.toString(16)}\r\n${large}\r\n0\r\n\r\n`],
            ["Content-Length: 3\r\nContent-Type: application/json\r\nX-HTTP-Method-Override: POST\r\n", "{ }"],
          ] as const) {
            const answer = await send(method, path, headers, body);
            assert.equal(answer.status, 400, `${method} with content, ${headers}: ${answer.body}`);
            if (method === "GET") {
              assert.equal(codeOf(answer), "invalid_request");
              assert.match(answer.body, /A GET or HEAD request must not have content/);
            }
          }
          assert.equal(world.upstream.reached(), reached);
        }
      });

      test(`a GET whose content does not arrive in time is rejected, by ${via}`, async () => {
        const answer = await send("GET", `/slow/${via}/x`, CHUNKED);
        assert.deepEqual([answer.status, codeOf(answer)], [400, "invalid_request"]);
      });

      test(`content of the other methods is passed on, or absent, by ${via}`, async () => {
        for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
          for (const [headers, body, content] of [
            ["", "", ""],
            ["Content-Length: 0\r\n", "", ""],
            ["Content-Length: 3\r\n", "abc", "abc"],
            [CHUNKED, "3\r\nabc\r\n0\r\n\r\n", "abc"],
          ] as const) {
            const answer = await send(method, `/${via}/open/duplex`, headers, body);
            assert.deepEqual([answer.status, answer.body], [200, content], `${method} ${headers}`);
          }
      });
    }

    test("the runtime answers every other method, whatever a route lists", async () => {
      for (const method of [...NOT_ACCEPTED, "TRACK", "get"]) {
        const answer = await send(method, "/dav/url/x");
        assert.deepEqual([answer.status, answer.body], [501, "ERROR: Unrecognized request method."], method);
      }
    });

    test("a method that no route may list is a configuration error, which names the valid ones", async () => {
      for (const method of ["TRACE", "CONNECT", "get", "GET, POST"]) {
        const wrong = await startWorld({
          moreRoutes: [{ path: "/wrong/*", methods: [method], access: "public", upstream: "url" }],
        });
        try {
          await exchange(
            wrong.port,
            Buffer.from("GET /wrong/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
          );
          await untilLogged(wrong.workerd.logs, /routes\[\d+\]\.methods: found .*\n/);
          const logs = wrong.workerd.logs();
          assert.ok(logs.includes(JSON.stringify(method).replaceAll('"', '\\"')), logs);
          assert.match(logs, /expected any token of RFC 9110 in its exact letter case, such as GET, .*PROPFIND/);
        } finally {
          await wrong.stop();
        }
      }
    });
  });
}
