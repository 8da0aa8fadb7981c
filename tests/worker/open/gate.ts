// The gate: which route decides, what the upstream receives, what it must never receive, and that bodies are
// streamed.
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { assertChallenge, assertNoStore, assertProblem, COOKIE, DEVICE_COOKIE } from "../../harness/contract.ts";
import type { Seen } from "../../harness/echo.ts";
import { ask, type HeaderList } from "../../harness/http.ts";
import { call, get, post, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

/**
 * A header's name as an upstream may read it: without case and without the difference between `-` and `_`
 * (CGI, WSGI).
 */
const folded = (name: string) => name.toLowerCase().replaceAll("_", "-");
const identity = (headers: HeaderList) =>
  Object.fromEntries(
    headers.filter(([name]) => folded(name).startsWith("latchkey-")).map(([name, value]) => [folded(name), value]),
  );

export function gate({ origin, echo }: World): void {
  const bearer = (token: string): [string, string] => ["Authorization", `Bearer ${token}`];

  test("the demo's API behind a service binding gets the caller's identity", async () => {
    const who = await signUp(origin);
    const me = await get(origin, "/api/me", who);
    assert.equal(me.status, 200, me.text);
    assert.deepEqual(me.json(), { id: who.body.session.user.id, roles: [] });
    assertProblem(await get(origin, "/api/me", { cookie: who.cookie }), "invalid_token", {
      what: "a token route takes no cookie",
    });
  });

  test("notes are stored per user, across sessions", async () => {
    const one = await signUp(origin);
    const two = await signUp(origin);
    const added = await post(origin, "/api/notes", { text: "buy a lock" }, { token: one.token });
    assert.ok(added.status === 200 || added.status === 201, `${added.status} ${added.text}`);
    const notes = async (token: string) => {
      const answer = await get(origin, "/api/notes", { token });
      assert.equal(answer.status, 200, answer.text);
      return answer.text;
    };
    assert.match(await notes(one.token), /buy a lock/);
    assert.match(await notes((await signIn(origin, one)).token), /buy a lock/);
    assert.doesNotMatch(await notes(two.token), /buy a lock/);
  });

  test("the upstream gets the identity of the contract, and path, query and body unchanged", async () => {
    const { token, body } = await signUp(origin);
    const answer = await ask(origin, "/echo/a%20b/%C3%A9?x=1&y=%2F&x=2", {
      method: "POST",
      headers: [bearer(token), ["Content-Type", "text/csv"], ["X-Mine", "kept"]],
      body: "a,b\n",
    });
    assert.equal(answer.status, 200, answer.text);
    const seen: Seen = answer.json();
    assert.equal(seen.method, "POST");
    assert.equal(seen.url, "/echo/a%20b/%C3%A9?x=1&y=%2F&x=2");
    assert.equal(seen.body, "a,b\n");
    const header = (name: string) => seen.headers.find(([n]) => n.toLowerCase() === name)?.[1];
    assert.equal(header("content-type"), "text/csv");
    assert.equal(header("x-mine"), "kept");
    const { jti, scope } = decodeJwt(token);
    const { "latchkey-roles": roles = "", "latchkey-scope": scopes = "", ...rest } = identity(seen.headers);
    assert.deepEqual({ roles, scopes }, { roles: "", scopes: scope });
    assert.deepEqual(rest, {
      "latchkey-issuer": origin,
      "latchkey-subject": body.session.user.id,
      "latchkey-session": body.session.id,
      "latchkey-token-id": jti,
    });
  });

  test("identity headers can't be spoofed: inbound ones are removed, with - and _ treated as equal, in any case", async () => {
    const { token, body } = await signUp(origin);
    const spoofed: HeaderList = [
      "Latchkey-Subject",
      "latchkey-subject",
      "LATCHKEY-ROLES",
      "latchkey_subject",
      "Latchkey_Roles",
      "LATCHKEY_SUBJECT",
      "latchkey-Scope",
      "Latchkey-Token-Id",
      "Latchkey-Client-Id",
      "latchkey_issuer",
      "Latchkey-Session",
      "Latchkey-Anything",
      "latchkey_anything_else",
      "LatchKey-Client",
    ].map((name) => [name, "spoofed"]);
    const shut = await ask(origin, "/echo/x", { headers: [bearer(token), ...spoofed] });
    assert.equal(shut.status, 200, shut.text);
    assert.doesNotMatch(shut.text, /spoofed/);
    assert.equal(identity(shut.json().headers)["latchkey-subject"], body.session.user.id);

    const open = await ask(origin, "/open/x", { headers: [...spoofed] });
    assert.equal(open.status, 200, open.text);
    assert.deepEqual(identity(open.json().headers), {}, "a public route has no identity");
  });

  test("the most specific path decides, then the method; nothing else is open", async () => {
    const { token } = await signUp(origin);
    const status = async (method: string, path: string, proof = {}) =>
      (await call(origin, method, path, undefined, proof)).status;
    assert.equal(await status("GET", "/open/x"), 200);
    assert.equal(await status("GET", "/open/shut/x"), 401);
    assert.equal(await status("GET", "/open/shut/x", { token }), 200);
    assert.equal(await status("GET", "/open/shut/window"), 200);
    assert.equal(await status("GET", "/open/shut/window/x"), 401, "an exact path is not a prefix");
    const reached = echo.seen.length;
    const post = await call(origin, "POST", "/open/shut/window", undefined, { token });
    assertProblem(post, "method_not_allowed");
    assert.match(post.header("allow") ?? "", /\bGET\b/);
    assert.doesNotMatch(post.header("allow") ?? "", /POST/);
    for (const method of ["PUT", "PATCH", "DELETE"])
      assertProblem(await call(origin, method, "/open/x"), "method_not_allowed", { what: method });
    for (const path of ["/", "/nothing", "/openx", "/echox/y", "/apiary"])
      assertProblem(await get(origin, path, { token }), "not_found", { what: path });
    assert.equal(echo.seen.length, reached, "no rejected request reached the upstream");
  });

  test("check_19 no spelling of a path opens a protected route", async () => {
    const spellings = [
      "/open/../echo/x",
      "/open/./../echo/x",
      "/open/%2e%2e/echo/x",
      "/open/%2E%2E/echo/x",
      "/open/.%2e/echo/x",
      "/open/..%2fecho/x",
      "/open/%2e%2e%2fecho/x",
      "/open\\..\\echo/x",
      "/open/..\\echo/x",
      "/open/shut/../shut/x",
      "/open/%73hut/x",
      "/open/shut%2fx",
      "/open//shut/x",
      "/open/x/../shut/x",
      "/open/;/../shut/x",
      "/open/shut/.",
      "/open/shut;a=b/x",
      "//echo/x",
      "/./echo/x",
      "/%65cho/x",
      "/ECHO/x",
      "/echo%2fx",
      "/echo/",
    ];
    for (const path of spellings) {
      const before = echo.seen.length;
      const answer = await ask(origin, path, { headers: { Host: new URL(origin).host } });
      for (const { url } of echo.seen.slice(before)) {
        const asRead = new URL(
          decodeURIComponent(url)
            .replaceAll("\\", "/")
            .replace(/\/{2,}/g, "/"),
          "http://upstream",
        ).pathname;
        assert.doesNotMatch(asRead, /^\/(echo|open\/shut)\//, `${path} reached the upstream as ${url}`);
      }
      assert.ok(answer.status < 500, `${path}: ${answer.status}`);
    }
  });

  test("a route that requires roles or scopes: 403 with the challenge for callers without them", async () => {
    const { token } = await signUp(origin);
    for (const path of ["/admins/x", "/scoped/x"]) {
      const lacking = await get(origin, path, { token });
      assertProblem(lacking, "insufficient_scope", { what: path });
      assertChallenge(lacking, "insufficient_scope", path);
      assertProblem(await get(origin, path), "invalid_token", { what: path });
    }
  });

  test("an upstream that can't be reached is 502, not 500", async () => {
    assertProblem(await get(origin, "/dead/x"), "bad_gateway");
  });

  test("an upstream's own response is passed on: status, headers, body; its 401 stays its own", async () => {
    const { token } = await signUp(origin);
    echo.next((_, response) =>
      response.writeHead(401, { "Content-Type": "text/plain", "X-Theirs": "yes" }).end("not you"),
    );
    const answer = await get(origin, "/echo/x", { token });
    assert.deepEqual([answer.status, answer.text, answer.header("x-theirs")], [401, "not you", "yes"]);
    echo.next((_, response) => response.writeHead(302, { Location: "https://other.example/" }).end());
    const redirect = await get(origin, "/echo/x", { token });
    assert.deepEqual(
      [redirect.status, redirect.header("location")],
      [302, "https://other.example/"],
      "a redirect is passed on, not followed",
    );
  });

  test("bodies are streamed: the answer's first chunk arrives while the upstream still holds back the second", async () => {
    const { token } = await signUp(origin);
    let finish = () => {};
    echo.next((_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write("first\n");
      finish = () => response.end("second\n");
    });
    const { port } = new URL(origin);
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.get(
        {
          port,
          host: "localhost",
          path: "/echo/stream",
          agent: false,
          headers: { Authorization: `Bearer ${token}` },
          timeout: 10_000,
        },
        resolve,
      );
      request.on("timeout", () => request.destroy(new Error("no first chunk: the response is buffered")));
      request.on("error", reject);
    });
    const received: string[] = [];
    for await (const chunk of response) {
      received.push(String(chunk));
      if (received.length === 1) {
        assert.equal(received[0], "first\n");
        finish();
      }
    }
    assert.equal(received.join(""), "first\nsecond\n");
  });

  test("check_24 the response of a token route is private and not stored, whatever its upstream says; so is an error", async () => {
    const { token } = await signUp(origin);
    for (const said of [undefined, "public, max-age=3600", "max-age=60, immutable", "private"]) {
      echo.next((_, response) =>
        response.writeHead(200, { "Content-Type": "text/plain", ...(said && { "Cache-Control": said }) }).end("secret"),
      );
      const answer = await get(origin, "/echo/x", { token });
      assert.equal(answer.text, "secret");
      assert.equal(answer.header("cache-control"), "private, no-store", `the upstream said ${said}`);
    }
    const me = await get(origin, "/api/me", { token });
    assert.deepEqual([me.status, me.header("cache-control")], [200, "private, no-store"], "behind a service binding");
    for (const [path, proof] of [
      ["/echo/x", {}],
      ["/echo/x", { token: "x" }],
      ["/admins/x", { token }],
    ] as const)
      assertNoStore(await get(origin, path, proof), `the error response of ${path}`);
  });

  test("a public answer keeps the upstream's own Cache-Control, and gets none where it has none", async () => {
    for (const said of ["public, max-age=3600", "no-cache", undefined]) {
      echo.next((_, response) => response.writeHead(200, said ? { "Cache-Control": said } : {}).end());
      assert.equal((await get(origin, "/open/x")).header("cache-control"), said);
    }
  });

  test("the upstream never gets the session's cookie or the token; other cookies are unchanged", async () => {
    const { token, cookie } = await signUp(origin);
    const dead = `${COOKIE}=garbage`;
    const table: [sent: HeaderList, seen: string | undefined][] = [
      [[], undefined],
      [[["Cookie", cookie]], undefined],
      [[["Cookie", "a=b; c=d"]], "a=b; c=d"],
      [[["Cookie", `a=b; ${cookie}; c=d`]], "a=b; c=d"],
      [[["Cookie", `a=b; ${DEVICE_COOKIE}=x; c=d; ${cookie}`]], "a=b; c=d"],
      [[["Cookie", `${cookie}; a=b; ${dead}`]], "a=b"],
      [[["Cookie", `a="b";${cookie};c=d=e`]], 'a="b"; c=d=e'],
      [
        [
          ["Cookie", "a=b"],
          ["Cookie", cookie],
        ],
        "a=b",
      ],
      [[["Cookie", `${cookie.replace("=", " =")}; a=b`]], "a=b"],
      [[["Cookie", `latchkey=x; ${COOKIE}2=y; x${COOKIE}=z; ${cookie}`]], `latchkey=x; ${COOKIE}2=y; x${COOKIE}=z`],
    ];
    for (const path of ["/echo/x", "/open/x"]) {
      for (const [sent, expected] of table) {
        const answer = await ask(origin, path, { headers: [bearer(token), ...sent] });
        assert.equal(answer.status, 200, answer.text);
        const seen: Seen = answer.json();
        const what = `${path} with ${JSON.stringify(sent).replaceAll(cookie, "<cookie>")}`;
        const values = (name: string) =>
          seen.headers.filter(([n]) => n.toLowerCase() === name).map(([, value]) => value);
        assert.deepEqual(values("cookie"), expected === undefined ? [] : [expected], what);
        assert.deepEqual(values("authorization"), [], what);
        assert.ok(!JSON.stringify(seen).includes(cookie.split(".").at(-1) as string), `${what}: the secret, anywhere`);
      }
      // A public route requires no token, so credentials have no effect on it, valid or not.
      for (const value of ["Bearer x", "Basic dTpw"]) {
        const answer = await ask(origin, "/open/x", { headers: [["Authorization", value]] });
        const seen: Seen = answer.json();
        assert.ok(!seen.headers.some(([name]) => name.toLowerCase() === "authorization"), value);
      }
    }
  });

  test("an upstream can't set the session's cookie; its other cookies are passed on separately", async () => {
    const { token } = await signUp(origin);
    const theirs = ["sid=1; Path=/; HttpOnly", "theme=dark; Expires=Wed, 01 Jan 2031 00:00:00 GMT", `x=${COOKIE}=y`];
    const [first = "", ...others] = theirs;
    const ours = [
      `${COOKIE}=planted; Path=/; Secure; HttpOnly; SameSite=Strict`,
      `${COOKIE}=; Path=/; Max-Age=0; Secure`,
      ` ${COOKIE} = planted; Path=/; Secure`,
      `${DEVICE_COOKIE}=planted; Path=/; Secure; HttpOnly; SameSite=Strict`,
      `=${COOKIE}=planted; Path=/; Secure`, // A cookie without a name is sent back as this text.
    ];
    for (const path of ["/echo/x", "/open/x"]) {
      for (const cookies of [theirs, ours, [first, ...ours, ...others]]) {
        echo.next((_, response) => response.writeHead(200, { "Set-Cookie": cookies }).end());
        const answer = await get(origin, path, { token });
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.setCookies, cookies === ours ? [] : theirs, `${path}: ${cookies}`);
      }
    }
  });
}
