// Programs without a user, and services that exchange tokens.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import * as oauth from "oauth4webapi";
import { basic } from "../harness/operator.ts";
import { assertError } from "./attacks.ts";
import { type DocumentHost, startDocumentHost } from "./client-document.ts";
import { ask, code, prepare, redeem, tokens } from "./flow.ts";
import { LOCAL, REPORTS, startWebClient, type WebClient } from "./web-client.ts";
import { CALLBACK, type World } from "./world.ts";

const LOOPBACK = "http://127.0.0.1/callback";

export function machines(world: () => World): void {
  let client: WebClient;
  let documents: DocumentHost;
  before(async () => {
    [client, documents] = await Promise.all([startWebClient(world()), startDocumentHost()]);
  });
  after(() => documents?.stop());

  describe("clients with a secret or a key", () => {
    test("with a secret, in the header and in the body", async () => {
      for (const authentication of [client.basic, oauth.ClientSecretPost(world().secret)]) {
        const parameters = new URLSearchParams({ scope: "notes:read" });
        const response = await oauth.clientCredentialsGrantRequest(
          client.as,
          REPORTS,
          authentication,
          parameters,
          LOCAL,
        );
        const tokens = await oauth.processClientCredentialsResponse(client.as, REPORTS, response);
        assert.equal(tokens.refresh_token, undefined);
        assert.equal(decodeJwt(tokens.access_token).sub, "reports", "the client itself, and never a user's id");
        assert.equal((await client.api(tokens.access_token, "/api/read/x")).status, 200);
        assert.equal((await client.api(tokens.access_token, "/api/strict/x")).status, 200);
      }
      const wrong = oauth.ClientSecretBasic("wrong");
      const refused = await oauth.clientCredentialsGrantRequest(
        client.as,
        REPORTS,
        wrong,
        new URLSearchParams(),
        LOCAL,
      );
      await assert.rejects(oauth.processClientCredentialsResponse(client.as, REPORTS, refused));
    });

    test("with private_key_jwt; an assertion counts once", async () => {
      const worker: oauth.Client = { client_id: "worker" };
      const assertions: string[] = [];
      const authentication = oauth.PrivateKeyJwt({ key: world().key, kid: "worker-1" });
      const response = await oauth.clientCredentialsGrantRequest(
        client.as,
        worker,
        (server, self, body, headers) => {
          const done = authentication(server, self, body, headers);
          return Promise.resolve(done).then(() => void assertions.push(body.get("client_assertion") ?? ""));
        },
        new URLSearchParams({ scope: "notes:read" }),
        LOCAL,
      );
      const tokens = await oauth.processClientCredentialsResponse(client.as, worker, response);
      assert.equal((await client.api(tokens.access_token, "/api/read/x")).status, 200);
      const replay = await fetch(String(client.as.token_endpoint), {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "client_credentials",
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: assertions[0] ?? "",
        }),
      });
      assert.equal(replay.status, 401);
      assert.equal(((await replay.json()) as { error: string }).error, "invalid_client");
    });

    test("a client whose document has keys authenticates with them", async () => {
      const { privateKey, publicKey } = await generateKeyPair("ES256");
      const jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" };
      const id = documents.serve("/keys.json", {
        ...{ redirect_uris: [LOOPBACK], token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [jwk] } },
      });
      const terms = { client: id, redirect: LOOPBACK, scope: "mcp:read" };
      const prepared = prepare(world().origin, terms);
      const given = await code(world().origin, client.who, prepared);
      assertError(await redeem(world().origin, prepared, given, terms), "invalid_client", "without an assertion");
      const assertion = await new SignJWT({ jti: crypto.randomUUID() })
        .setProtectedHeader({ alg: "ES256", kid: "k" })
        .setIssuer(id)
        .setSubject(id)
        .setAudience(world().origin)
        .setIssuedAt()
        .setExpirationTime("1m")
        .sign(privateKey);
      const answer = await ask(world().origin, {
        ...{ grant_type: "authorization_code", code: given, redirect_uri: LOOPBACK, code_verifier: prepared.verifier },
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
      });
      assert.equal(answer.status, 200, answer.text);
      const secret = { Authorization: basic("x", encodeURIComponent(id)) };
      assertError(
        await ask(world().origin, { grant_type: "refresh_token", refresh_token: "x" }, {}, secret),
        "invalid_client",
      );
    });
  });

  describe("token exchange", () => {
    test("narrows the scopes, for the same user and session", async () => {
      const { access_token } = await client.authorized();
      const exchange = async (parameters: Record<string, string>) =>
        oauth.processGenericTokenEndpointResponse(
          client.as,
          REPORTS,
          await oauth.genericTokenEndpointRequest(
            client.as,
            REPORTS,
            client.basic,
            "urn:ietf:params:oauth:grant-type:token-exchange",
            {
              subject_token: access_token,
              subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
              ...parameters,
            },
            LOCAL,
          ),
        );
      const narrowed = await exchange({ scope: "notes:read" });
      assert.equal(narrowed.scope, "notes:read");
      assert.equal((await client.api(narrowed.access_token, "/api/read/x")).status, 200);
      await assert.rejects(exchange({ scope: "notes:read notes:write" }), { error: "invalid_scope" });
    });

    test("token exchange never widens: scopes, resources, lifetime, other clients, and a second exchange", async () => {
      const origin = () => world().origin;
      const reports = { client: "reports", secret: world().secret, scope: "openid notes:read", redirect: CALLBACK };
      const { access_token } = await tokens(origin(), client.who, reports);
      const exchange = (fields: Record<string, string>, terms: { client: string; secret?: string } = reports) =>
        ask(
          origin(),
          {
            grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
            subject_token: access_token,
            subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
            ...fields,
          },
          terms,
        );
      assertError(await exchange({ scope: "notes:read notes:write" }), "invalid_scope", "more scope");
      assertError(await exchange({ resource: "https://evil.example/" }), "invalid_target", "an unknown resource");
      assertError(await exchange({ audience: "https://evil.example/" }), "invalid_target", "an unknown audience");
      for (const type of ["refresh_token", "id_token"])
        assertError(
          await exchange({ requested_token_type: `urn:ietf:params:oauth:token-type:${type}` }),
          "invalid_request",
          type,
        );
      assertError(
        await exchange({ subject_token: client.who.token }),
        "invalid_request",
        "a token of the user's own session",
      );
      assertError(await exchange({}, { client: "other" }), "unauthorized_client", "a client that may not exchange");
      assertError(
        await exchange({ client_id: "reports" }, { client: "reports" }),
        "invalid_client",
        "without its secret",
      );
      const narrow = (await exchange({ scope: "openid" })).json();
      assert.ok(Number(decodeJwt(narrow.access_token).exp) <= Number(decodeJwt(access_token).exp), "no longer life");
      assert.equal(decodeJwt(narrow.access_token).sid, decodeJwt(access_token).sid);
      assertError(
        await exchange({ subject_token: narrow.access_token, scope: "notes:read" }),
        "invalid_scope",
        "back again",
      );
      assert.equal(narrow.refresh_token, undefined);
    });
  });
}
