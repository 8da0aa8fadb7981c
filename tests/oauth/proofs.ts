// Tokens that are bound to a key (RFC 9449), with oauth4webapi and dpop: codes, tokens, and calls through the gate.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import * as dpop from "dpop";
import { decodeJwt, exportJWK, type JWK, SignJWT } from "jose";
import * as oauth from "oauth4webapi";
import { type HeaderList, ask as http } from "../harness/http.ts";
import { basic, form } from "../harness/operator.ts";
import { assertError } from "./attacks.ts";
import { Browser } from "./browser.ts";
import { ask, code, prepare, type Terms, tokens } from "./flow.ts";
import { LOCAL, REPORTS, startWebClient, type WebClient } from "./web-client.ts";
import { CALLBACK, type World } from "./world.ts";

export function proofs(world: () => World): void {
  let client: WebClient;
  let reports: Terms;
  before(async () => {
    client = await startWebClient(world());
    reports = { client: "reports", secret: world().secret, redirect: CALLBACK, scope: "openid email notes:read" };
  });

  const origin = () => world().origin;
  const request = (more: Record<string, string> = {}) => {
    const prepared = prepare(origin(), reports);
    for (const [name, value] of Object.entries(more)) prepared.query.set(name, value);
    return prepared;
  };

  describe("DPoP", () => {
    test("tokens that are bound to a key need a proof by that key", async () => {
      const [key, otherKey] = [await oauth.generateKeyPair("ES256"), await oauth.generateKeyPair("ES256")];
      const DPoP = oauth.DPoP(REPORTS, key);
      const tokens = await client.authorized({ dpop_jkt: await DPoP.calculateThumbprint() }, { DPoP });
      assert.equal(tokens.token_type, "dpop");
      assert.equal((await client.api(tokens.access_token, "/api/read/x", { DPoP })).status, 200);
      const rejected = async (options: oauth.ProtectedResourceRequestOptions) =>
        await client.status(tokens.access_token, "/api/read/x", options);
      assert.equal(await rejected({}), 401, "as a bearer token");
      assert.equal(await rejected({ DPoP: oauth.DPoP(REPORTS, otherKey) }), 401, "by another key");
      const introspected = await oauth.processIntrospectionResponse(
        client.as,
        REPORTS,
        await oauth.introspectionRequest(client.as, REPORTS, client.basic, tokens.access_token, LOCAL),
      );
      assert.equal(introspected.cnf?.jkt, await DPoP.calculateThumbprint());
      const info = await oauth.userInfoRequest(client.as, REPORTS, tokens.access_token, { ...LOCAL, DPoP });
      assert.equal(info.status, 200);
    });

    test("a resource's own server introspects the bound tokens that it receives, and exchanges them", async () => {
      const DPoP = oauth.DPoP(REPORTS, await oauth.generateKeyPair("ES256"));
      const resource = `${origin()}/files`;
      const { verifier, state, query } = await client.request({ resource, scope: "notes:read notes:write" });
      const url = await new Browser(origin(), client.who).approve(client.authorizeUrl(query));
      const answer = oauth.validateAuthResponse(client.as, REPORTS, url, state);
      const options = { ...LOCAL, DPoP, additionalParameters: { resource } };
      const issued = await oauth.processAuthorizationCodeResponse(
        client.as,
        REPORTS,
        await oauth.authorizationCodeGrantRequest(
          ...([client.as, REPORTS, client.basic, answer, CALLBACK, verifier, options] as const),
        ),
      );
      // The gate checks the proof, and passes the token on because the route says so.
      const called = await client.api(issued.access_token, "/files/x", { DPoP });
      assert.equal(called.status, 200);
      const { headers } = (await called.json()) as { headers: [string, string][] };
      const [, received = ""] = headers.find(([name]) => name.toLowerCase() === "authorization") ?? [];
      assert.equal(received, `DPoP ${issued.access_token}`);

      const files: oauth.Client = { client_id: "files" };
      const introspect = async (token: string) =>
        oauth.processIntrospectionResponse(
          client.as,
          files,
          await oauth.introspectionRequest(client.as, files, client.basic, token, LOCAL),
        );
      const known = await introspect(issued.access_token);
      assert.deepEqual(
        [known.active, known.aud, known.client_id, known.token_type, known.cnf?.jkt, known.scope],
        [true, resource, "reports", "DPoP", await DPoP.calculateThumbprint(), "notes:read notes:write"],
      );
      const { access_token: forApi } = await client.authorized();
      assert.deepEqual(await introspect(forApi), { active: false }, "a token for another audience");

      const exchange = async (more: Record<string, string>, options: oauth.TokenEndpointRequestOptions = {}) =>
        oauth.processGenericTokenEndpointResponse(
          client.as,
          files,
          await oauth.genericTokenEndpointRequest(
            ...([client.as, files, client.basic, "urn:ietf:params:oauth:grant-type:token-exchange"] as const),
            {
              subject_token: received.replace("DPoP ", ""),
              subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
              ...more,
            },
            { ...LOCAL, ...options },
          ),
        );
      const audience = `${origin()}/api`;
      const plain = await exchange({ audience });
      assert.deepEqual([plain.token_type, plain.scope], ["bearer", "notes:read"]);
      assert.equal((await client.api(plain.access_token, "/api/read/x")).status, 200);
      const own = oauth.DPoP(files, await oauth.generateKeyPair("ES256"));
      const bound = await exchange({ audience }, { DPoP: own });
      assert.equal(bound.token_type, "dpop");
      assert.equal((await client.api(bound.access_token, "/api/read/x", { DPoP: own })).status, 200);
      assert.equal(await client.status(bound.access_token, "/api/read/x", { DPoP }), 401, "by the first client's key");
      await assert.rejects(exchange({}), { error: "invalid_target" }, "for the same resource");
    });

    test("a pushed request binds the code to the key of its proof", async () => {
      const keys = await dpop.generateKeyPair("ES256");
      const proof = () => dpop.generateProof(keys, `${origin()}/oauth/par`, "POST");
      const thumbprint = await dpop.calculateThumbprint(keys.publicKey);
      const fields = Object.fromEntries(request().query);
      const wrong = { ...fields, dpop_jkt: createHash("sha256").update("x").digest("base64url") };
      const push = (pushed: Record<string, string>, headers: Record<string, string>) =>
        form(origin(), "/oauth/par", pushed, { Authorization: basic(world().secret, "reports"), ...headers });
      const mismatch = await push(wrong, { DPoP: await proof() });
      assert.match(mismatch.json().error, /^invalid_(dpop_proof|request)$/);
      const right = await push({ ...fields, dpop_jkt: thumbprint }, { DPoP: await proof() });
      assert.equal(right.status, 201, right.text);
    });

    test("a code that is bound to a key is redeemed only with that key", async () => {
      const [keys, others] = [await dpop.generateKeyPair("ES256"), await dpop.generateKeyPair("ES256")];
      const proof = (of: dpop.KeyPair) => dpop.generateProof(of, `${origin()}/oauth/token`, "POST");
      const prepared = request({ dpop_jkt: await dpop.calculateThumbprint(keys.publicKey) });
      const fields = {
        ...{ grant_type: "authorization_code", code: await code(origin(), client.who, prepared) },
        ...{ code_verifier: prepared.verifier, redirect_uri: CALLBACK },
      };
      const used = await proof(keys);
      for (const [what, headers] of [
        ["none", {}],
        ["another key's", { DPoP: await proof(others) }],
        ["for another path", { DPoP: await dpop.generateProof(keys, `${origin()}/oauth/par`, "POST") }],
        ["for another method", { DPoP: await dpop.generateProof(keys, `${origin()}/oauth/token`, "GET") }],
        ["malformed", { DPoP: "x.y.z" }],
      ] as [string, Record<string, string>][])
        assert.match(
          (await ask(origin(), fields, reports, headers)).json().error,
          /^invalid_(grant|dpop_proof)$/,
          what,
        );
      const answer = await ask(origin(), fields, reports, { DPoP: used });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json().token_type, "DPoP");
      const { cnf } = decodeJwt(answer.json().access_token) as { cnf: { jkt: string } };
      assert.equal(cnf.jkt, await dpop.calculateThumbprint(keys.publicKey));
      const refresh = { grant_type: "refresh_token", refresh_token: answer.json().refresh_token };
      assertError(await ask(origin(), refresh, reports, { DPoP: used }), "invalid_dpop_proof", "a proof that was used");
    });

    test("a bound token needs a proof of this request by its key, which counts once", async () => {
      const [keys, others] = [await dpop.generateKeyPair("ES256"), await dpop.generateKeyPair("ES256")];
      const prepared = request();
      const bound = { DPoP: await dpop.generateProof(keys, `${origin()}/oauth/token`, "POST") };
      const fields = { grant_type: "authorization_code", code: await code(origin(), client.who, prepared) };
      const verifier = { code_verifier: prepared.verifier, redirect_uri: CALLBACK };
      const { access_token: token } = (await ask(origin(), { ...fields, ...verifier }, reports, bound)).json();
      const url = `${origin()}/api/read/x`;
      const prove = (of = keys, at = url, method = "GET", of_token: string | undefined = token) =>
        dpop.generateProof(of, at, method, undefined, of_token);
      const send = (headers: HeaderList, path = "/api/read/x") =>
        http(origin(), path, { headers: [["Host", new URL(origin()).host], ...headers] });
      const scheme: HeaderList = [["Authorization", `DPoP ${token}`]];
      const good = await prove();
      const first = await send([...scheme, ["DPoP", good]]);
      assert.equal(first.status, 200, first.text);
      const received = first.json().headers.map(([name]: [string]) => name.toLowerCase());
      assert.ok(!received.includes("dpop") && !received.includes("authorization"), "the upstream gets neither");
      const old = await signed(keys, { htm: "GET", htu: url, iat: Math.floor(Date.now() / 1000) - 600 }, token);
      const early = await signed(keys, { htm: "GET", htu: url, iat: Math.floor(Date.now() / 1000) + 600 }, token);
      for (const [what, headers] of [
        ["the same proof again", [...scheme, ["DPoP", good]]],
        ["none", scheme],
        ["another key's", [...scheme, ["DPoP", await prove(others)]]],
        ["for another path", [...scheme, ["DPoP", await prove(keys, `${origin()}/api/read/y`)]]],
        ["for another method", [...scheme, ["DPoP", await prove(keys, url, "POST")]]],
        ["of another token", [...scheme, ["DPoP", await prove(keys, url, "GET", "x")]]],
        ["of no token", [...scheme, ["DPoP", await dpop.generateProof(keys, url, "GET")]]],
        ["two", [...scheme, ["DPoP", await prove()], ["DPoP", await prove()]]],
        ["old", [...scheme, ["DPoP", old]]],
        ["from the future", [...scheme, ["DPoP", early]]],
        ["malformed", [...scheme, ["DPoP", "x.y.z"]]],
        [
          "with the scheme Bearer",
          [
            ["Authorization", `Bearer ${token}`],
            ["DPoP", await prove()],
          ],
        ],
        ["with the scheme Bearer, and no proof", [["Authorization", `Bearer ${token}`]]],
      ] as [string, HeaderList][]) {
        const answer = await send(headers);
        assert.equal(answer.status, 401, what);
        assert.match(answer.header("www-authenticate") ?? "", /DPoP .*algs="[^"]*ES256/, what);
      }
      const unbound = (await tokens(origin(), client.who, reports)).access_token;
      const proof = await prove(keys, url, "GET", unbound);
      const asBound = await send([
        ["Authorization", `DPoP ${unbound}`],
        ["DPoP", proof],
      ]);
      assert.equal(asBound.status, 401, "a token that is not bound");
    });
  });
}

/** A proof with claims of the test's own. */
async function signed(keys: dpop.KeyPair, claims: Record<string, unknown>, token: string): Promise<string> {
  const ath = createHash("sha256").update(token).digest("base64url");
  const { kty, crv, x, y } = await exportJWK(keys.publicKey);
  return new SignJWT({ jti: crypto.randomUUID(), ath, ...claims })
    .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: { kty, crv, x, y } as JWK })
    .sign(keys.privateKey);
}
