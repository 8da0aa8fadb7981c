// The metadata of the authorization server names what exists.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../../harness/http.ts";
import type { Durable } from "../durable/world.ts";
import { metadata } from "./pushing.ts";
import { ISSUER } from "./world.ts";

export function discovery(world: () => Durable): void {
  test("both documents are the same, and name the issuer, its scopes and its methods", async () => {
    const document = await metadata(world());
    assert.deepEqual(await metadata(world(), "/.well-known/openid-configuration"), document);
    assert.equal(document.issuer, ISSUER);
    assert.deepEqual(document.scopes_supported.slice(0, 4), ["openid", "profile", "email", "offline_access"]);
    assert.ok(document.scopes_supported.includes("notes:read"));
    assert.deepEqual(document.response_types_supported, ["code"]);
    assert.deepEqual(document.code_challenge_methods_supported, ["S256"]);
    assert.equal(document.authorization_response_iss_parameter_supported, true);
    assert.equal(document.client_id_metadata_document_supported, true);
    const confidential = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    assert.deepEqual(document.token_endpoint_auth_methods_supported, ["none", ...confidential]);
    assert.deepEqual(document.revocation_endpoint_auth_methods_supported, ["none", ...confidential]);
    // Public clients cannot introspect tokens.
    assert.deepEqual(document.introspection_endpoint_auth_methods_supported, confidential);
    // RFC 9449 section 5.1, RFC 8414 section 2.
    for (const name of ["dpop_signing_alg_values_supported", "token_endpoint_auth_signing_alg_values_supported"]) {
      assert.ok(document[name].includes("ES256"), name);
      assert.ok(!document[name].some((algorithm: string) => /^HS|none/.test(algorithm)), name);
    }
  });

  test("every endpoint that is named exists", async () => {
    const document = await metadata(world());
    const endpoints = Object.entries(document).filter(([name]) => /_(endpoint|uri)$/.test(name));
    assert.ok(endpoints.length >= 9, JSON.stringify(endpoints));
    for (const [name, url] of endpoints) {
      const { origin, pathname } = new URL(String(url));
      assert.equal(origin, ISSUER, name);
      const answer = await ask(world().origin, pathname, { method: "DELETE" });
      assert.equal(answer.status, 405, `${name} ${answer.text}`);
    }
  });
}
