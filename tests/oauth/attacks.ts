// What an attacker tries, who controls a client, sees a code, or sends the user a link (RFC 9700).
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import * as oauth from "oauth4webapi";
import { type Answer, ask as http } from "../harness/http.ts";
import { basic, form } from "../harness/operator.ts";
import { call, signUp, type Visitor } from "../harness/visitor.ts";
import { Browser } from "./browser.ts";
import { ask, code, prepare, redeem, type Terms, tokens } from "./flow.ts";
import { discovered } from "./web-client.ts";
import { CALLBACK, OTHER_CALLBACK, type World } from "./world.ts";

/** An error of the token endpoint (RFC 6749 section 5.2). */
export function assertError(answer: Answer, error: string, what = ""): void {
  assert.equal(answer.json().error, error, `${what}: ${answer.status} ${answer.text}`);
  assert.equal(answer.status, error === "invalid_client" ? 401 : 400, what);
  assert.match(answer.header("cache-control") ?? "", /no-store/, what);
}

export function attacks(world: () => World): void {
  let who: Visitor;
  let reports: Terms;
  const other: Terms = { client: "other", redirect: OTHER_CALLBACK, scope: "notes:read" };

  before(async () => {
    who = await signUp(world().origin);
    reports = { client: "reports", secret: world().secret, redirect: CALLBACK, scope: "openid notes:read" };
  });

  const origin = () => world().origin;
  const prepared = (terms: Terms = reports) => prepare(origin(), terms);
  const codeFor = (request: ReturnType<typeof prepare>, user: Visitor = who) => code(origin(), user, request);
  const authorize = (query: URLSearchParams | string, browser = new Browser(origin(), who)) =>
    browser.open(`${origin()}/oauth/authorize?${query}`);
  const api = (token: string, path = "/api/strict/x", headers: Record<string, string> = {}) =>
    http(origin(), path, { headers: { Authorization: `Bearer ${token}`, ...headers } });

  describe("codes", () => {
    test("mix-up: every answer names its issuer, and a client rejects the answer of another one", async () => {
      const as = await discovered(origin());
      const request = prepared();
      const state = request.query.get("state") ?? "";
      const answers = [
        await new Browser(origin(), who).approve(`${origin()}/oauth/authorize?${request.query}`),
        (await authorize(new URLSearchParams({ ...Object.fromEntries(request.query), scope: "\u0000" }))).url,
        (await authorize(new URLSearchParams({ ...Object.fromEntries(request.query), response_type: "token" }))).url,
      ];
      for (const url of answers) assert.equal(url.searchParams.get("iss"), origin(), url.href);
      const [good = assert.fail()] = answers;
      const client = { client_id: "reports" };
      oauth.validateAuthResponse(as, client, good, state);
      for (const issuer of ["https://evil.example", `${origin()}/`, undefined]) {
        const forged = new URL(good);
        forged.searchParams.delete("iss");
        if (issuer !== undefined) forged.searchParams.set("iss", issuer);
        assert.throws(() => oauth.validateAuthResponse(as, client, forged, state), `${issuer}`);
      }
    });

    test("code injection: a code with another verifier, client, redirect URI or resource is refused and not spent", async () => {
      const request = prepared();
      const [stolen, own] = [await codeFor(request), prepared()];
      const tries: [string, () => Promise<Answer>, string][] = [
        [
          "another verifier",
          () => redeem(origin(), { ...request, verifier: own.verifier }, stolen, reports),
          "invalid_grant",
        ],
        ["another client", () => redeem(origin(), request, stolen, other), "invalid_grant"],
        [
          "another redirect URI",
          () => redeem(origin(), { ...request, redirect: OTHER_CALLBACK }, stolen, reports),
          "invalid_grant",
        ],
        [
          "no authentication",
          () => redeem(origin(), request, stolen, { ...reports, secret: undefined }),
          "invalid_client",
        ],
        ["a wrong secret", () => redeem(origin(), request, stolen, { ...reports, secret: "wrong" }), "invalid_client"],
        [
          "another resource",
          () =>
            ask(
              origin(),
              {
                ...{ grant_type: "authorization_code", code: stolen, redirect_uri: request.redirect },
                ...{ code_verifier: request.verifier, resource: `${origin()}/mcp` },
              },
              reports,
            ),
          "invalid_target",
        ],
      ];
      for (const [what, attempt, error] of tries) {
        const answer = await attempt();
        if (what === "another resource") assert.match(answer.json().error, /^invalid_(target|grant)$/);
        else assertError(answer, error, what);
      }
      const answer = await redeem(origin(), request, stolen, reports);
      assert.equal(answer.status, 200, `the client that made the request still gets its tokens: ${answer.text}`);
    });

    test("a code that is used twice gives nothing, and ends what it gave before", async () => {
      const request = prepared();
      const given = await codeFor(request);
      const first = (await redeem(origin(), request, given, reports)).json();
      assert.equal((await api(first.access_token)).status, 200);
      assertError(await redeem(origin(), request, given, reports), "invalid_grant");
      assert.equal((await api(first.access_token)).status, 401);
      const refresh = { grant_type: "refresh_token", refresh_token: first.refresh_token };
      assertError(await ask(origin(), refresh, reports), "invalid_grant");
    });

    test("PKCE downgrade: no request without S256, and no code without its verifier", async () => {
      for (const [what, change] of [
        ["no challenge", { code_challenge: undefined }],
        ["plain", { code_challenge_method: "plain" }],
        ["no method, which means plain", { code_challenge_method: undefined }],
        ["a short challenge", { code_challenge: "abc" }],
        ["an empty challenge", { code_challenge: "" }],
      ] as [string, Record<string, string | undefined>][]) {
        const { query } = prepared();
        for (const [name, value] of Object.entries(change))
          if (value === undefined) query.delete(name);
          else query.set(name, value);
        const { url, page } = await authorize(query);
        assert.equal(page, undefined, what);
        assert.equal(url.searchParams.get("error"), "invalid_request", what);
        assert.equal(url.searchParams.get("code"), null, what);
      }
      const request = prepared();
      const given = await codeFor(request);
      for (const verifier of ["", request.query.get("code_challenge") ?? "", "a".repeat(43)]) {
        const fields = { grant_type: "authorization_code", code: given, redirect_uri: CALLBACK };
        const answer = await ask(origin(), { ...fields, ...(verifier ? { code_verifier: verifier } : {}) }, reports);
        assert.match(answer.json().error, /^invalid_(grant|request)$/, `verifier ${verifier}`);
      }
      assert.equal((await redeem(origin(), request, given, reports)).status, 200);
    });
  });

  describe("redirects", () => {
    test("open redirect: to an address that is not the client's, nothing is ever sent", async () => {
      for (const uri of [
        "https://evil.example/callback",
        "https://client.example.evil.example/callback",
        "https://client.example@evil.example/callback",
        "https://client.example:443/callback",
        "https://client.example:8443/callback",
        "https://client.example/callback/",
        "https://client.example/callback/../x",
        "https://client.example/callback%2f..%2fx",
        "https://client.example/callback?next=https://evil.example",
        "https://client.example/callback#x",
        "https://CLIENT.example/callback",
        "https://cl\u0456ent.example/callback",
        "https://client.example./callback",
        "https://client.example\\@evil.example/callback",
        "http://client.example/callback",
        "//evil.example",
        "/callback",
        "javascript:alert(1)//client.example/callback",
        "data:text/html,x",
        "http://127.0.0.1/callback",
        "",
      ])
        for (const change of [
          {},
          { scope: "nothing" },
          { response_type: "token" },
          { code_challenge: "" },
          { prompt: "none" },
        ]) {
          const query = new URLSearchParams({ ...Object.fromEntries(prepared().query), redirect_uri: uri, ...change });
          const { page } = await authorize(query);
          assert.ok(page, `${uri} ${JSON.stringify(change)}`);
          assert.equal(page.status, 400, uri);
          assert.equal(page.header("location"), undefined, uri);
          assert.equal(page.header("refresh"), undefined, uri);
          assert.doesNotMatch(page.text, /http-equiv="?refresh|href="?(https?:)?\/\/[^"]*evil/i, uri);
        }
    });

    test("an unknown client, and two redirect URIs in one request, are shown to the user only", async () => {
      const { query } = prepared();
      const twice = `${query}&redirect_uri=${encodeURIComponent("https://evil.example/")}`;
      for (const text of [String(query).replace("client_id=reports", "client_id=nobody"), twice]) {
        const { page } = await authorize(text);
        assert.equal(page?.status, 400);
        assert.doesNotMatch(page?.text ?? "", /http-equiv="?refresh/i);
      }
    });

    test("the way back from signing in leads to the service's own page only", async () => {
      const { url } = await authorize(prepared().query, new Browser(origin()));
      assert.equal(url.origin, origin());
      const back = new URL(url.searchParams.get("return_to") ?? "", origin());
      assert.equal(back.origin, origin());
      assert.match(back.pathname, /^\/oauth\//);
    });
  });

  describe("tokens", () => {
    test("a refresh token of another client is refused, and still its own client's", async () => {
      const { refresh_token = "" } = await tokens(origin(), who, reports);
      const fields = { grant_type: "refresh_token", refresh_token };
      assertError(await ask(origin(), fields, other), "invalid_grant", "another client");
      assertError(await ask(origin(), fields, { client: "reports" }), "invalid_client", "without the secret");
      assertError(
        await ask(origin(), fields, { client: "reports", secret: "wrong" }),
        "invalid_client",
        "a wrong secret",
      );
      const revoke = { token: refresh_token, client_id: "other" };
      await form(origin(), "/oauth/revoke", revoke, {});
      assert.equal((await ask(origin(), fields, reports)).status, 200);
    });

    test("a refresh token is no cookie, and a cookie no refresh token", async () => {
      const { refresh_token = "" } = await tokens(origin(), who, reports);
      const [name = "", value = ""] = /^([^=]+)=(.*)$/.exec(who.cookie)?.slice(1) ?? [];
      for (const cookie of [refresh_token, refresh_token.replace(/^lkr_/, "")]) {
        const answer = await call(origin(), "POST", "/auth/refresh", undefined, { cookie: `${name}=${cookie}` });
        assert.notEqual(answer.status, 200);
      }
      for (const token of [value, `lkr_${value}`])
        assertError(
          await ask(origin(), { grant_type: "refresh_token", refresh_token: token }, reports),
          "invalid_grant",
        );
    });

    test("a client's token can't manage the account", async () => {
      const { access_token } = await tokens(origin(), who, {
        ...reports,
        scope: "openid email notes:read notes:write",
      });
      for (const [method, path, body] of [
        ["GET", "/auth/sessions"],
        ["GET", "/auth/grants"],
        ["GET", "/auth/api-keys"],
        ["POST", "/auth/api-keys", { name: "x" }],
        ["POST", "/auth/password", { current_password: who.password, new_password: "another good password" }],
        ["POST", "/auth/reauthenticate", { password: who.password }],
        ["PATCH", "/auth/profile", { name: "x" }],
        ["GET", "/auth/verify"],
      ] as [string, string, unknown?][]) {
        const answer = await call(origin(), method, path, body, { token: access_token });
        assert.ok([401, 403, 404].includes(answer.status), `${method} ${path}: ${answer.status} ${answer.text}`);
      }
    });

    test("a client's token opens only the routes that name its scopes", async () => {
      const { access_token } = await tokens(origin(), who, reports);
      assert.equal(decodeJwt(access_token).scope, "openid notes:read");
      for (const [path, status] of [
        ["/api/read/x", 200],
        ["/api/write/x", 403],
        ["/api/admin/x", 403],
        ["/mcp", 401],
      ] as const)
        assert.equal((await api(access_token, path)).status, status, path);
      assert.ok([401, 403].includes((await api(access_token, "/api/own/x")).status), "a route without scopes");
    });

    test("a token in a URL is no token", async () => {
      const { access_token, refresh_token = "" } = await tokens(origin(), who, reports);
      for (const path of ["/api/read/x", "/oauth/userinfo"]) {
        const answer = await http(origin(), `${path}?access_token=${access_token}`);
        assert.equal(answer.status, 401, path);
      }
      const query = new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token,
        client_id: "reports",
        client_secret: world().secret,
      });
      const answer = await http(origin(), `/oauth/token?${query}`, { method: "POST" });
      assert.ok(answer.status >= 400, answer.text);
      assert.equal(answer.json().access_token, undefined);
    });
  });

  describe("clients", () => {
    test("a document at a private address, or at no proper address, makes no client", async () => {
      for (const id of [
        "https://10.0.0.1/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/client.json",
        "https://192.168.1.1/client.json",
        "https://metadata.internal/client.json",
        "https://user:password@client.example/client.json",
        "https://client.example/client.json#x",
        "https://client.example/a/../client.json",
        "http://client.example/client.json",
        "https://client.example",
        "file:///etc/passwd",
      ]) {
        const query = new URLSearchParams({ ...Object.fromEntries(prepared().query), client_id: id });
        const { page } = await authorize(query);
        assert.equal(page?.status, 400, id);
      }
    });

    test("a client authenticates in one way, and each failure looks the same", async () => {
      const fields = { grant_type: "client_credentials", scope: "notes:read" };
      const twice = await form(
        origin(),
        "/oauth/token",
        { ...fields, client_id: "reports", client_secret: world().secret },
        { Authorization: basic(world().secret, "reports") },
      );
      assert.match(twice.json().error, /^invalid_(request|client)$/);
      const unknown = await ask(origin(), fields, { client: "nobody", secret: "x" });
      const wrong = await ask(origin(), fields, { client: "reports", secret: "x" });
      assertError(unknown, "invalid_client");
      assert.equal(unknown.text, wrong.text);
      assert.match(wrong.header("www-authenticate") ?? "", /^Basic /);
    });
  });
}
