// What the RFCs require of each endpoint and that the clients of the other scenarios do not ask for: forms of requests,
// errors, and headers.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import { ask as http } from "../harness/http.ts";
import { basic, form } from "../harness/operator.ts";
import { call, signIn, signUp, type Visitor } from "../harness/visitor.ts";
import { assertError } from "./attacks.ts";
import { Browser } from "./browser.ts";
import { ask, code, prepare, redeem, type Terms, tokens } from "./flow.ts";
import { CALLBACK, OTHER_CALLBACK, type World } from "./world.ts";

export function endpoints(world: () => World): void {
  let who: Visitor;
  let reports: Terms;
  let authentication: { Authorization: string };
  const other: Terms = { client: "other", redirect: OTHER_CALLBACK, scope: "notes:read" };

  before(async () => {
    who = await signUp(world().origin);
    reports = { client: "reports", secret: world().secret, redirect: CALLBACK, scope: "openid email notes:read" };
    authentication = { Authorization: basic(world().secret, "reports") };
  });

  const origin = () => world().origin;
  const request = (more: Record<string, string> = {}, terms: Terms = reports) => {
    const prepared = prepare(origin(), terms);
    for (const [name, value] of Object.entries(more)) prepared.query.set(name, value);
    return prepared;
  };
  const authorize = (query: URLSearchParams | string, browser = new Browser(origin(), who)) =>
    browser.open(`${origin()}/oauth/authorize?${query}`);
  /** The error that the client gets. */
  const refused = async (more: Record<string, string>, browser?: Browser) => {
    const { query } = request(more);
    const { url, page } = await authorize(query, browser);
    assert.equal(page, undefined, `${JSON.stringify(more)}: ${page?.text}`);
    assert.equal(url.searchParams.get("state"), query.get("state"));
    assert.equal(url.searchParams.get("iss"), origin());
    return url.searchParams.get("error");
  };

  describe("the authorization endpoint", () => {
    test("answers GET and POST in the same way", async () => {
      const { query } = request();
      const posted = await form(origin(), "/oauth/authorize", Object.fromEntries(query), {});
      const got = await http(origin(), `/oauth/authorize?${query}`);
      assert.equal(posted.status, got.status);
      assert.match(posted.text, /http-equiv="?refresh/);
      const url = await new Browser(origin(), who).approve(`${origin()}/oauth/authorize?${query}&unknown=1`);
      assert.ok(url.searchParams.get("code"), "an unknown parameter is ignored");
    });

    test("names each mistake of a request with the code of its RFC", async () => {
      for (const [more, error] of [
        [{ response_type: "token" }, "unsupported_response_type"],
        [{ response_type: "code id_token" }, "unsupported_response_type"],
        [{ scope: "notes:other" }, "invalid_scope"],
        [{ scope: '"' }, "invalid_scope"],
        [{ resource: "https://elsewhere.example/" }, "invalid_target"],
        [{ resource: "/mcp" }, "invalid_target"],
        [{ resource: `${origin()}/mcp#x` }, "invalid_target"],
        [{ prompt: "none login" }, "invalid_request"],
        [{ request: "eyJhbGciOiJub25lIn0.e30." }, "request_not_supported"],
        [{ registration: "{}" }, "registration_not_supported"],
        [{ max_age: "-1" }, "invalid_request"],
        [{ dpop_jkt: "short" }, "invalid_request"],
      ] as [Record<string, string>, string][])
        assert.equal(await refused(more), error, JSON.stringify(more));
      const twice = await authorize(`${request().query}&scope=openid`);
      assert.equal(twice.url.searchParams.get("code"), null, "repeated");
      assert.ok(twice.page?.status === 400 || twice.url.searchParams.get("error") === "invalid_request", "repeated");
    });

    test("grants the client's usual scopes if it asks for none", async () => {
      const prepared = request({}, { ...other });
      prepared.query.delete("scope");
      const answer = await redeem(origin(), prepared, await code(origin(), who, prepared), other);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json().scope, "notes:read");
    });

    test("asks the user again for prompt=consent, prompt=login and max_age", async () => {
      const user = await signUp(origin());
      const open = (query: URLSearchParams) => authorize(query, new Browser(origin(), user));
      await tokens(origin(), user, reports);
      const remembered = await open(request().query);
      assert.equal(remembered.page, undefined, "consent is remembered");
      const again = await open(request({ prompt: "consent" }).query);
      assert.equal(again.page?.status, 200, "the page is shown again");
      assert.equal(await refused({ prompt: "none", max_age: "0" }, new Browser(origin(), user)), "login_required");
      const browser = new Browser(origin(), user);
      const at = await authorize(request({ prompt: "login" }).query, browser);
      const { url } = await browser.press(at, /^Sign in again/);
      assert.match(url.searchParams.get("return_to") ?? "", /^\/oauth\/consent\?/);
    });

    test("never applies a remembered consent to an app on the user's machine", async () => {
      const plain: Terms = { client: "plain-cli", scope: "notes:read" };
      await tokens(origin(), who, plain);
      const { query } = prepare(origin(), plain);
      assert.equal((await authorize(query)).page?.status, 200);
      query.set("prompt", "none");
      assert.equal((await authorize(query)).url.searchParams.get("error"), "consent_required");
    });
  });

  describe("pushed requests", () => {
    const push = (fields: Record<string, string>, headers: Record<string, string> = authentication) =>
      form(origin(), "/oauth/par", fields, headers);

    test("are checked as other requests are, and belong to their client", async () => {
      const fields = Object.fromEntries(request().query);
      for (const [more, error] of [
        [{ redirect_uri: "https://evil.example/" }, "invalid_request"],
        [{ code_challenge_method: "plain" }, "invalid_request"],
        [{ scope: "notes:other" }, "invalid_scope"],
        [{ request_uri: "urn:ietf:params:oauth:request_uri:x" }, "invalid_request"],
        [{ resource: "https://elsewhere.example/" }, "invalid_target"],
      ] as [Record<string, string>, string][])
        assertError(await push({ ...fields, ...more }), error, JSON.stringify(more));
      assertError(await push(fields, {}), "invalid_client", "without authentication");
      const pushed = await push(fields);
      assert.equal(pushed.status, 201, pushed.text);
      assert.match(pushed.header("cache-control") ?? "", /no-store/);
      const { request_uri: uri, expires_in } = pushed.json();
      assert.ok(expires_in > 0 && expires_in <= 600);
      for (const query of [
        { client_id: "other", request_uri: uri },
        { client_id: "reports", request_uri: `${uri.slice(0, -2)}AA` },
        { client_id: "reports", request_uri: "https://client.example/request.jwt" },
      ]) {
        const { page, url } = await authorize(new URLSearchParams(query));
        assert.ok(page?.status === 400 || url.searchParams.get("error"), JSON.stringify(query));
        assert.equal(url.searchParams.get("code"), null);
      }
    });
  });

  describe("the token endpoint", () => {
    test("accepts forms by POST only, and answers with OAuth's errors", async () => {
      assert.equal((await http(origin(), "/oauth/token")).status, 405);
      assertError(await ask(origin(), {}, reports), "invalid_request", "no grant_type");
      assertError(
        await ask(origin(), { grant_type: "password", username: "a", password: "b" }, reports),
        "unsupported_grant_type",
      );
      assertError(await ask(origin(), { grant_type: "authorization_code" }, reports), "invalid_request", "no code");
      assertError(
        await ask(origin(), { grant_type: "authorization_code", code: "x", code_verifier: "y".repeat(43) }, reports),
        "invalid_grant",
      );
      assertError(
        await ask(origin(), { grant_type: "client_credentials" }, other),
        "unauthorized_client",
        "a public client",
      );
      const json = await http(origin(), "/oauth/token", {
        method: "POST",
        headers: { ...authentication, "Content-Type": "application/json" },
        body: JSON.stringify({ grant_type: "client_credentials" }),
      });
      assert.ok([400, 415].includes(json.status), json.text);
      const twice = await http(origin(), "/oauth/token", {
        method: "POST",
        headers: { ...authentication, "Content-Type": "application/x-www-form-urlencoded" },
        body: "grant_type=client_credentials&grant_type=client_credentials",
      });
      assertError(twice, "invalid_request", "a repeated parameter");
    });

    test("does not need redirect_uri, which OAuth 2.1 leaves out, but compares it", async () => {
      const prepared = request();
      const given = await code(origin(), who, prepared);
      const fields = { grant_type: "authorization_code", code: given, code_verifier: prepared.verifier };
      assertError(await ask(origin(), { ...fields, redirect_uri: OTHER_CALLBACK }, reports), "invalid_grant");
      assert.equal((await ask(origin(), fields, reports)).status, 200);
    });

    test("does not cache tokens, which live for a short time", async () => {
      const prepared = request();
      const answer = await redeem(origin(), prepared, await code(origin(), who, prepared), reports);
      assert.match(answer.header("cache-control") ?? "", /no-store/);
      assert.match(answer.header("content-type") ?? "", /^application\/json/);
      assert.equal(answer.json().token_type, "Bearer");
      assert.ok(answer.json().expires_in <= 300);
      assert.deepEqual(answer.setCookies, []);
    });

    test("gives tokens for one resource, and for no other", async () => {
      const terms: Terms = { client: "conformance", scope: "mcp:read", resource: "/mcp" };
      const { access_token } = await tokens(origin(), who, terms);
      assert.equal(decodeJwt(access_token).aud, `${origin()}/mcp`);
      const bearer = { headers: { Authorization: `Bearer ${access_token}` } };
      assert.equal((await http(origin(), "/api/read/x", bearer)).status, 401);
      const own = (await tokens(origin(), who, reports)).access_token;
      assert.equal(decodeJwt(own).aud, `${origin()}/api`);
      // The service as a whole can be named, by its audience or by the issuer, and then in every request (RFC 8707).
      for (const resource of [`${origin()}/api`, origin()]) {
        const prepared = request({ resource });
        const fields = { grant_type: "authorization_code", code: await code(origin(), who, prepared), resource };
        const verifier = { code_verifier: prepared.verifier, redirect_uri: CALLBACK };
        const named = await ask(origin(), { ...fields, ...verifier }, reports);
        assert.equal(named.status, 200, named.text);
        assert.equal(decodeJwt(named.json().access_token).aud, `${origin()}/api`);
        const { refresh_token } = named.json();
        const renewed = await ask(origin(), { grant_type: "refresh_token", refresh_token, resource }, reports);
        assert.equal(renewed.status, 200, renewed.text);
        const pushed = Object.fromEntries(request({ resource }).query);
        assert.equal((await form(origin(), "/oauth/par", pushed, authentication)).status, 201);
        const device = { client_id: "plain-cli", scope: "notes:read", resource };
        assert.equal((await form(origin(), "/oauth/device_authorization", device, {})).status, 200);
      }
      const elsewhere = { headers: { Authorization: `Bearer ${own}` }, method: "POST" };
      assert.equal((await http(origin(), "/mcp", elsewhere)).status, 401);
    });
  });

  describe("other endpoints", () => {
    test("introspection and revocation answer the token's own client only", async () => {
      const { access_token, refresh_token = "" } = await tokens(origin(), who, reports);
      const service = (path: string, token: string, headers: Record<string, string>, more = {}) =>
        form(origin(), path, { token, ...more }, headers);
      assertError(await service("/oauth/introspect", access_token, {}), "invalid_client");
      assertError(
        await service("/oauth/introspect", access_token, { Authorization: basic("x", "reports") }),
        "invalid_client",
      );
      const known = await service("/oauth/introspect", access_token, authentication);
      assert.match(known.header("cache-control") ?? "", /no-store/);
      assert.equal(known.json().active, true);
      assert.ok(known.json().exp > Date.now() / 1000);
      const foreign = (await tokens(origin(), who, other)).access_token;
      assert.deepEqual((await service("/oauth/introspect", foreign, authentication)).json(), { active: false });
      const query = await http(origin(), `/oauth/introspect?token=${access_token}`, {
        ...{ method: "POST", headers: authentication },
      });
      assert.notEqual(query.status, 200);
      await service("/oauth/revoke", access_token, {}, { client_id: "other" });
      await service("/oauth/revoke", refresh_token, {}, { client_id: "other" });
      assert.equal((await service("/oauth/introspect", access_token, authentication)).json().active, true);
      assert.equal((await service("/oauth/revoke", "unknown", authentication)).status, 200);
    });

    test("userinfo gives the claims of the granted scopes, for a valid token with openid", async () => {
      const info = async (scope: string) => {
        const { access_token } = await tokens(origin(), who, { ...reports, scope });
        return http(origin(), "/oauth/userinfo", { headers: { Authorization: `Bearer ${access_token}` } });
      };
      assert.deepEqual((await info("openid")).json(), { sub: who.body.session.user.id });
      assert.deepEqual((await info("openid email")).json(), {
        ...{ sub: who.body.session.user.id, email: who.email, email_verified: false },
      });
      const without = await info("notes:read");
      assert.equal(without.status, 403, without.text);
      assert.match(without.header("www-authenticate") ?? "", /insufficient_scope/);
      const none = await http(origin(), "/oauth/userinfo");
      assert.equal(none.status, 401);
      assert.match(none.header("www-authenticate") ?? "", /^Bearer/);
      const own = await http(origin(), "/oauth/userinfo", { headers: { Authorization: `Bearer ${who.token}` } });
      assert.ok([401, 403].includes(own.status), "the user's own session has the session's calls");
    });

    test("the user sees what was granted, and withdraws it", async () => {
      const user = await signUp(origin());
      const { access_token, refresh_token = "" } = await tokens(origin(), user, reports);
      const { grants } = (await call(origin(), "GET", "/auth/grants", undefined, user)).json();
      assert.equal(grants.length, 1);
      assert.equal(grants[0].client.id, "reports");
      assert.deepEqual(grants[0].scopes.toSorted(), ["email", "notes:read", "openid"]);
      assert.equal((await call(origin(), "DELETE", `/auth/grants/${grants[0].id}`, undefined, user)).status, 204);
      const bearer = { headers: { Authorization: `Bearer ${access_token}` } };
      assert.equal((await http(origin(), "/api/strict/x", bearer)).status, 401);
      assertError(await ask(origin(), { grant_type: "refresh_token", refresh_token }, reports), "invalid_grant");
      const { page } = await authorize(request().query, new Browser(origin(), user));
      assert.equal(page?.status, 200, "the user is asked again");
    });

    test("a changed password ends what clients were granted; a sign-out of the browser does not", async () => {
      const user = await signUp(origin());
      const { refresh_token = "" } = await tokens(origin(), user, reports);
      const refreshed = () => ask(origin(), { grant_type: "refresh_token", refresh_token }, reports);
      assert.equal((await call(origin(), "POST", "/auth/sign-out", {}, { cookie: user.cookie })).status, 204);
      assert.equal((await refreshed()).status, 200);
      const again = await signIn(origin(), user);
      const passwords = { current_password: user.password, new_password: "another good password" };
      assert.equal((await call(origin(), "POST", "/auth/password", passwords, again)).status, 200);
      assertError(await refreshed(), "invalid_grant");
    });

    test("codes, tokens and secrets have at least 160 random bits", async () => {
      const prepared = request();
      const given = await code(origin(), who, prepared);
      const answer = (await redeem(origin(), prepared, given, reports)).json();
      const asked = await form(
        origin(),
        "/oauth/device_authorization",
        { client_id: "plain-cli", scope: "notes:read" },
        {},
      );
      const registered = await http(origin(), "/admin/clients", {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${world().adminSecret}` },
        body: JSON.stringify({
          client_name: "New",
          redirect_uris: [CALLBACK],
          token_endpoint_auth_method: "client_secret_basic",
        }),
      });
      assert.equal(registered.status, 201, registered.text);
      for (const secret of [given, answer.refresh_token, asked.json().device_code, registered.json().client_secret]) {
        const random = Buffer.from(/[\w-]+$/.exec(secret)?.[0] ?? "", "base64url");
        assert.ok(random.length >= 20, secret);
      }
    });

    test("registration keeps what it knows, and names what is wrong with the codes of RFC 7591", async () => {
      const register = (metadata: Record<string, unknown>) =>
        http(origin(), "/oauth/register", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ redirect_uris: [OTHER_CALLBACK], token_endpoint_auth_method: "none", ...metadata }),
        });
      const good = await register({ client_name: "New", unknown: "x", "client_name#de": "Neu" });
      assert.equal(good.status, 201, good.text);
      assert.match(good.header("cache-control") ?? "", /no-store/);
      const { client_id, client_name, redirect_uris, token_endpoint_auth_method, unknown } = good.json();
      assert.deepEqual([client_name, redirect_uris, token_endpoint_auth_method], ["New", [OTHER_CALLBACK], "none"]);
      assert.equal(unknown, undefined);
      assert.doesNotMatch(client_id, /^https?:/);
      for (const [metadata, error] of [
        [{ redirect_uris: ["http://client.example/callback"] }, "invalid_redirect_uri"],
        [{ redirect_uris: ["https://client.example/#x"] }, "invalid_redirect_uri"],
        [{ redirect_uris: ["javascript:alert(1)"] }, "invalid_redirect_uri"],
        [{ token_endpoint_auth_method: "tls_client_auth" }, "invalid_client_metadata"],
        [{ redirect_uris: "x" }, "invalid_client_metadata"],
      ] as [Record<string, unknown>, string][]) {
        const answer = await register(metadata);
        assert.equal(answer.status, 400, JSON.stringify(metadata));
        assert.match(answer.json().error, new RegExp(`^(${error}|invalid_redirect_uri)$`), JSON.stringify(metadata));
      }
    });

    test("the gate's challenge has an error only if there was a token, and names the scope", async () => {
      const challenge = async (path: string, token?: string) => {
        const answer = await http(origin(), path, token ? { headers: { Authorization: `Bearer ${token}` } } : {});
        return { status: answer.status, text: answer.header("www-authenticate") ?? "" };
      };
      const none = await challenge("/api/read/x");
      assert.equal(none.status, 401);
      assert.match(none.text, /^Bearer/);
      assert.doesNotMatch(none.text, /error=/);
      const bad = await challenge("/api/read/x", "x.y.z");
      assert.equal(bad.status, 401);
      assert.match(bad.text, /error="invalid_token"/);
      const { access_token } = await tokens(origin(), who, reports);
      const less = await challenge("/api/write/x", access_token);
      assert.equal(less.status, 403);
      assert.match(less.text, /error="insufficient_scope"/);
      assert.match(less.text, /scope="notes:write"/);
    });

    test("resource metadata names the resource, its scopes and this service", async () => {
      const answer = await http(origin(), "/.well-known/oauth-protected-resource/mcp");
      assert.equal(answer.status, 200);
      assert.match(answer.header("content-type") ?? "", /^application\/json/);
      const metadata = answer.json();
      assert.equal(metadata.resource, `${origin()}/mcp`);
      assert.deepEqual(metadata.authorization_servers, [origin()]);
      assert.deepEqual(metadata.scopes_supported, ["mcp:read", "mcp:write"]);
      assert.deepEqual(metadata.bearer_methods_supported, ["header"]);
      assert.equal((await http(origin(), "/.well-known/oauth-protected-resource/other")).status, 404);
    });
  });
}
