// Check 19: raw paths, as an attacker's program would write them to the socket, in front of two upstreams.
//
// A request without a token may reach the upstream only by a public route, and then with exactly the path
// that was matched. Whether a path is protected is decided not by the gate's own parser but by every
// interpretation of a lenient server: decoded up to three times, overlong or not, backslashes for slashes,
// doubled slashes folded, parameters cut off, dots resolved, cut at a NUL, a `?` or a `#`, in any
// combination.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { exchange, type RawAnswer } from "./raw.ts";
import { METHODS, type Person, person, VIAS, type World } from "./world.ts";

/** Spellings that some server may read as `..`, as a dot, or as nothing. */
const DOTS = [
  "..",
  ".",
  "%2e%2e",
  "%2E%2E",
  "%2e.",
  ".%2e",
  ".%2E",
  "%2e",
  "%252e%252e",
  "%252e.",
  ".%252E",
  "%25252e%25252e",
  "%c0%ae%c0%ae",
  "%C0%AE.",
  ".%c0%ae",
  "%e0%80%ae%e0%80%ae",
  "%f0%80%80%ae.",
  "%c0%2e%c0%2e",
  "%u002e%u002e",
  "%%32%65%%32%65",
  "%2%65%2%65",
  "..;",
  "..;x=1",
  ".;",
  "%2e%2e;",
  "..%3b",
  "..%3B/x/..",
  "..%00",
  "..%20",
  "..%09",
  "..%0d%0a",
  "..%ff",
  "..\t",
  "..\u00a0",
  "\uff0e\uff0e",
  "%ef%bc%8e%ef%bc%8e",
];

/** Spellings that some server may read as a slash. */
const SLASHES = [
  "/",
  "//",
  "///",
  "\\",
  "\\\\",
  "/\\",
  "\\/",
  "%2f",
  "%2F",
  "%252f",
  "%252F",
  "%25252f",
  "%c0%af",
  "%C0%AF",
  "%e0%80%af",
  "%f0%80%80%af",
  "%c1%9c",
  "%5c",
  "%5C",
  "%255c",
  "%u2215",
  "%u002f",
  "%%32%66",
  "%2%66",
  "/./",
  "/%2e/",
  "/;/",
  "/;x/",
  "/%20/",
  "/%00/",
  "%2f/",
  "/%2f",
  "%5c/",
  "\u2215",
  "%e2%88%95",
  "%ef%bc%8f",
];

/** Spellings of the protected segment. */
const NAMES = [
  "shut",
  "%73hut",
  "s%68ut",
  "shu%74",
  "%73%68%75%74",
  "%2573hut",
  "%252573hut",
  "%5373hut",
  "%u0073hut",
  "s%00hut",
  "shut%00",
  "shut\0",
  "shut%0d",
  "shut\r",
  "shut%0a",
  "shut\n",
  "shut%09",
  "shut\t",
  "sh\tut",
  "shut%20",
  "shut ",
  "shut%7f",
  "shut;",
  "shut;x",
  "shut;x=y;z",
  "shut;x=/",
  "shut%3b",
  "shut%3Bx",
  "shut%3f",
  "shut%3fx=y",
  "shut%23",
  "shut?",
  "shut?x=/../..",
  "shut#",
  "shut#/../open",
  "shut%",
  "shut%2",
  "shut%zz",
  "shut\u00e9",
  "shut\ufeff",
  "shut%ef%bb%bf",
  "shut&x=y",
  "shut,x",
  "shut|x",
  "shut^x",
  "shut{x}",
  "shut<x>",
  'shut"x',
  "shut`x",
  "shut'x",
];

/**
 * Targets below a prefix, all without a token. The runtime rejects some, the gate rejects some, and some are
 * admitted.
 */
function targets(own: string): string[] {
  const all = [
    `${own}/open/x`,
    `${own}/open`,
    `${own}/open/`,
    `${own}/open/shut`,
    `${own}/open/shut/`,
    `${own}/none/x`,
  ];
  for (const dots of DOTS)
    for (const end of ["shut/x", "open/shut/x"])
      all.push(
        `${own}/open/${dots}/${end}`,
        `${own}/open/x/${dots}/${end}`,
        `${own}/open/x/${dots}/${dots}/${end}`,
        `${own}/none/${dots}/open/${dots}/${end}`,
      );
  for (const slash of SLASHES)
    all.push(
      `${own}/open${slash}shut/x`,
      `${own}/open/${slash}shut/x`,
      `${own}/open/shut${slash}x`,
      `${own}/open/x${slash}..${slash}shut/x`,
      `${own}/open/..${slash}none/x`,
      `${slash}${own.slice(1)}/open/shut/x`,
      `${own}${slash}none/x`,
      `${own}/open/${slash}..${slash}..${slash}${own.slice(1)}/none/x`,
    );
  for (const name of NAMES)
    all.push(
      `${own}/open/${name}`,
      `${own}/open/${name}/x`,
      `${own}/open/${name}/`,
      `${own}/open/y/../${name}/x`,
      `${own}/open//${name}`,
    );
  for (const form of [
    "http://evil",
    "https://evil",
    "http://localhost:8787",
    "//evil",
    "///evil",
    "http://u:p@evil:1",
    "ftp://evil",
  ])
    for (const path of ["/open/x", "/open/shut/x", "/none/x", "/open/../none/x", "/open%2f..%2fnone/x"])
      all.push(`${form}${own}${path}`);
  const long = "a".repeat(20_000);
  all.push(
    `${own}/open/${long}`,
    `${own}/open/${long}/../shut/x`,
    `${own}/open/shut/${long}`,
    `${own}/open/${"../".repeat(3000)}none/x`,
    `${own}/open/${"x/".repeat(3000)}x`,
    `${own}/open/${"%2e%2e/".repeat(1000)}shut`,
    `${own}/open/?${long}`,
    `${own}/open;/shut/x`,
    `${own};/none/x`,
    `${own};x=/open/none/x`,
    `${own}/;/none/x`,
    `${own}/exact`,
    `${own}/exact/`,
    `${own}/exact;x`,
    `${own}/exact//`,
    `${own}/exact/.`,
    `${own}/exact%2f`,
    `${own}/exact?`,
    `${own}/exact#`,
    "*",
    "",
    own.slice(1),
    "/",
    "//",
    "/..",
  );
  return [...new Set(all)];
}

const PROTECTED = /^\/(service|url)\/(open\/shut|exact|none|1s|5s|strict|page|both|short|kept)(\/|$)/;

/** Every path that some server could read in this one. */
function readings(target: string): Set<string> {
  const found = new Set<string>();
  const queue = [target.replace(/^[a-z]+:\/\/[^/\\?#]*/i, "")];
  for (let text = queue.pop(); text !== undefined && found.size < 5_000; text = queue.pop()) {
    if (found.has(text)) continue;
    found.add(text);
    queue.push(...REWRITES.map((rewrite) => rewrite(text)));
  }
  return found;
}

const REWRITES: ((path: string) => string)[] = [
  (path) =>
    path.replace(/%(?:c0|%63%30)%([89ab][0-9a-f])/gi, (_, byte) =>
      String.fromCharCode(Number.parseInt(byte, 16) & 0x3f),
    ),
  (path) =>
    path.replace(/%c1%([89ab][0-9a-f])/gi, (_, b) => String.fromCharCode(0x40 | (Number.parseInt(b, 16) & 0x3f))),
  (path) => path.replace(/%e0%80%([89ab][0-9a-f])/gi, (_, b) => String.fromCharCode(Number.parseInt(b, 16) & 0x3f)),
  (path) => path.replace(/%f0%80%80%([89ab][0-9a-f])/gi, (_, b) => String.fromCharCode(Number.parseInt(b, 16) & 0x3f)),
  (path) => path.replace(/%c0%([0-7][0-9a-f])/gi, (_, b) => String.fromCharCode(Number.parseInt(b, 16))),
  (path) => path.replace(/%([0-9a-f]{2})/gi, (_, byte) => String.fromCharCode(Number.parseInt(byte, 16))),
  (path) => path.replace(/%u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
  (path) => path.replaceAll("\\", "/"),
  (path) => path.replace(/\/{2,}/g, "/"),
  (path) => path.replace(/;[^/]*/g, ""),
  (path) => path.replace(/[?#].*$/s, ""),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a lenient server stops at this character
  (path) => path.replace(/\x00.*$/s, ""),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a lenient server ignores these characters
  (path) => path.replace(/[\x00-\x1f\x7f]/g, ""),
  (path) => resolved(path),
];

/** Without dot segments (RFC 3986 section 5.2.4). */
function resolved(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === ".." && segments.length > 1) segments.pop();
    else if (segment !== "." && segment !== "..") segments.push(segment);
  }
  return segments.join("/");
}

const isProtected = (target: string) => [...readings(target)].some((path) => PROTECTED.test(path));

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
