// Check 19: raw paths, as an attacker's program would write them to the socket, in front of two upstreams.
//
// A request without a token may reach the upstream only by a public route, and then with exactly the path
// that was matched. Whether a path is protected is decided not by the gate's own parser but by every
// interpretation of a lenient server: decoded up to three times, overlong or not, backslashes for slashes,
// doubled slashes folded, parameters cut off, dots resolved, cut at a NUL, a `?` or a `#`, in any
// combination.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { targets } from "./hostile-paths.ts";
import { exchange, type RawAnswer } from "./raw.ts";
import { isProtected } from "./readings.ts";
import { METHODS, type Person, person, VIAS, type World } from "./world.ts";

/** The path that the upstream received, if the request reached it. */
function seen(answer: RawAnswer): { method: string; path: string; headers: [string, string][] } | undefined {
  return answer.status === 200 && answer.body.startsWith("{") ? JSON.parse(answer.body) : undefined;
}

export function paths(world: () => World): void {
  const ask = (method: string, target: string, headers = "Host: localhost\r\n") =>
    exchange(world().port, Buffer.from(`${method} ${target} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`, "utf8"));

  describe("paths as bytes", { concurrency: true }, () => {
    let who: Person;
    before(async () => {
      who = await person(world().origin);
    });

    for (const via of VIAS)
      test(`check_19 no raw path reaches a protected route without a token, by ${via}`, async (t) => {
        const table = targets(`/${via}`);
        assert.ok(table.length >= 500, `${table.length} paths`);
        let requests = 0;
        const forwarded = new Map<string, string>();
        const probe = async (target: string, method: string) => {
          requests += 1;
          const answer = await ask(method, target);
          const what = `${method} ${JSON.stringify(target.slice(0, 200))}: ${answer.status} ${answer.body.slice(0, 200)}`;
          assert.notEqual(answer.status, 500, what);
          if (method === "HEAD") {
            if (isProtected(target)) assert.notEqual(answer.status, 200, what);
            return;
          }
          const reached = seen(answer);
          if (!reached) return;
          assert.ok(!isProtected(target), `reached without a token: ${what}`);
          assert.ok(!isProtected(reached.path), `reached without a token: ${what}`);
          // The gate matched the target without scheme, authority and fragment; nothing else may change.
          const matched = target.replace(/^[a-z]+:\/\/[^/\\?#]*/i, "").replace(/#.*$/s, "");
          assert.equal(reached.path, matched, what);
          assert.equal(reached.method, method, what);
          forwarded.set(target, reached.path);
        };
        await inTurn(table.flatMap((target) => ["GET", "POST", "HEAD"].map((method) => () => probe(target, method))));
        // The test would prove nothing if no path were admitted, or if all were rejected for another reason.
        assert.ok(forwarded.has(`/${via}/open/x`));
        assert.ok(forwarded.has(`http://evil/${via}/open/x`));
        t.diagnostic(`${table.length} paths, ${requests} requests, ${forwarded.size} paths forwarded as they were`);
      });

    test("check_19 every method of a protected route requires a token; other methods are rejected", async () => {
      for (const via of VIAS)
        for (const path of ["exact", "open/shut/x", "none/x", "5s/x", "strict/x", "page/x", "both/x"]) {
          for (const method of METHODS)
            assert.equal((await ask(method, `/${via}/${path}`)).status, 401, `${method} ${path}`);
          for (const method of ["TRACE", "PROPFIND", "get", "Get", "GE", "GETS", "XGET", "FOO", "PURGE"]) {
            const { status } = await ask(method, `/${via}/${path}`);
            assert.ok([400, 405, 501].includes(status), `${method} ${path}: ${status}`);
          }
        }
    });

    test("check_19 on a token route with a token, the forwarded path is the matched one, byte for byte", async () => {
      const path = "/shut/a;v=1/b.c/~d/e%20f/%E2%82%AC/[g]|h/100%25/!$&'()*+,=:@";
      for (const via of VIAS)
        for (const query of ["", "?", "?a=b%20c&d=/../x;y", "?%2e%2e%2f=%00"]) {
          const target = `/${via}/open${path}${query}`;
          const answer = await ask("GET", target, `Host: localhost\r\nAuthorization: Bearer ${who.token}\r\n`);
          assert.equal(seen(answer)?.path, target, `${answer.status} ${answer.body.slice(0, 300)}`);
        }
    });

    test("check_19 no header turns a public route into a protected one, or replaces the path or the method", async () => {
      const other = (via: string) => `/${via}/open/shut/x`;
      for (const via of VIAS)
        for (const name of [
          "X-Original-URL",
          "X-Rewrite-URL",
          "X_Original_URL",
          "X-HTTP-Method-Override",
          "X-HTTP-Method",
          "X-Method-Override",
          "X_HTTP_Method_Override",
        ]) {
          const value = /method/i.test(name) ? "DELETE" : other(via);
          const reached = seen(
            await ask("GET", `/${via}/open/x`, `Host: localhost\r\n${name}: ${value}\r\nX-Kept: 1\r\n`),
          );
          assert.ok(reached, name);
          assert.equal(reached.path, `/${via}/open/x`, name);
          assert.equal(reached.method, "GET", name);
          assert.ok(!reached.headers.some(([header]) => header.toLowerCase() === name.toLowerCase()), name);
          assert.ok(reached.headers.some(([header]) => header === "x-kept"));
          const shut = await ask("GET", other(via), `Host: localhost\r\n${name}: /${via}/open/x\r\n`);
          assert.equal(shut.status, 401, name);
        }
    });

    test("check_19 headers listed in Connection are not forwarded, and the identity headers can't be listed", async () => {
      for (const via of VIAS)
        for (const list of [
          "close, X-Hop",
          "close,x-hop,authorization",
          "close, Latchkey-Subject, Latchkey-Session, X-Hop",
          "X-Hop, close, Host, Content-Length",
        ]) {
          const token = `Authorization: Bearer ${who.token}\r\n`;
          const request = `GET /${via}/none/x HTTP/1.1\r\nHost: localhost\r\n${token}X-Hop: 1\r\nConnection: ${list}\r\n\r\n`;
          const answer = await exchange(world().port, request);
          const reached = seen(answer);
          assert.ok(reached, `${list}: ${answer.status} ${answer.body}`);
          const headers = new Map(reached.headers);
          assert.equal(headers.get("latchkey-subject"), who.id, list);
          assert.equal(headers.get("latchkey-session"), who.session, list);
          for (const name of ["x-hop", "authorization"]) assert.equal(headers.get(name), undefined, `${name}: ${list}`);
        }
    });
  });
}

/** The number of concurrent requests: enough to keep the server busy, few enough for the machine's ports. */
const AT_ONCE = 16;

async function inTurn(work: (() => Promise<void>)[]): Promise<void> {
  const rest = work.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const next of rest) await next();
    }),
  );
}
