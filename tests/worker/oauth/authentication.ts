// How clients authenticate, at the endpoint for pushed requests, and what that endpoint answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { basic, logged } from "../../harness/operator.ts";
import { until } from "../../harness/until.ts";
import type { Durable } from "../durable/world.ts";
import { push, REQUEST_URI } from "./pushing.ts";
import { APP, assertOAuthError, SECRET, send, WEB } from "./world.ts";

export function authentication(world: () => Durable): void {
  test("a client authenticates as it is registered, by one method", async () => {
    const header = { Authorization: basic(SECRET, "web") };
    for (const [fields, headers] of [
      [APP, {}],
      [{}, { Authorization: basic("", "app") }],
      [WEB, {}],
      [{}, header],
      [{ client_id: "web" }, header],
    ] as const) {
      const answer = await push(world(), fields, headers);
      assert.equal(answer.status, 201, `${JSON.stringify([fields, headers])} ${answer.text}`);
    }
    const lines = [
      [{ client_id: "web" }, {}],
      [{ client_id: "web", client_secret: "wrong" }, {}],
      [{ client_id: "web2", client_secret: `${SECRET}x` }, {}],
      [{ client_id: "app", client_secret: SECRET }, {}],
      [{ client_id: "nobody" }, {}],
      [{ client_id: "c.AAAAAAAAAAAAAAAAAAAAAA" }, {}],
      [{ client_id: "a b" }, {}],
      [{}, {}],
      [{}, { Authorization: basic("wrong", "web") }],
      [{}, { Authorization: `Bearer ${SECRET}` }],
    ] as const;
    for (const [fields, headers] of lines) {
      const answer = await push(world(), fields, headers);
      assertOAuthError(answer, "invalid_client", 401, JSON.stringify([fields, headers]));
      const challenge = "Authorization" in headers ? 'Basic realm="http://localhost:8787"' : undefined;
      assert.equal(answer.header("www-authenticate"), challenge);
    }
    assertOAuthError(await push(world(), WEB, header), "invalid_request");
    assertOAuthError(await push(world(), APP, header), "invalid_request");
    await until("the failures are recorded", () =>
      logged(world().logs()).some(({ event, by }) => event === "client_refused" && by === "anybody"),
    );
    assert.ok(!world().logs().includes(SECRET), "no secret in the log");
  });

  test("a pushed request is answered by a URI that contains it sealed, or by its error", async () => {
    const answer = await push(world(), { ...APP, state: "s" });
    assert.equal(answer.status, 201);
    assert.match(answer.header("cache-control") ?? "", /no-store/);
    const { request_uri, expires_in, ...rest } = answer.json();
    assert.deepEqual([expires_in, rest], [90, {}]);
    assert.ok(request_uri.startsWith(REQUEST_URI));
    assert.match(request_uri.slice(REQUEST_URI.length), /^[\w-]+\.[\w-]+\.[\w-]{43}$/);
    assert.notEqual((await push(world(), { ...APP, state: "s" })).json().request_uri, request_uri);
    for (const [fields, error] of [
      [{ redirect_uri: "https://evil.example/" }, "invalid_request"],
      [{ redirect_uri: "https://client.example/callback/" }, "invalid_request"],
      [{ response_type: "token" }, "unsupported_response_type"],
      [{ code_challenge_method: "plain" }, "invalid_request"],
      [{ code_challenge: "" }, "invalid_request"],
      [{ scope: "unknown" }, "invalid_scope"],
      [{ resource: "https://evil.example" }, "invalid_target"],
      [{ request_uri }, "invalid_request"],
      [{ request: "eyJ" }, "request_not_supported"],
    ] as const)
      assertOAuthError(await push(world(), { ...APP, ...fields }), error, 400, JSON.stringify(fields));
  });

  test("what is not a form, has a parameter twice, or is too large, is rejected", async () => {
    const par = (body: string, type = "application/x-www-form-urlencoded") =>
      ask(world().origin, "/oauth/par", { method: "POST", headers: { "Content-Type": type }, body });
    assertOAuthError(await par("client_id=app&client_id=app"), "invalid_request");
    assertOAuthError(await par("client_id=app&scope=%zz"), "invalid_request");
    assertOAuthError(await par("{}", "application/json"), "invalid_request", 415);
    assertOAuthError(await par(`client_id=app&state=${"s".repeat(20_000)}`), "invalid_request", 413);
    const get = await ask(world().origin, "/oauth/par");
    assertProblem(get, "method_not_allowed");
    assert.equal(get.header("allow"), "POST");
  });

  test("pages of any origin may call a client's paths, without credentials, and no other path", async () => {
    for (const origin of ["https://app.elsewhere.example", "http://localhost:5173"]) {
      const headers = { Origin: origin, "Sec-Fetch-Site": "cross-site" };
      const pushed = await push(world(), APP, { ...headers, Cookie: "__Host-Http-latchkey=1.a.b.1.c" });
      assert.equal(pushed.status, 201, pushed.text);
      const failed = await push(world(), {}, headers);
      const preflight = await ask(world().origin, "/oauth/par", {
        method: "OPTIONS",
        headers: {
          ...{ ...headers, "Access-Control-Request-Method": "POST" },
          "Access-Control-Request-Headers": "authorization, content-type, dpop",
        },
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.header("access-control-allow-methods"), "POST");
      assert.equal(preflight.header("access-control-allow-headers"), "authorization, content-type, dpop");
      const documents = ["oauth-authorization-server", "openid-configuration", "jwks.json"];
      const read = await Promise.all(documents.map((name) => ask(world().origin, `/.well-known/${name}`, { headers })));
      for (const answer of [pushed, failed, preflight, ...read]) {
        assert.equal(answer.header("access-control-allow-origin"), "*");
        assert.equal(answer.header("access-control-allow-credentials"), undefined);
      }
    }
    const other = await ask(world().origin, "/auth/methods", { headers: { Origin: "https://app.elsewhere.example" } });
    assert.notEqual(other.header("access-control-allow-origin"), "*");
    const foreign = await send(world(), "/auth/sign-in", {}, { Origin: "https://app.elsewhere.example" });
    assertProblem(foreign, "request_forgery");
  });
}
