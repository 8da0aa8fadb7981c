// A table of invalid input: each row gets its code, and nothing is stored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertHygiene, assertProblem } from "../../harness/contract.ts";
import { type Answer, ask } from "../../harness/http.ts";
import {
  call,
  del,
  get,
  newEmail,
  ownPage,
  PASSWORD,
  post,
  renewed,
  signIn,
  signUp,
  type Visitor,
} from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function input({ origin }: World): void {
  const raw = (
    path: string,
    body: string | Uint8Array,
    {
      type = "application/json",
      chunked = false,
      method = "POST",
      ...more
    }: { type?: string | null; chunked?: boolean; method?: string; cookie?: string; token?: string } = {},
  ) =>
    ask(origin, path, {
      method,
      body,
      chunked,
      headers: {
        ...ownPage(origin),
        "Content-Type": type ?? undefined,
        Cookie: more.cookie,
        Authorization: more.token && `Bearer ${more.token}`,
      },
    });

  /** The forms of a body that is not a `{email, password}`; `email` is not taken and must stay so. */
  const bodies = (email: string): [string, string | Uint8Array][] => {
    const good = { email, password: PASSWORD };
    const json = JSON.stringify(good);
    const long = (n: number) => `${"a".repeat(n)}@example.com`;
    return [
      ["empty", ""],
      ["a space", " "],
      ["cut off", json.slice(0, -1)],
      ["something after it", `${json} x`],
      ["two of them", json + json],
      ["a trailing comma", json.replace("}", ",}")],
      ["single quotes", json.replaceAll('"', "'")],
      ["a comment", `/* */${json}`],
      ["names without quotes", json.replace('"email"', "email")],
      ["a byte order mark", `\ufeff${json}`],
      ["a control character", json.replace("correct", "cor\nrect")],
      ["bytes that aren't UTF-8", Buffer.from(json.replace("correct", "corr\u00e9ct"), "latin1")],
      ["UTF-16", Buffer.from(json, "utf16le")],
      ["half a surrogate pair", json.replace("correct", "\\ud800")],
      ["form-encoded", new URLSearchParams(good).toString()],
      ["null", "null"],
      ["a number", "7"],
      ["a string", JSON.stringify(json)],
      ["a list", JSON.stringify([good])],
      ["a list of the values", JSON.stringify([email, PASSWORD])],
      ["nothing in it", "{}"],
      ["no password", JSON.stringify({ email })],
      ["no e-mail", JSON.stringify({ password: PASSWORD })],
      ["names in another case", JSON.stringify({ Email: email, Password: PASSWORD })],
      ["an extra field", JSON.stringify({ ...good, roles: ["admin"] })],
      ["an extra field that is null", JSON.stringify({ ...good, x: null })],
      ["__proto__", json.replace("{", '{"__proto__":{},')],
      ["the e-mail twice", json.replace("{", `{"email":${JSON.stringify(newEmail())},`)],
      ["the e-mail twice, the same", json.replace("{", `{"email":${JSON.stringify(email)},`)],
      ["the password twice", json.replace("}", `,"password":"${PASSWORD}"}`)],
      ["twice by an escape", json.replace("}", ',"passw\\u006frd":"password no 2"}')],
      ["deep nesting", `{"email":${"[".repeat(5000)}${"]".repeat(5000)},"password":"${PASSWORD}"}`],
      ...[null, 7, true, [], {}, ["x"], { a: 1 }].flatMap((value): [string, string][] => [
        [`e-mail ${JSON.stringify(value)}`, JSON.stringify({ ...good, email: value })],
        [`password ${JSON.stringify(value)}`, JSON.stringify({ ...good, password: value })],
      ]),
      ["e-mail in a list", JSON.stringify({ ...good, email: [email] })],
      ...[
        "",
        " ",
        "plain",
        "@",
        "a@",
        "@example.com",
        "a@b@example.com",
        "a b@example.com",
        "a@exam ple.com",
        "a@example.com\nb@example.com",
        "a\0@example.com",
        "a@example..com",
        "a@.example.com",
        "<a@example.com>",
        "a@example.com, b@example.com",
        long(250),
        long(5000),
      ].map((address): [string, string] => [
        `e-mail ${JSON.stringify(address.slice(0, 40))} (${address.length})`,
        JSON.stringify({ ...good, email: address }),
      ]),
      ...["", "7 chars", "\u{1f511}".repeat(7), "p".repeat(129), "\u{1f511}".repeat(129), "p".repeat(5000)].map(
        (password): [string, string] => [`password of ${[...password].length}`, JSON.stringify({ ...good, password })],
      ),
    ];
  };

  test("sign-up rejects every malformed body with 400, and the address stays available", async () => {
    const email = newEmail("free");
    for (const [what, body] of bodies(email))
      assertProblem(await raw("/auth/sign-up", body), "invalid_request", { what });
    await signUp(origin, { email });
  });

  test("sign-in rejects every malformed body with 400, a password of any length with 401; the session whose cookie was presented continues", async () => {
    const who = await signUp(origin);
    for (const [what, body] of bodies(who.email)) {
      // Only sign-up checks a password's length; here an impossible password is wrong like any other.
      const code = what.startsWith("password of ") ? "invalid_credentials" : "invalid_request";
      assertProblem(await raw("/auth/sign-in", body, { cookie: who.cookie }), code, { what });
    }
    await renewed(origin, who.cookie);
  });

  test("password change rejects malformed bodies with 400, and the password is unchanged", async () => {
    const who = await signUp(origin);
    const good = { current_password: who.password, new_password: "a new password" };
    const table: unknown[] = [
      {},
      { new_password: good.new_password },
      { current_password: good.current_password },
      { ...good, email: who.email },
      { ...good, new_password: 12345678 },
      { ...good, current_password: null },
      { ...good, new_password: "7 chars" },
      { ...good, new_password: "p".repeat(129) },
      [],
      "x",
    ];
    for (const body of table)
      assertProblem(await post(origin, "/auth/password", body, who), "invalid_request", {
        what: JSON.stringify(body).slice(0, 80),
      });
    for (const text of ["", "{", JSON.stringify(good).replace("}", ',"new_password":"another one"}')]) {
      assertProblem(await raw("/auth/password", text, who), "invalid_request", { what: text });
    }
    await renewed(origin, who.cookie);
    await signIn(origin, who);
  });

  test("sign-out rejects malformed bodies with 400, and the session continues", async () => {
    const who = await signUp(origin);
    const table = [
      "{",
      "[]",
      "null",
      '"local"',
      '{"scope":7}',
      '{"scope":""}',
      '{"scope":"everything"}',
      '{"scope":"Local"}',
      '{"scope":["local"]}',
      '{"scope":"local","scope":"local"}',
      '{"scope":"local","x":1}',
    ];
    for (const body of table) assertProblem(await raw("/auth/sign-out", body, who), "invalid_request", { what: body });
    await renewed(origin, who.cookie);
  });

  test("a body of 16 KiB is read, one byte more is 413", async () => {
    const email = newEmail("free");
    const json = JSON.stringify({ email, password: PASSWORD });
    const padded = (length: number) => json + " ".repeat(length - json.length);
    for (const chunked of [false, true]) {
      assertProblem(await raw("/auth/sign-up", padded(16 * 1024 + 1), { chunked }), "too_large", {
        what: `chunked: ${chunked}`,
      });
    }
    assert.equal((await raw("/auth/sign-up", padded(16 * 1024))).status, 201);
    assert.equal((await raw("/auth/sign-in", padded(16 * 1024), { chunked: true })).status, 200);
  });

  test("a body of 1 MiB is 413, with and without a Content-Length, and nothing is stored", async () => {
    const who = await signUp(origin);
    const email = newEmail("free");
    const big = JSON.stringify({ email, password: PASSWORD, pad: "x".repeat(1 << 20) });
    const spaces = JSON.stringify({ email, password: PASSWORD }) + " ".repeat(1 << 20);
    for (const path of [
      "/auth/sign-up",
      "/auth/sign-in",
      "/auth/sign-out",
      "/auth/refresh",
      "/auth/password",
      "/auth/ticket",
    ]) {
      for (const chunked of [false, true]) {
        assertProblem(await raw(path, big, { chunked, cookie: who.cookie, token: who.token }), "too_large", {
          what: `${path}, chunked: ${chunked}`,
        });
      }
    }
    assertProblem(await raw("/auth/sign-up", spaces, { chunked: true }), "too_large", { what: "spaces" });
    await signUp(origin, { email });
    await renewed(origin, who.cookie);
  });

  test("a body that is not application/json is 415, and nothing is stored", async () => {
    const who = await signUp(origin);
    const email = newEmail("free");
    const body = JSON.stringify({ email, password: PASSWORD });
    const types = [
      "text/plain",
      "text/plain;charset=UTF-8",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "text/json",
      "application/json5",
      "application/jsonp",
      "application/csp-report",
      "text/plain; application/json",
      "application",
      "json",
      ", application/json",
      null,
    ];
    for (const type of types) {
      const what = `Content-Type ${type}`;
      assertProblem(await raw("/auth/sign-up", body, { type }), "unsupported_media_type", { what });
      assertProblem(await raw("/auth/sign-in", body, { type }), "unsupported_media_type", { what });
      assertProblem(
        await raw("/auth/sign-out", '{"scope":"global"}', { type, cookie: who.cookie }),
        "unsupported_media_type",
        { what },
      );
    }
    await renewed(origin, who.cookie);
    await signUp(origin, { email });
  });

  test("application/json in another case and with parameters is accepted", async () => {
    for (const type of ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"]) {
      const answer = await raw("/auth/sign-up", JSON.stringify({ email: newEmail(), password: PASSWORD }), { type });
      assert.equal(answer.status, 201, type);
    }
  });

  const POSTS = ["/auth/sign-up", "/auth/sign-in", "/auth/refresh", "/auth/sign-out", "/auth/password", "/auth/ticket"];
  const GETS = [
    "/auth/sessions",
    "/auth/verify",
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/healthz",
  ];
  const allows = (answer: Answer) => (answer.header("allow") ?? "").split(",").map((method) => method.trim());

  test("a wrong method is 405, and Allow names the right ones", async () => {
    for (const [right, paths] of [
      ["POST", POSTS],
      ["GET", GETS],
      ["DELETE", ["/auth/sessions/x"]],
      ["PATCH", ["/auth/profile"]],
    ] as const) {
      for (const path of paths) {
        for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
          if (method === right) continue;
          const answer = await call(origin, method, path);
          assertProblem(answer, "method_not_allowed", { what: `${method} ${path}` });
          assert.ok(allows(answer).includes(right), `Allow: ${answer.header("allow")} at ${path}`);
          assert.ok(!allows(answer).includes(method), `Allow: ${answer.header("allow")} at ${method} ${path}`);
        }
      }
    }
  });

  test("an unknown path under /auth or /admin, or any other, is 404 for every method", async () => {
    const who: Visitor = await signUp(origin);
    const paths = [
      "/auth",
      "/auth/",
      "/auth/nothing",
      "/auth/sign-in/",
      "/auth/sign-in/x",
      "/auth/sessions/",
      "/auth/sessions/x/y",
      "/auth//sign-in",
      "/auth/Sign-In",
      "/AUTH/sign-in",
      "/auth/sign-in%2f",
      "/auth/sign%2din",
      "/auth/%73ign-in",
      "/auth/.well-known",
      "/admin/users",
      "/nothing",
      "/",
    ];
    for (const path of paths) {
      for (const method of ["GET", "POST"]) {
        const answer = await call(origin, method, path, undefined, { token: who.token });
        assertProblem(answer, "not_found", { what: `${method} ${path}` });
      }
    }
    assertProblem(await del(origin, "/auth/nothing", who), "not_found");
  });

  test("a query does not change the path and is ignored", async () => {
    const who = await signUp(origin);
    assert.equal((await get(origin, "/auth/sessions?x=1", who)).status, 200);
    assertProblem(
      await post(origin, `/auth/sign-in?email=${who.email}&password=${encodeURIComponent(who.password)}`, {}),
      "invalid_request",
    );
  });

  test("every kind of response carries a request id", async () => {
    const answers = await Promise.all([
      get(origin, "/healthz"),
      get(origin, "/auth/nothing"),
      get(origin, "/api/me"),
      get(origin, "/open/x"),
      get(origin, "/dead/x"),
      post(origin, "/auth/sign-out"),
    ]);
    const ids = answers.map((answer) => assertHygiene(answer));
    assert.equal(new Set(ids).size, ids.length);
  });
}
