// Access to paths for programs: only with one of the configured secrets, and never from a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertHygiene, assertNoStore, assertProblem, DEVICE_COOKIE } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { basic, form, newCredential } from "../../harness/operator.ts";
import { signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function credentials({ origin, admins, services, admin }: World): void {
  const id = "0".repeat(64);
  const CALLS: [method: string, path: string, body?: unknown][] = [
    ["POST", "", { email: "x@example.com" }],
    ["GET", "?email=x@example.com"],
    ["GET", `/${id}`],
    ["DELETE", `/${id}`],
    ["PUT", `/${id}/roles`, { roles: [] }],
    ["POST", `/${id}/disable`],
    ["POST", `/${id}/enable`],
    ["POST", `/${id}/password`],
    ["POST", `/${id}/sign-out`],
    ["GET", `/${id}/events`],
  ];

  test("every call of the admin API needs an admin credential; all wrong ones get the same response", async () => {
    const refused: [string, Record<string, string | undefined>][] = [
      ["none", { Authorization: undefined }],
      ["empty", { Authorization: "" }],
      ["wrong", { Authorization: `Bearer ${newCredential().secret}` }],
      ["the hash instead of the secret", { Authorization: `Bearer ${admins[0]?.hash}` }],
      ["a service's", { Authorization: `Bearer ${services[0]?.secret}` }],
      ["a service's by Basic", { Authorization: basic(services[0]?.secret ?? "") }],
      ["as the user's name", { Authorization: basic("", admins[0]?.secret) }],
      ["another scheme", { Authorization: `Digest ${admins[0]?.secret}` }],
      ["two in one", { Authorization: `Bearer ${admins[0]?.secret}, Bearer ${admins[0]?.secret}` }],
      ["with a space more", { Authorization: `Bearer  ${admins[0]?.secret}` }],
      ["cut", { Authorization: `Bearer ${admins[0]?.secret.slice(0, -1)}` }],
    ];
    for (const [what, headers] of refused) {
      for (const [method, path, body] of CALLS) {
        const answer = await admin.call(method, path, body, headers);
        assertProblem(answer, "invalid_token", { what: `${what}: ${method} ${path}` });
        assert.match(answer.header("www-authenticate") ?? "", /^Bearer realm=/);
      }
    }
  });

  test("a service's credential is checked before the body; without one the body has no effect", async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `n${i}=1`).join("&");
    const bodies: [type: string, body: string][] = [
      ["application/json", "{"],
      ["application/json", `{"email":"${"x".repeat(20_000)}"}`],
      ["text/plain", "x"],
      ["application/x-www-form-urlencoded", names],
    ];
    for (const path of ["/auth/introspect", "/auth/revoke"])
      for (const [type, body] of bodies) {
        const answer = await ask(origin, path, { method: "POST", headers: { "Content-Type": type }, body });
        assertProblem(answer, "invalid_token", { what: `${path}: ${body.slice(0, 20)}` });
      }
    const Authorization = `Bearer ${services[0]?.secret}`;
    for (const path of ["/auth/introspect", "/auth/revoke"]) {
      const headers = { "Content-Type": "application/x-www-form-urlencoded", Authorization };
      assertProblem(
        await ask(origin, path, { method: "POST", headers, body: names.slice(0, 9000) }),
        "invalid_request",
      );
    }
  });

  test("any of several credentials is accepted, as Basic or Bearer, so that one can be replaced", async () => {
    for (const { secret } of admins) {
      for (const Authorization of [`Bearer ${secret}`, `bearer ${secret}`, basic(secret), basic(secret, "")]) {
        const answer = await admin.call("GET", "?email=unknown@example.com", undefined, { Authorization });
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(answer.json(), { users: [] });
        assertNoStore(answer);
        assertHygiene(answer);
      }
    }
    const { token } = await signUp(origin);
    for (const { secret } of services) {
      for (const Authorization of [`Bearer ${secret}`, basic(secret)]) {
        const answer = await form(origin, "/auth/introspect", { token }, { Authorization });
        assert.equal(answer.json().active, true, answer.text);
      }
    }
  });

  test("check_34 requests from pages are rejected: with an Origin or one of Latchkey's cookies, whatever else they contain", async () => {
    const { cookie } = await signUp(origin);
    const pages = [
      { Origin: origin },
      { Origin: "null" },
      { Origin: "https://evil.example" },
      { Cookie: cookie },
      { Cookie: `${DEVICE_COOKIE}=x` },
      ...["same-origin", "same-site", "cross-site", "none"].map((site) => ({ "Sec-Fetch-Site": site })),
    ];
    for (const headers of pages) {
      for (const [method, path, body] of CALLS)
        assertProblem(await admin.call(method, path, body, headers), "request_forgery", { what: `${method} ${path}` });
      for (const path of ["/auth/introspect", "/auth/revoke"]) {
        const answer = await form(
          origin,
          path,
          { token: "x" },
          { Authorization: basic(services[0]?.secret ?? ""), ...headers },
        );
        assertProblem(answer, "request_forgery", { what: path });
      }
    }
  });

  test("requests are checked in the contract's order", async () => {
    const text = { "Content-Type": "text/plain" };
    const page = { Origin: origin };
    const anonymous = { Authorization: undefined };
    const big = { email: "x".repeat(1 << 20) };
    const rows: [string, string, unknown, Record<string, string | undefined>, Parameters<typeof assertProblem>[1]][] = [
      ["GET", "/", undefined, page, "not_found"],
      ["POST", `/${id}/other`, undefined, page, "not_found"],
      ["PATCH", "", {}, page, "method_not_allowed"],
      ["POST", `/${id}/roles`, {}, page, "method_not_allowed"],
      ["POST", "", big, { ...page, ...text }, "request_forgery"],
      ["POST", "", big, text, "too_large"],
      ["POST", "", { email: 1 }, text, "unsupported_media_type"],
      ["POST", "", { email: 1 }, anonymous, "invalid_request"],
      ["PUT", `/${id}/roles`, { roles: ["a b"] }, anonymous, "invalid_request"],
      ["PUT", `/${id}/roles`, { roles: [] }, anonymous, "invalid_token"],
      ["PUT", `/${id}/roles`, { roles: [] }, {}, "not_found"],
    ];
    for (const [method, path, body, headers, code] of rows)
      assertProblem(await admin.call(method, path, body, headers), code, { what: `${method} ${path} ${code}` });
  });

  test("check_34 a form is rejected if any field is missing, repeated or malformed", async () => {
    const { token } = await signUp(origin);
    const Authorization = basic(services[0]?.secret ?? "");
    const send = (body: string, type = "application/x-www-form-urlencoded") =>
      ask(origin, "/auth/introspect", { method: "POST", headers: { Authorization, "Content-Type": type }, body });
    for (const good of [
      `token=${token}`,
      `token_type_hint=access_token&token=${token}`,
      `a=b&token=${token.replaceAll(".", "%2E")}`,
    ])
      assert.equal((await send(good)).json().active, true, good.replace(token, "…"));
    for (const bad of [
      "",
      "token=",
      "Token=a",
      `token=${token}&token=${token}`,
      `token=${token}&tok%65n=x`,
      "token=%",
      "token=%ff",
      "a=1&a=2&token=x",
    ])
      assertProblem(await send(bad), "invalid_request", { what: bad.replace(token, "…") });
    for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"])
      assertProblem(await send(`token=${token}`, type), "unsupported_media_type", { what: type });
  });
}
