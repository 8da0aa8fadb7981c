// Tokens of OAuth clients at the gate, and what the gate says about its protected resources.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, ask } from "../../harness/http.ts";
import { operator } from "../../harness/operator.ts";
import { bearer, type Durable } from "../durable/world.ts";
import { ADMIN, accountOf, at, granted, ISSUER, RESOURCE, redeem, signedIn, tokens, user, WEB } from "./world.ts";

const METADATA = `${ISSUER}/.well-known/oauth-protected-resource`;
const challenges = (answer: Answer) =>
  answer.headers.filter(([name]) => name.toLowerCase() === "www-authenticate").map(([, value]) => value);

export function gate(world: () => Durable): void {
  test("check_19 a client's token opens the routes that name its scopes, for the audience of the route", async () => {
    const who = await user(world());
    const grant = async (terms: object) => (await signedIn(world(), who, terms)).access_token;
    const all = await grant({ scope: "notes:read notes:write" });
    const reads = await grant({ scope: "notes:read" });
    const mcp = await grant({ scope: "notes:read", resource: RESOURCE });
    for (const [path, byAll, byReads, byMcp] of [
      ["/read/x", 200, 200, 401],
      ["/strict/x", 200, 200, 401],
      ["/write/x", 200, 403, 401],
      ["/mcp", 401, 401, 200],
      ["/mcp/notes", 401, 401, 200],
      ["/mcp/closed", 403, 403, 403],
      ["/users/x", 403, 403, 403],
      ["/keys/x", 403, 403, 403],
      ["/page/x", 401, 401, 401],
      ["/editors/x", 403, 403, 401],
    ] as const) {
      assert.equal((await at(world(), path, all)).status, byAll, `${path} with all scopes`);
      assert.equal((await at(world(), path, reads)).status, byReads, `${path} with one scope`);
      assert.equal((await at(world(), path, mcp)).status, byMcp, `${path} with the resource's token`);
    }
    // The user's own token has every scope, wherever the route is, and no role that the user lacks.
    for (const path of ["/read/x", "/write/x", "/mcp", "/mcp/closed", "/users/x", "/strict/x"])
      assert.equal((await at(world(), path, who.token)).status, 200, path);
  });

  test("check_19 the upstream learns which client calls, and gets neither the token nor the proof", async () => {
    const who = await user(world());
    const { access_token } = await signedIn(world(), who, { scope: "notes:read notes:write" });
    const forged = { "Latchkey-Client-Id": "forged", DPoP: "forged", Latchkey_Client_Id: "forged" };
    const received = async (headers: object) =>
      (await ask(world().origin, "/mirror/x", { headers: { ...headers } })).json() as Record<string, string>;
    const named = ({
      "latchkey-client-id": client,
      "latchkey-scope": scope,
      authorization,
      dpop,
      ...rest
    }: object & {
      [name: string]: string;
    }) => {
      assert.doesNotMatch(JSON.stringify(rest), /forged/);
      return { client, scope, authorization, dpop };
    };
    const none = { authorization: undefined, dpop: undefined };
    const byClient = await received({ ...bearer(access_token).headers, ...forged });
    assert.deepEqual(named(byClient), { client: "web", scope: "notes:read notes:write", ...none });
    const byUser = await received({ ...bearer(who.token).headers, ...forged });
    assert.deepEqual(named(byUser), { client: undefined, scope: "", ...none });
  });

  test("a token has only the roles that its scopes name, whatever the user has", async () => {
    const who = await user(world());
    const admin = operator(world().origin, ADMIN.secret);
    assert.equal((await admin.put(`/${accountOf(who)}/roles`, { roles: ["editor", "admin"] })).status, 200);
    const write = (await signedIn(world(), who, { scope: "notes:write" })).access_token;
    const read = (await signedIn(world(), who, { scope: "notes:read" })).access_token;
    assert.equal((await at(world(), "/editors/x", write)).status, 200);
    assert.equal((await at(world(), "/editors/x", read)).status, 403);
    assert.doesNotMatch((await at(world(), "/editors/x", write)).text, /admin/);
  });

  test("the end of a grant ends its tokens: at once on a strict route, within the bound on others", async () => {
    const who = await user(world());
    const { access_token } = await signedIn(world(), who, { scope: "notes:read" });
    const other = await signedIn(world(), await user(world()), { scope: "notes:read" });
    assert.equal((await at(world(), "/strict/x", access_token)).status, 200);
    const { grants } = (await ask(world().origin, "/auth/grants", bearer(who.token))).json();
    const withdrawn = await ask(world().origin, `/auth/grants/${grants[0].id}`, {
      method: "DELETE",
      headers: { ...bearer(who.token).headers, Origin: ISSUER, "Latchkey-Client": "test/1" },
    });
    assert.equal(withdrawn.status, 204, withdrawn.text);
    assert.equal((await at(world(), "/strict/x", access_token)).status, 401);
    await world().clock(Date.now() + 2_000);
    try {
      assert.equal((await at(world(), "/read/x", access_token)).status, 401);
      assert.equal((await at(world(), "/read/x", other.access_token)).status, 200);
    } finally {
      await world().clock(null);
    }
  });

  test("check_19 behind a proxy the route of the original path decides about a client's token", async () => {
    const who = await user(world());
    const client = (await signedIn(world(), who, { scope: "notes:read" })).access_token;
    const mcp = (await signedIn(world(), who, { scope: "notes:read", resource: RESOURCE })).access_token;
    const verify = (token: string, uri?: string) =>
      ask(world().origin, "/auth/verify", {
        headers: {
          Authorization: `Bearer ${token}`,
          ...(uri === undefined ? {} : { "X-Original-Method": "GET", "X-Original-URI": uri }),
        },
      });
    for (const [token, uri, status] of [
      [client, "/read/x", 204],
      [client, "/mcp", 401],
      [mcp, "/mcp", 204],
      [mcp, "/read/x", 401],
      [client, "/users/x", 403],
      [client, "/unknown", 403],
      [client, undefined, 403],
      [who.token, undefined, 204],
      [who.token, "/mcp", 204],
    ] as const) {
      assert.equal((await verify(token, uri)).status, status, uri);
    }
    assert.equal((await verify(mcp, "/mcp")).header("latchkey-client-id"), "web");
    assert.match(challenges(await verify(client, "/mcp"))[0] ?? "", /resource_metadata="[^"]+\/mcp"/);
    const appended = await ask(world().origin, "/auth/verify/read/x", bearer(client));
    assert.deepEqual([appended.status, appended.header("latchkey-client-id")], [200, "web"]);
    const ofUser = await ask(world().origin, "/auth/verify/read/x", bearer(who.token));
    assert.deepEqual([ofUser.status, ofUser.header("latchkey-client-id")], [200, ""]);
  });

  test("each protected resource has a document of its own, and its challenges name it and the scopes", async () => {
    const whole = (await ask(world().origin, "/.well-known/oauth-protected-resource")).json();
    assert.equal(whole.resource, ISSUER);
    const answer = await ask(world().origin, "/.well-known/oauth-protected-resource/mcp");
    assert.deepEqual(answer.json(), {
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ["header"],
      dpop_signing_alg_values_supported: ["ES256", "ES384", "EdDSA", "PS256", "RS256"],
      scopes_supported: ["notes:read", "notes:write"],
    });
    assert.match(answer.header("cache-control") ?? "", /public/);
    for (const path of ["/", "/other", "/mcp/", "/mcp/notes", "/MCP"]) {
      assert.equal((await ask(world().origin, `/.well-known/oauth-protected-resource${path}`)).status, 404, path);
    }
    const who = await user(world());
    const { access_token } = await signedIn(world(), who, { scope: "openid", resource: RESOURCE });
    const realm = `realm="${ISSUER}"`;
    const [scope, metadata] = ['scope="notes:read"', `resource_metadata="${METADATA}/mcp"`];
    const algs = 'algs="ES256 ES384 EdDSA PS256 RS256"';
    const none = await ask(world().origin, "/mcp");
    assert.equal(none.status, 401);
    assert.deepEqual(
      challenges(none).join(", "),
      [`Bearer ${realm}, ${scope}, ${metadata}`, `DPoP ${realm}, ${scope}, ${algs}, ${metadata}`].join(", "),
    );
    const invalid = await at(world(), "/mcp", "a.b.c");
    assert.deepEqual(challenges(invalid), [`Bearer ${realm}, error="invalid_token", ${scope}, ${metadata}`]);
    const few = await at(world(), "/mcp", access_token);
    assert.equal(few.status, 403);
    assert.deepEqual(challenges(few), [`Bearer ${realm}, error="insufficient_scope", ${scope}, ${metadata}`]);
    // Elsewhere, challenges are what they were.
    const elsewhere = await ask(world().origin, "/read/x");
    assert.deepEqual(challenges(elsewhere), [`Bearer ${realm}, resource_metadata="${METADATA}"`]);
    const insufficient = await at(
      world(),
      "/write/x",
      (await signedIn(world(), who, { scope: "notes:read" })).access_token,
    );
    assert.deepEqual(challenges(insufficient), [
      `Bearer ${realm}, error="insufficient_scope", scope="notes:write", resource_metadata="${METADATA}"`,
    ]);
  });

  test("a token of a code that was used twice ends", async () => {
    const who = await user(world());
    const code = await granted(world(), who, { scope: "notes:read" });
    const { access_token } = tokens(await redeem(world(), code, WEB));
    assert.equal((await at(world(), "/strict/x", access_token)).status, 200);
    assert.equal((await redeem(world(), code, WEB)).status, 400);
    assert.equal((await at(world(), "/strict/x", access_token)).status, 401);
  });
}
