// Every endpoint with oauth4webapi, a client that checks each answer as the RFCs require.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as oauth from "oauth4webapi";
import { signUp } from "../harness/visitor.ts";
import { Browser } from "./browser.ts";
import { discovered, LOCAL, REPORTS, startWebClient, type WebClient } from "./web-client.ts";
import { CALLBACK, OTHER_CALLBACK, type World } from "./world.ts";

export function oauth4webapi(world: () => World): void {
  let client: WebClient;
  before(async () => {
    client = await startWebClient(world());
  });

  describe("discovery", () => {
    test("both documents name the same endpoints, which exist", async () => {
      const oidc = await discovered(world().origin, "oidc");
      for (const [name, value] of Object.entries(client.as)) assert.deepEqual(oidc[name], value, name);
      assert.deepEqual(client.as.code_challenge_methods_supported, ["S256"]);
      assert.deepEqual(client.as.response_types_supported, ["code"]);
      assert.equal(client.as.authorization_response_iss_parameter_supported, true);
      assert.equal(client.as.client_id_metadata_document_supported, true);
      const endpoints = Object.entries(client.as).filter(([name]) => /_endpoint$/.test(name));
      assert.ok(endpoints.length >= 7, endpoints.map(([name]) => name).join());
      for (const [name, url] of endpoints) {
        assert.ok(String(url).startsWith(`${world().origin}/oauth/`), name);
        assert.notEqual((await fetch(String(url), { method: "POST" })).status, 404, name);
      }
    });
  });

  describe("authorization code", () => {
    test("code, PKCE, iss, ID token, userinfo, and a call of the API", async () => {
      const nonce = oauth.generateRandomNonce();
      const tokens = await client.authorized({ nonce }, { expectedNonce: nonce });
      const claims = oauth.getValidatedIdTokenClaims(tokens) ?? assert.fail("no ID token");
      assert.equal(claims.sub, client.who.body.session.user.id);
      assert.equal(tokens.scope, "openid email notes:read");
      const info = await oauth.processUserInfoResponse(
        client.as,
        REPORTS,
        claims.sub,
        await oauth.userInfoRequest(client.as, REPORTS, tokens.access_token, LOCAL),
      );
      assert.equal(info.email, client.who.email);
      const answer = await client.api(tokens.access_token, "/api/read/x");
      assert.equal(answer.status, 200);
      const { headers } = (await answer.json()) as { headers: [string, string][] };
      const identity = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
      assert.equal(identity.get("latchkey-subject"), client.who.body.session.user.id);
      assert.equal(identity.get("latchkey-scope"), "openid email notes:read");
      assert.equal(identity.get("latchkey-roles") ?? "", "", "a client gets no roles");
    });

    test("the ID token's signature is by a published key", async () => {
      const { verifier, state, query } = await client.request();
      const url = await new Browser(world().origin, client.who).approve(client.authorizeUrl(query));
      const answer = oauth.validateAuthResponse(client.as, REPORTS, url, state);
      const response = await oauth.authorizationCodeGrantRequest(
        ...([client.as, REPORTS, client.basic, answer, CALLBACK, verifier, LOCAL] as const),
      );
      await oauth.processAuthorizationCodeResponse(client.as, REPORTS, response, { requireIdToken: true });
      await oauth.validateApplicationLevelSignature(client.as, response, LOCAL);
    });

    test("the ID token says when and how the user authenticated", async () => {
      const { verifier, state, query } = await client.request({ max_age: "600" });
      const url = await new Browser(world().origin, client.who).approve(client.authorizeUrl(query));
      const answer = oauth.validateAuthResponse(client.as, REPORTS, url, state);
      const response = await oauth.authorizationCodeGrantRequest(
        ...([client.as, REPORTS, client.basic, answer, CALLBACK, verifier, LOCAL] as const),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(client.as, REPORTS, response, { maxAge: 600 });
      const { auth_time, acr, amr, aud, iss } = oauth.getValidatedIdTokenClaims(tokens) ?? assert.fail("no ID token");
      assert.equal(auth_time, client.who.body.session.auth_time);
      assert.deepEqual([acr, amr, aud, iss], ["aal1", ["pwd"], "reports", client.as.issuer]);
    });

    test("a resource server that knows RFC 9068 accepts the access token", async () => {
      const { access_token } = await client.authorized();
      const call = new Request(`${world().origin}/api/read/x`, {
        headers: { Authorization: `Bearer ${access_token}` },
      });
      const claims = await oauth.validateJwtAccessToken(client.as, call, `${world().origin}/api`, LOCAL);
      assert.equal(claims.client_id, "reports");
      assert.equal(claims.sub, client.who.body.session.user.id);
      assert.equal(claims.auth_time, client.who.body.session.auth_time);
      assert.deepEqual([claims.acr, claims.amr], ["aal1", ["pwd"]]);
      await assert.rejects(oauth.validateJwtAccessToken(client.as, call, `${world().origin}/mcp`, LOCAL));
    });

    test("a pushed request gives the same, once", async () => {
      const { verifier, state, query } = await client.request();
      const pushed = await oauth.processPushedAuthorizationResponse(
        client.as,
        REPORTS,
        await oauth.pushedAuthorizationRequest(client.as, REPORTS, client.basic, query, LOCAL),
      );
      const link = client.authorizeUrl(new URLSearchParams({ client_id: "reports", request_uri: pushed.request_uri }));
      const url = await new Browser(world().origin, client.who).approve(link);
      const answer = oauth.validateAuthResponse(client.as, REPORTS, url, state);
      const response = await oauth.authorizationCodeGrantRequest(
        ...([client.as, REPORTS, client.basic, answer, CALLBACK, verifier, LOCAL] as const),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(client.as, REPORTS, response);
      assert.equal((await client.api(tokens.access_token, "/api/read/x")).status, 200);
      const again = await new Browser(world().origin, client.who).open(link);
      const target = again.page
        ? await new Browser(world().origin, client.who).answer(again, /Allow/).catch(() => null)
        : again.url;
      assert.equal(target === null ? null : target.searchParams.get("code"), null, "a pushed request counts once");
    });

    test("a user who denies is answered with access_denied", async () => {
      const { state, query } = await client.request({ scope: "notes:write" });
      const url = await new Browser(world().origin, client.who).deny(client.authorizeUrl(query));
      assert.throws(
        () => oauth.validateAuthResponse(client.as, REPORTS, url, state),
        (error) => error instanceof oauth.AuthorizationResponseError && error.error === "access_denied",
      );
      assert.equal(url.searchParams.get("iss"), client.as.issuer);
    });

    test("prompt=none answers without a page: consent_required, login_required, or a code", async () => {
      const stranger = await signUp(world().origin);
      const silent = async (browser: Browser) => {
        const { query } = await client.request({ prompt: "none" });
        const arrived = await browser.open(client.authorizeUrl(query));
        assert.equal(arrived.page, undefined, "no page");
        return arrived.url.searchParams;
      };
      assert.equal((await silent(new Browser(world().origin))).get("error"), "login_required");
      assert.equal((await silent(new Browser(world().origin, stranger))).get("error"), "consent_required");
      await client.authorized();
      assert.ok((await silent(new Browser(world().origin, client.who))).get("code"));
    });
  });

  describe("refresh, revocation and introspection", () => {
    test("a refreshed token is valid, with the same or fewer scopes", async () => {
      const tokens = await client.authorized();
      const refreshed = async (parameters?: Record<string, string>) =>
        oauth.processRefreshTokenResponse(
          client.as,
          REPORTS,
          await oauth.refreshTokenGrantRequest(client.as, REPORTS, client.basic, tokens.refresh_token ?? "", {
            ...LOCAL,
            ...(parameters ? { additionalParameters: parameters } : {}),
          }),
        );
      const renewed = await refreshed();
      assert.equal((await client.api(renewed.access_token, "/api/read/x")).status, 200);
      const fewer = await refreshed({ scope: "email" });
      assert.equal(fewer.scope, "email");
      assert.equal(await client.status(fewer.access_token, "/api/read/x"), 403);
      await assert.rejects(refreshed({ scope: "notes:read notes:write" }), { error: "invalid_scope" });
    });

    test("a revoked refresh token ends the grant's tokens", async () => {
      const { access_token, refresh_token = "" } = await client.authorized();
      const active = async () =>
        (
          await oauth.processIntrospectionResponse(
            client.as,
            REPORTS,
            await oauth.introspectionRequest(client.as, REPORTS, client.basic, access_token, LOCAL),
          )
        ).active;
      assert.equal(await active(), true);
      assert.equal((await client.api(access_token, "/api/strict/x")).status, 200);
      for (let i = 0; i < 2; i++)
        await oauth.processRevocationResponse(
          await oauth.revocationRequest(client.as, REPORTS, client.basic, refresh_token, LOCAL),
        );
      assert.equal(await active(), false);
      assert.equal(await client.status(access_token, "/api/strict/x"), 401);
      const response = await oauth.refreshTokenGrantRequest(client.as, REPORTS, client.basic, refresh_token, LOCAL);
      await assert.rejects(oauth.processRefreshTokenResponse(client.as, REPORTS, response), { error: "invalid_grant" });
    });

    test("introspection says what the token may do, and nothing about what is not a token", async () => {
      const { access_token } = await client.authorized();
      const ask = async (token: string) =>
        oauth.processIntrospectionResponse(
          client.as,
          REPORTS,
          await oauth.introspectionRequest(client.as, REPORTS, client.basic, token, LOCAL),
        );
      const known = await ask(access_token);
      assert.equal(known.client_id, "reports");
      assert.equal(known.sub, client.who.body.session.user.id);
      assert.equal(known.scope, "openid email notes:read");
      assert.deepEqual(await ask("nothing"), { active: false });
    });
  });

  describe("the device flow", () => {
    test("the user enters the code, and a device that asks too often is slowed down", async () => {
      const cli: oauth.Client = { client_id: "plain-cli" };
      const parameters = new URLSearchParams({ scope: "notes:read" });
      const device = await oauth.processDeviceAuthorizationResponse(
        client.as,
        cli,
        await oauth.deviceAuthorizationRequest(client.as, cli, oauth.None(), parameters, LOCAL),
      );
      assert.match(device.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
      const poll = async () =>
        oauth.processDeviceCodeResponse(
          client.as,
          cli,
          await oauth.deviceCodeGrantRequest(client.as, cli, oauth.None(), device.device_code, LOCAL),
        );
      await assert.rejects(poll(), { error: "authorization_pending" });
      await assert.rejects(poll(), { error: "slow_down" });
      const browser = new Browser(world().origin, client.who);
      const entered = await browser.visit(device.verification_uri_complete ?? device.verification_uri);
      const confirmed = await browser.press(entered, /^(Continue|Next)/i, { user_code: device.user_code });
      assert.match(confirmed.page?.text ?? "", /A plain command line/);
      await browser.press(confirmed, /^(Allow|Approve)/i);
    });
  });

  describe("registration", () => {
    test("a client registers itself (RFC 7591) and signs a user in", async () => {
      const registered = await oauth.processDynamicClientRegistrationResponse(
        await oauth.dynamicClientRegistrationRequest(
          client.as,
          { client_name: "Registered", redirect_uris: [OTHER_CALLBACK], token_endpoint_auth_method: "none" },
          LOCAL,
        ),
      );
      const verifier = oauth.generateRandomCodeVerifier();
      const query = new URLSearchParams({
        client_id: registered.client_id,
        redirect_uri: OTHER_CALLBACK,
        response_type: "code",
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        scope: "notes:read",
      });
      const url = await new Browser(world().origin, client.who).approve(client.authorizeUrl(query));
      const answer = oauth.validateAuthResponse(client.as, registered, url, oauth.expectNoState);
      const response = await oauth.authorizationCodeGrantRequest(
        ...([client.as, registered, oauth.None(), answer, OTHER_CALLBACK, verifier, LOCAL] as const),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(client.as, registered, response);
      assert.equal((await client.api(tokens.access_token, "/api/read/x")).status, 200);
    });
  });
}
