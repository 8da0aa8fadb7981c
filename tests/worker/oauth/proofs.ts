// Tokens that are bound to a key (RFC 9449), at the gate. The proofs are made by jose.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { decodeJwt, importJWK, type JWK, SignJWT } from "jose";
import { type Answer, ask, type HeaderList } from "../../harness/http.ts";
import { type LibraryWorker, startLibraryWorker } from "../../harness/library-worker.ts";
import { bearer, type Durable } from "../durable/world.ts";
import { type Bound, claims, type Key, newKey, type Proofs, seconds, unusualProofs, wrongProofs } from "./bound.ts";
import { ISSUER, RESOURCE, signedIn, user } from "./world.ts";

export function proofs(world: () => Durable): void {
  /** The service's own signing key, as only its objects know it. */
  const signingKey = async () => {
    const { Ring } = (await world().object("KEYRING", "keyring", { Ring: { known: null } })).json();
    const [{ id, material }] = Ring.signing;
    return { kid: id as string, key: await importJWK(JSON.parse(material) as JWK, "ES256") };
  };

  /** A token of the user's that is bound to the key: one that the service has issued, with `cnf`. */
  async function bound({ thumbprint: jkt }: Key, terms: object = {}): Promise<string> {
    const issued = await signedIn(world(), await user(world()), { scope: "openid notes:read", ...terms });
    const { kid, key } = await signingKey();
    const payload = { ...decodeJwt(issued.access_token), cnf: { jkt } };
    return new SignJWT(payload).setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid }).sign(key);
  }

  const present = (path: string, token: string, proof?: Proofs, scheme = "DPoP"): Promise<Answer> => {
    const headers: HeaderList = [["Authorization", `${scheme} ${token}`]];
    for (const one of proof === undefined ? [] : [proof].flat()) headers.push(["DPoP", one]);
    return ask(world().origin, path, { headers });
  };

  /** A rejection with the one challenge of RFC 9449 section 7.1. */
  function assertRejected(answer: Answer, error: string, what: string): void {
    assert.equal(answer.status, 401, `${what}: ${answer.text}`);
    const challenge = answer.header("www-authenticate") ?? "";
    assert.ok(challenge.startsWith(`DPoP realm="${ISSUER}", error="${error}"`), `${what}: ${challenge}`);
    assert.match(challenge, /, algs="ES256 /, what);
  }

  test("check_18 a bound token is accepted with a proof, each proof once, and never as a bearer token", async () => {
    for (const alg of ["ES256", "ES384", "EdDSA", "PS256", "RS256"]) {
      const key = await newKey(alg);
      const token = await bound(key);
      const proof = await key.sign({}, claims("/read/x", token));
      assert.equal((await present("/read/x", token, proof)).status, 200, alg);
      assertRejected(await present("/read/x", token, proof), "invalid_dpop_proof", `${alg}, again`);
      assert.equal((await present("/read/x", token, await key.sign({}, claims("/read/x", token)))).status, 200, alg);
    }
    const key = await newKey();
    const token = await bound(key);
    const fresh = () => key.sign({}, claims("/read/x", token));
    assertRejected(await present("/read/x", token, undefined, "Bearer"), "invalid_token", "as Bearer");
    assertRejected(
      await present("/read/x", token, await fresh(), "Bearer"),
      "invalid_token",
      "as Bearer, with a proof",
    );
    assert.equal((await present("/strict/x", token, await key.sign({}, claims("/strict/x", token)))).status, 200);
    const closed = await present("/users/x", token, await key.sign({}, claims("/users/x", token)));
    assert.equal(closed.status, 403);
    assert.match(closed.header("www-authenticate") ?? "", /^DPoP .*error="insufficient_scope"/);
    const who = await user(world());
    const bearers = [who.token, (await signedIn(world(), who, { scope: "notes:read" })).access_token];
    for (const unbound of bearers) {
      const proof = await key.sign({}, claims("/read/x", unbound));
      assertRejected(await present("/read/x", unbound, proof), "invalid_token", "a token without a key");
      assert.equal((await ask(world().origin, "/read/x", bearer(unbound))).status, 200);
    }
  });

  test("check_18 a proof must be for this request, this token and this key, and at most a minute old", async () => {
    const [key, other] = [await newKey(), await newKey()];
    const token = await bound(key);
    const [path, at] = ["/read/x", seconds()];
    await world().clock(at * 1000);
    try {
      const exact: Bound = { key, other, token, path, server: world().origin, now: () => at, margin: 0 };
      for (const [what, make] of wrongProofs(exact))
        assertRejected(await present(path, token, await make()), "invalid_dpop_proof", what);
      // RFC 9449 section 7.1: the proof is valid, but the token is bound to another key.
      const proof = await other.sign({}, claims(path, token, { iat: at }));
      assertRejected(await present(path, token, proof), "invalid_token", "other key");
      for (const [what, make] of unusualProofs(exact))
        assert.equal((await present(`${path}?c=d`, token, await make())).status, 200, what);
    } finally {
      await world().clock(null);
    }
  });

  describe("beside a Worker that uses the verifier as a library", { concurrency: 1 }, () => {
    let library: LibraryWorker;
    before(async () => {
      const jwksUrl = `${world().origin}/.well-known/jwks.json`;
      library = await startLibraryWorker({ issuer: ISSUER, audience: `${ISSUER}/api`, jwksUrl });
    });
    after(() => library?.stop());

    /** What a client learns: the status and the first challenge, apart from what only the gate knows. */
    const decision = (answer: Answer) => {
      const challenges = answer.header("www-authenticate") ?? "";
      return [answer.status, challenges.replace(/, resource_metadata="[^"]*"/, "").replace(/(?<=.), DPoP .*/, "")];
    };
    /** The decision about this request, which is the gate's and the library's. */
    async function both(what: string, headers: HeaderList, path = "/read/x") {
      const here = { headers: [["Host", new URL(ISSUER).host], ...headers] as HeaderList };
      const byGate = decision(await ask(world().origin, path, here));
      assert.deepEqual(decision(await ask(library.origin, path, here)), byGate, what);
      return byGate;
    }
    const bearing = (scheme: string, token: string, proof?: Proofs): HeaderList => [
      ["Authorization", `${scheme} ${token}`],
      ...[proof ?? []].flat().map((one): [string, string] => ["DPoP", one]),
    ];

    test("check_18 the gate and the library decide the same about every request", async () => {
      const [key, other] = [await newKey(), await newKey()];
      const token = await bound(key);
      const path = "/read/x";
      const fresh = (of = key, for_token = token) => of.sign({}, claims(path, for_token));
      const running: Bound = { key, other, token, path, server: world().origin, now: seconds, margin: 50 };
      for (const [what, make] of wrongProofs(running)) {
        const [status, challenge] = await both(what, bearing("DPoP", token, await make()));
        assert.equal(status, 401, what);
        assert.match(String(challenge), /^DPoP .*error="invalid_dpop_proof"/, what);
      }
      for (const [what, make] of unusualProofs(running)) {
        const proof = bearing("DPoP", token, await make());
        assert.deepEqual(await both(what, proof), [200, ""], what);
        assert.equal((await both(`${what}, again`, proof))[0], 401);
      }
      const unbound = (await signedIn(world(), await user(world()), { scope: "notes:read" })).access_token;
      const lesser = await bound(key, { scope: "openid notes:write" });
      const elsewhere = await bound(key, { scope: "notes:read", resource: RESOURCE });
      const forged = token.replace(/[^.]*$/, "A".repeat(86));
      for (const [what, headers, status] of [
        ["no credentials", [], 401],
        ["another scheme", [["Authorization", "Basic YTpi"]], 401],
        ["no token", [["Authorization", "DPoP"]], 401],
        ["two tokens", [["Authorization", `DPoP ${token}, DPoP ${token}`]], 401],
        ["as Bearer", bearing("Bearer", token), 401],
        ["as Bearer, with a proof", bearing("Bearer", token, await fresh()), 401],
        ["another key's proof", bearing("DPoP", token, await fresh(other)), 401],
        ["an unbound token, with a proof", bearing("DPoP", unbound, await fresh(key, unbound)), 401],
        ["an unbound token", bearing("Bearer", unbound), 200],
        ["an unbound token beside a proof", bearing("Bearer", unbound, await fresh(key, unbound)), 200],
        ["a token without the scope", bearing("DPoP", lesser, await fresh(key, lesser)), 403],
        ["a token of another audience", bearing("DPoP", elsewhere, await fresh(key, elsewhere)), 401],
        ["a forged token", bearing("DPoP", forged, await fresh(key, forged)), 401],
        ["a scheme in lower case", bearing("dpop", token, await fresh()), 200],
      ] as [string, HeaderList, number][])
        assert.equal((await both(what, headers))[0], status, what);
    });

    test("check_18 each counts a proof once, by every kind of key, and no forged one uses it up", async () => {
      for (const alg of ["ES256", "ES384", "EdDSA", "PS256", "RS256"]) {
        const key = await newKey(alg);
        const token = await bound(key);
        const proof = await key.sign({}, claims("/read/x", token));
        const forged = proof.replace(/[^.]*$/, (text) => "A".repeat(text.length));
        for (const [what, presented, status] of [
          ["forged", forged, 401],
          ["genuine", proof, 200],
          ["again", proof, 401],
        ] as const)
          assert.equal((await both(`${alg}, ${what}`, bearing("DPoP", token, presented)))[0], status, what);
      }
    });
  });

  test("neither a proof of another client nor a forged signature uses up the id of a proof", async () => {
    const [key, other] = [await newKey(), await newKey()];
    const [mine, theirs] = [await bound(key), await bound(other)];
    const jti = randomUUID();
    const proof = await key.sign({}, claims("/read/x", mine, { jti }));
    const forged = proof.replace(/[^.]*$/, "A".repeat(86));
    assertRejected(await present("/read/x", mine, forged), "invalid_dpop_proof", "forged");
    assert.equal(
      (await present("/read/x", theirs, await other.sign({}, claims("/read/x", theirs, { jti })))).status,
      200,
    );
    assert.equal((await present("/read/x", mine, proof)).status, 200);
    assertRejected(await present("/read/x", mine, proof), "invalid_dpop_proof", "again");
  });

  test("check_19 the gate does not forward the proof, and behind a proxy the proof is for the original request", async () => {
    const key = await newKey();
    const token = await bound(key);
    const mirrored = (await present("/mirror/x", token, await key.sign({}, claims("/mirror/x", token)))).json();
    assert.deepEqual([mirrored.dpop, mirrored.authorization], [undefined, undefined]);
    assert.equal(mirrored["latchkey-client-id"], "web");
    const publicly = await ask(world().origin, "/public/x", { headers: { DPoP: "a.b.c" } });
    assert.equal(publicly.json().dpop, undefined);
    const mcp = await bound(key, { resource: RESOURCE, scope: "notes:read" });
    const verify = async (proofFor: string, htm: string) =>
      ask(world().origin, "/auth/verify", {
        headers: {
          ...{ Authorization: `DPoP ${mcp}`, "X-Original-Method": "POST", "X-Original-URI": "/mcp?a=b" },
          DPoP: await key.sign({}, claims(proofFor, mcp, { htm })),
        },
      });
    assert.equal((await verify("/mcp", "POST")).status, 204);
    assertRejected(await verify("/mcp", "GET"), "invalid_dpop_proof", "another method");
    assertRejected(await verify("/auth/verify", "GET"), "invalid_dpop_proof", "the question of the proxy");
    const challenge = (await present("/mcp", mcp)).header("www-authenticate") ?? "";
    assert.match(challenge, /scope="notes:read".*resource_metadata="[^"]+\/mcp"$/);
  });

  test("userinfo requires the proof, too", async () => {
    const key = await newKey();
    const token = await bound(key);
    assertRejected(await present("/oauth/userinfo", token, undefined, "Bearer"), "invalid_token", "as Bearer");
    assertRejected(await present("/oauth/userinfo", token), "invalid_dpop_proof", "without a proof");
    const answer = await present("/oauth/userinfo", token, await key.sign({}, claims("/oauth/userinfo", token)));
    assert.equal(answer.status, 200, answer.text);
  });
}
