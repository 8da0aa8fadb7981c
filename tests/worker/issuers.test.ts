// Other issuers: keys in the configuration, a shared secret, hostile key sets by URL, and a real identity
// provider that rotates its keys under load and goes down. All on the bare runtime, which has no cache here;
// `key-cache.test.ts` tests the second level of caching.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { after, describe, test } from "node:test";
import { decodeProtectedHeader } from "jose";
import { parse } from "smol-toml";
import { assertChallenge, assertProblem } from "../harness/contract.ts";
import { startEcho } from "../harness/echo.ts";
import type { Answer } from "../harness/http.ts";
import { ask } from "../harness/http.ts";
import { startIdentityProvider } from "../harness/identity-provider.ts";
import { json, startListener } from "../harness/listener.ts";
import { until } from "../harness/until.ts";
import { type Gate, lines, startGate } from "./issuers/gate.ts";
import { asSecrets, hostileDiscoveries, hostileSets, issuerAt, slowSets } from "./issuers/hostile.ts";
import { AUDIENCE, assembled, claims, type Key, newKey, sign } from "./issuers/keys.ts";

const ALGORITHMS = ["ES256", "ES384", "RS256", "PS256", "EdDSA"];
const COOL_DOWN_MS = 30_000;
const SECRET = randomBytes(24).toString("base64url");

const upstream = await startEcho();
const listener = await startListener();
const extraClaims = (subject: string) => ({
  realm: { roles: subject === "alice" ? ["reader", "writer"] : ["machine"] },
  scp: ["from", "a list"],
  tenant: { user: `user-of-${subject}` },
});
const [byDiscovery, byUrl, keys] = await Promise.all([
  startIdentityProvider({ algorithms: ALGORITHMS, extraClaims }),
  startIdentityProvider({
    algorithms: ["ES256", "RS256"],
    extraClaims: () => ({ tenant: { user: "u" }, scp: ["a", "b"] }),
  }),
  Promise.all(ALGORITHMS.map((alg) => newKey(alg))).then((made) => new Map(made.map((key) => [key.alg, key]))),
]);
const key = (alg: string) => keys.get(alg) as Key;
const es256 = key("ES256");

const twin = await newKey("ES256", "twin");

const hostile = [...hostileSets(es256, twin, listener), ...slowSets(es256)];
const discoveries = hostileDiscoveries(listener);
for (const { name, keys } of [...hostile, ...discoveries]) listener.on(`/${name}`, keys);
listener.on("/good", json({ keys: [es256.jwk] }));
listener.on("/away", (_, response) => void response.writeHead(302, { Location: "/good" }).end());
listener.on(
  "/slow-set",
  (request, response) => void setTimeout(() => json({ keys: [es256.jwk] })(request, response), 3_000),
);
listener.on("/with-private", json({ keys: [es256.privateJwk] }));

const STATIC = "https://written-down.example";
const SHARED = "https://shared.example";
const foreign = { audience: AUDIENCE, algorithms: ALGORITHMS };
const byListener = (name: string, source: "jwks_url" | "discovery_url") => [
  name,
  { ...foreign, issuer: issuerAt(listener, name), [source]: `${listener.origin}/${name}` },
];
const gate: Gate = await startGate({
  upstream: upstream.origin,
  secrets: { SHARED_SECRET: SECRET },
  issuers: {
    discovered: {
      ...foreign,
      issuer: byDiscovery.issuer,
      discovery_url: byDiscovery.discoveryUrl,
      roles_claim: "realm.roles",
    },
    listed: {
      ...foreign,
      issuer: byUrl.issuer,
      jwks_url: byUrl.jwksUrl,
      subject_claim: "tenant.user",
      scope_claim: "scp",
    },
    static: { ...foreign, issuer: STATIC, keys: { keys: [...keys.values()].map(({ jwk }) => jwk) } },
    "just-keys": { ...foreign, issuer: `${STATIC}/array`, keys: [es256.jwk], leeway: 60, max_age: 600 },
    untyped: { ...foreign, issuer: `${STATIC}/untyped`, keys: [es256.jwk], typ: "any" },
    typed: { ...foreign, issuer: `${STATIC}/typed`, keys: [es256.jwk], typ: ["JWT", "vnd.example+jwt"] },
    shared: { ...foreign, issuer: SHARED, algorithms: ["HS256"], secret_binding: "SHARED_SECRET" },
    ...Object.fromEntries(hostile.map(({ name }) => byListener(name, "jwks_url"))),
    ...Object.fromEntries(discoveries.map(({ name }) => byListener(name, "discovery_url"))),
    ...Object.fromEntries(
      ["turns", "flooded", "abandoned", "d-good"].map((name) =>
        byListener(name, name.startsWith("d-") ? "discovery_url" : "jwks_url"),
      ),
    ),
  },
});
after(() => Promise.all([gate.stop(), upstream.stop(), listener.stop(), byDiscovery.takeDown(), byUrl.takeDown()]));

const saw = (answer: Answer) =>
  new Map<string, string>(answer.json().headers.map(([name, value]: [string, string]) => [name.toLowerCase(), value]));

async function assertTaken(issuer: string, token: string, what = issuer): Promise<Map<string, string>> {
  const answer = await gate.take(issuer, token);
  assert.equal(answer.status, 200, `${what}: ${answer.text}`);
  return saw(answer);
}

async function assertRefused(issuer: string, token: string, what: string): Promise<void> {
  const answer = await gate.take(issuer, token);
  assertProblem(answer, "invalid_token", { what });
  assertChallenge(answer, "invalid_token", what);
}

/** How often a check was named in the log. */
const refusals = (check: string) =>
  lines(gate.logs()).filter((line) => line.event === "token_refused" && line.check === check).length;

// Tests that wait for the clock run side by side.
describe("other issuers", { concurrency: true }, () => {
  describe("static keys", { concurrency: 1 }, () => {
    test("a token of each algorithm passes; Ed25519 also under its own name", async () => {
      for (const alg of ALGORITHMS) {
        const seen = await assertTaken("static", await sign(key(alg), claims(STATIC)), alg);
        assert.equal(seen.get("latchkey-issuer"), STATIC);
        assert.equal(seen.get("latchkey-subject"), "theirs");
      }
      const { private: ed25519 } = key("EdDSA");
      await assertTaken("static", await sign({ alg: "Ed25519", kid: "EdDSA", private: ed25519 }, claims(STATIC)));
      await assertTaken("just-keys", await sign(es256, claims(`${STATIC}/array`)));
    });

    test("check_03 the key determines the algorithm: none, HMAC with public bytes, another type or padding are rejected", async () => {
      const payload = claims(STATIC);
      for (const alg of ["none", "None", "NONE", ""]) {
        for (const signature of ["", "x"])
          await assertRefused(
            "static",
            assembled({ alg, typ: "at+jwt", kid: "ES256" }, payload, () => signature),
            `${alg}: "${signature}"`,
          );
      }
      let tried = 0;
      for (const alg of ALGORITHMS) {
        for (const [what, secret] of Object.entries(asSecrets(key(alg).jwk))) {
          for (const header of [{ alg: "HS256", kid: alg }, { alg: "HS256" }, { alg, kid: alg }]) {
            const token = assembled({ typ: "at+jwt", ...header }, payload, (input) =>
              createHmac("sha256", secret).update(input).digest(),
            );
            await assertRefused("static", token, `HMAC with ${what} of ${alg}, ${JSON.stringify(header)}`);
            tried += 1;
          }
        }
      }
      // Signed with each key, claiming each other algorithm, and under each other key's id.
      const names = ["RS384", "RS512", "PS384", "ES512", "ES256K", "es256", "Ed448"];
      for (const signer of ALGORITHMS) {
        for (const claimed of ALGORITHMS) {
          if (claimed === signer) continue;
          await assertRefused("static", await sign(key(signer), payload, { kid: claimed }), `${signer} for ${claimed}`);
          for (const kid of [signer, claimed]) {
            const token = await sign(key(signer), payload);
            const renamed = `${Buffer.from(JSON.stringify({ alg: claimed, typ: "at+jwt", kid })).toString("base64url")}.${token.split(".").slice(1).join(".")}`;
            await assertRefused("static", renamed, `${signer} renamed ${claimed}, key ${kid}`);
          }
        }
        for (const alg of names) {
          const token = assembled({ alg, typ: "at+jwt", kid: signer }, payload, () => randomBytes(64));
          await assertRefused("static", token, `${alg} for ${signer}`);
        }
      }
      assert.equal(tried, ALGORITHMS.length * 8 * 3);
    });

    test("check_03 an RSA key is only for the padding it names, even if the token is correctly signed with the other", async () => {
      for (const [alg, other] of [
        ["RS256", "PS256"],
        ["PS256", "RS256"],
      ] as const) {
        const { privateJwk } = key(alg);
        const { d, p, q, dp, dq, qi, n, e } = privateJwk as Record<string, string>;
        const same = await crypto.subtle.importKey(
          "jwk",
          { kty: "RSA", d, p, q, dp, dq, qi, n, e } as JsonWebKey,
          { name: other === "RS256" ? "RSASSA-PKCS1-v1_5" : "RSA-PSS", hash: "SHA-256" },
          false,
          ["sign"],
        );
        const token = await sign({ alg: other, kid: alg, private: same }, claims(STATIC));
        await assertRefused("static", token, `${other} signed with the key for ${alg}`);
      }
    });

    test("check_04 keys and key URLs in a header change nothing and are never fetched", async () => {
      const before = listener.count("/trap");
      const mallory = await newKey("ES256", "mallory");
      listener.on("/trap", json({ keys: [mallory.jwk] }));
      const trap = `${listener.origin}/trap`;
      const hints: Record<string, unknown>[] = [
        { jwk: mallory.jwk },
        { jku: trap },
        { x5u: trap },
        { x5c: [Buffer.from("certificate").toString("base64")] },
        { jwk: mallory.jwk, jku: trap, x5u: trap, x5t: "x", "x5t#S256": "x" },
      ];
      for (const hint of hints) {
        for (const kid of ["ES256", "mallory", trap, "../trap"])
          await assertRefused(
            "static",
            await sign(mallory, claims(STATIC), { kid, ...hint }),
            `${kid} ${JSON.stringify(hint)}`,
          );
        await assertRefused("discovered", await sign(mallory, claims(byDiscovery.issuer), hint), JSON.stringify(hint));
        await assertTaken("static", await sign(es256, claims(STATIC), hint), JSON.stringify(hint));
      }
      assert.equal(listener.count("/trap"), before, "no key URL was fetched");
    });

    test("check_12 without a kid, or with an unknown one, no key is tried", async () => {
      const { kid: _, ...nameless } = es256;
      await assertRefused(
        "just-keys",
        await sign(nameless, claims(`${STATIC}/array`)),
        "no kid, although there is only one key",
      );
      for (const kid of ["", " ES256", "es256", "x".repeat(4000), "ES256\0"])
        await assertRefused("static", await sign(es256, claims(STATIC), { kid }), JSON.stringify(kid.slice(0, 20)));
    });

    test("check_09_check_10 each issuer has its own identifier, audience, leeway and age", async () => {
      const now = Math.floor(Date.now() / 1000);
      const lenient = `${STATIC}/array`;
      const take = async (issuer: string, over: Record<string, unknown>) =>
        (await gate.take(issuer, await sign(es256, claims(issuer === "static" ? STATIC : lenient, over)))).status;
      assert.equal(await take("just-keys", { exp: now - 30 }), 200, "within a leeway of 60 s");
      assert.equal(await take("just-keys", { exp: now - 61 }), 401);
      assert.equal(await take("just-keys", { nbf: now + 50, iat: now + 50 }), 200);
      assert.equal(await take("just-keys", { nbf: now + 70 }), 401);
      assert.equal(await take("just-keys", { iat: now + 70 }), 401);
      assert.equal(await take("just-keys", { iat: now - 620 }), 200, "within 600 s and the leeway");
      assert.equal(await take("just-keys", { iat: now - 670 }), 401);
      assert.equal(await take("just-keys", { iat: undefined }), 401, "a maximum age requires iat");
      assert.equal(await take("static", { iat: now - 90_000 }), 200, "no maximum age");
      assert.equal(await take("static", { exp: now - 1 }), 401, "no leeway");
      assert.equal(await take("static", { nbf: now + 40 }), 401);
      assert.equal(await take("static", { aud: ["x", AUDIENCE] }), 200);
      assert.equal(await take("static", { aud: ["x"] }), 401);
      assert.equal(await take("static", { aud: [AUDIENCE, 1] }), 401);
      assert.equal(await take("static", { iss: lenient }), 401, "another issuer's token, though the key is the same");
      assert.equal(await take("static", { iss: [STATIC] }), 401);
    });

    test("check_11 the type must be the one of the issuer's rule", async () => {
      for (const [issuer, typ, status] of [
        ["static", "at+jwt", 200],
        ["static", "application/at+jwt", 200],
        ["static", "AT+JWT", 200],
        ["static", "JWT", 401],
        ["static", undefined, 401],
        ["static", "dpop+jwt", 401],
        ["static", "logout+jwt", 401],
        ["typed", "JWT", 200],
        ["typed", "vnd.example+jwt", 200],
        ["typed", "at+jwt", 401],
        ["typed", undefined, 401],
        ["untyped", undefined, 200],
        ["untyped", "JWT", 200],
      ] as const) {
        const iss = issuer === "static" ? STATIC : `${STATIC}/${issuer}`;
        const answer = await gate.take(issuer, await sign(es256, claims(iss), { typ }));
        assert.equal(answer.status, status, `${issuer} ${typ}`);
      }
    });
  });

  describe("a shared secret", { concurrency: 1 }, () => {
    const shared = { alg: "HS256", private: Buffer.from(SECRET) };

    test("its tokens pass, and those of no other secret, algorithm or issuer", async () => {
      const seen = await assertTaken("shared", await sign(shared, claims(SHARED, { roles: "a b", scope: "c" })));
      assert.equal(seen.get("latchkey-roles"), "a b");
      const payload = claims(SHARED);
      const by = (secret: Uint8Array | string, hash = "sha256", header: Record<string, unknown> = {}) =>
        assembled({ alg: "HS256", typ: "at+jwt", ...header }, payload, (input) =>
          createHmac(hash, secret).update(input).digest(),
        );
      assert.equal((await gate.take("shared", by(SECRET))).status, 200, "the hand-made token is valid");
      for (const kid of ["IBZFPqpuE0oC+hnZ", "x", ""]) await assertTaken("shared", by(SECRET, "sha256", { kid }), kid);
      for (const [what, token] of Object.entries({
        "another secret": by(randomBytes(32)),
        "a part of it": by(SECRET.slice(0, 31)),
        "its bytes": by(Buffer.from(SECRET, "base64url")),
        "no secret": by(""),
        HS512: by(SECRET, "sha512", { alg: "HS512" }),
        "SHA-512 called HS256": by(SECRET, "sha512"),
        none: assembled({ alg: "none", typ: "at+jwt" }, payload, () => ""),
        truncated: assembled({ alg: "HS256", typ: "at+jwt" }, payload, (input) =>
          createHmac("sha256", SECRET).update(input).digest().subarray(0, 16),
        ),
        ES256: await sign({ alg: "ES256", private: es256.private }, payload),
        RS256: await sign({ alg: "RS256", private: key("RS256").private }, payload),
        "another issuer's name": await sign(shared, claims(STATIC)),
      }))
        await assertRefused("shared", token, what);
      for (const kid of [...ALGORITHMS, undefined])
        await assertRefused(
          "static",
          await sign({ ...shared, ...(kid ? { kid } : {}) }, claims(STATIC)),
          `for public keys, ${kid}`,
        );
    });

    test("a secret that is short or missing, or beside public keys: rejected at start, naming the key", async () => {
      const issuer = { audience: AUDIENCE, algorithms: ["HS256"], secret_binding: "SHORT" };
      const errors = async (issuers: Record<string, unknown>, secrets = {}) => {
        const refused = await startGate({ upstream: upstream.origin, issuers, secrets });
        try {
          assertProblem(await ask(refused.origin, "/healthz"), "unavailable");
          assertProblem(await refused.take("x", await sign(shared, claims("x"))), "unavailable");
          // The lines come by another way than the answers.
          return await until("an error about each issuer", () => {
            const found = lines(refused.logs()).map((line) => String(line.error));
            const isNamed = (name: string) => found.some((error) => error.startsWith(`issuers.${name}.`));
            return Object.keys(issuers).every(isNamed) && found;
          });
        } finally {
          await refused.stop();
        }
      };
      const [secrets, table] = await Promise.all([
        errors(
          { x: { ...issuer, issuer: "x" }, y: { ...issuer, issuer: "y", secret_binding: "MISSING" } },
          { SHORT: "only fifteen bytes or so" },
        ),
        errors({
          a: { ...issuer, issuer: "a", algorithms: ["HS256", "ES256"] },
          b: { ...issuer, issuer: "b", algorithms: ["ES256"] },
          c: { ...issuer, issuer: "c", keys: [es256.jwk] },
          d: { ...issuer, issuer: "d", secret_binding: undefined, keys: [{ kty: "oct", kid: "k", k: SECRET }] },
          e: { ...foreign, issuer: "e", keys: [es256.privateJwk] },
          f: { ...foreign, issuer: "f", keys: [es256.jwk, { kty: "oct", kid: "k", k: SECRET }] },
          g: { ...foreign, issuer: "g", jwks_url: "http://keys.example/jwks" },
          h: { ...foreign, issuer: "h", discovery_url: "https://idp.example/x", jwks_url: "https://idp.example/jwks" },
          i: { ...foreign, issuer: "i", jwks_url: "https://idp.example/jwks", leeway: 61 },
          j: { issuer: "j", algorithms: ["ES256"], jwks_url: "https://idp.example/jwks" },
        }),
      ]);
      for (const [found, expected] of [
        [secrets, /^issuers\.x\.secret_binding: found SHORT, a secret of 24 bytes, expected/],
        [secrets, /^issuers\.y\.secret_binding: found MISSING, which is not set, expected/],
        [table, /^issuers\.a\.algorithms: /],
        [table, /^issuers\.b\.keys: /],
        [table, /^issuers\.c\.keys: /],
        [table, /^issuers\.d\.keys: /],
        [table, /^issuers\.e\.keys: .*private_key/],
        [table, /^issuers\.f\.keys: .*symmetric_key/],
        [table, /^issuers\.g\.keys: /],
        [table, /^issuers\.h\.keys: /],
        [table, /^issuers\.i\.leeway: /],
        [table, /^issuers\.j\.audience: /],
      ] as const)
        assert.ok(
          found.some((error) => expected.test(error)),
          `${expected} in\n${found.join("\n")}`,
        );
      assert.ok(!secrets.join("\n").includes("fifteen bytes"), "the log shows no secret");
    });
  });

  test("the examples in docs/configuration.md are a valid configuration", async () => {
    const document = await readFile(new URL("../../docs/configuration.md", import.meta.url), "utf8");
    const blocks = [...document.matchAll(/^```toml$([\s\S]*?)^```$/gm)]
      .map(([, toml]) => toml ?? "")
      .filter((toml) => toml.includes("LATCHKEY.issuers."));
    assert.equal(blocks.length, 1);
    const { env } = parse(blocks[0] ?? "") as {
      env: { production: { vars: { LATCHKEY: { issuers: Record<string, unknown> } } } };
    };
    const { issuers } = env.production.vars.LATCHKEY;
    assert.deepEqual(Object.keys(issuers), ["company", "partner", "jobs", "legacy"]);
    const started = await startGate({ upstream: upstream.origin, issuers, secrets: { LEGACY_SECRET: SECRET } });
    try {
      assert.equal((await ask(started.origin, "/healthz")).status, 200, started.logs());
      assert.equal(
        (
          await started.take(
            "legacy",
            await sign(
              { alg: "HS256", private: Buffer.from(SECRET) },
              { ...claims("legacy"), aud: "https://app.example.com/api" },
            ),
          )
        ).status,
        200,
      );
    } finally {
      await started.stop();
    }
  });

  describe("hostile key sets", { concurrency: true }, () => {
    const upstreamBefore = upstream.seen.length;
    for (const { name, cause } of [...hostile, ...discoveries]) {
      test(`check_13 ${name}: never accepted, fetched once`, async () => {
        const token = () => sign(es256, claims(issuerAt(listener, name)));
        // Sets that never arrive end here as well, because a request of this test waits a minute at most.
        const answers = await Promise.all([gate.take(name, await token()), gate.take(name, await token())]);
        for (const answer of answers) assertProblem(answer, "unavailable", { what: name });
        const line = await gate.logged("issuer_keys_failed", { issuer: name });
        if (/^(no_usable_key|empty|duplicate_kid)/.test(String(cause)))
          for (const answer of answers)
            assert.equal(answer.json().detail, `The key set of the token's issuer can't be used: ${cause}.`);
        if (typeof cause === "string") assert.equal(line.cause, cause);
        else assert.match(String(line.cause), cause);
        assertProblem(await gate.take(name, await token()), "unavailable", { what: `${name}, again` });
        assert.equal(listener.count(`/${name}`), 1, "one attempt in the cool-down");
      });
    }

    after(async () => {
      assert.equal(listener.count("/good"), 0, "no redirect was followed, and no document was used");
      assert.ok(upstream.seen.length >= upstreamBefore);
      const reached = upstream.seen.filter(({ url }) =>
        [...hostile, ...discoveries].some(({ name }) => url === `/${name}/x`),
      );
      assert.deepEqual(reached, [], "no request reached the upstream with a hostile set");
      assert.equal((await ask(gate.origin, "/healthz")).status, 200, "the gate is healthy");
      await assertTaken("static", await sign(es256, claims(STATIC)));
    });
  });

  test("check_13 a valid document is used", async () => {
    const issuer = issuerAt(listener, "d-good");
    listener.on("/d-good", json({ issuer, jwks_uri: `${listener.origin}/good-set` }));
    listener.on(
      "/good-set",
      json({ keys: [es256.jwk, { kty: "EC", crv: "P-521", kid: "unknown to us", x: "", y: "" }] }),
    );
    await assertTaken("d-good", await sign(es256, claims(issuer)));
  });

  test("check_13_check_14 a set that becomes hostile changes nothing", async () => {
    const issuer = issuerAt(listener, "turns");
    listener.on("/turns", json({ keys: [es256.jwk] }));
    const first = Date.now();
    await assertTaken("turns", await sign(es256, claims(issuer)));
    listener.on("/turns", json({ keys: [es256.jwk, { ...twin.jwk, kid: es256.kid }] }));
    // The next attempt is made when a request names an unknown key and the cool-down is over.
    await until("another attempt", async () => {
      await assertRefused("turns", await sign(twin, claims(issuer)), "a key of the hostile set");
      return listener.count("/turns") === 2;
    });
    assert.ok(Date.now() - first >= COOL_DOWN_MS - 1_000, `the second attempt came after ${Date.now() - first} ms`);
    await gate.logged("issuer_keys_failed", { issuer: "turns", cause: "duplicate_kid" });
    await assertTaken("turns", await sign(es256, claims(issuer)), "the last valid set is still used");
  });

  // In production a client that disconnects cancels its request. This runtime lets it run on, so that can't
  // be tested here. `key-cache.test.ts` shows that an attempt outlives the request that started it: there the
  // response has left before.
  test("check_14 a request that arrives while keys are being fetched waits for them, and starts no fetch", async () => {
    let answer = () => {};
    listener.on("/abandoned", (request, response) => {
      answer = () => json({ keys: [es256.jwk] })(request, response);
    });
    const issuer = issuerAt(listener, "abandoned");
    const headers = { Authorization: `Bearer ${await sign(es256, claims(issuer))}` };
    const impatient = http.get(`${gate.origin}/abandoned/x`, { headers, agent: false });
    impatient.on("error", () => {});
    await until("the attempt is in progress", () => listener.count("/abandoned") === 1);
    impatient.destroy();
    const patient = gate.take("abandoned", await sign(es256, claims(issuer)));
    await until("the gate answers again", async () => (await ask(gate.origin, "/healthz")).status === 200);
    answer();
    assert.equal((await patient).status, 200);
    await assertTaken("abandoned", await sign(es256, claims(issuer)));
    assert.equal(listener.count("/abandoned"), 1);
  });

  describe("a real identity provider", { concurrency: 1 }, () => {
    /** When the first attempts to get its keys were over. */
    let first = 0;
    test("its access tokens pass with every algorithm, and its claims are mapped as configured", async () => {
      for (const alg of ALGORITHMS) {
        const seen = await assertTaken("discovered", await byDiscovery.machineToken(alg), alg);
        assert.equal(seen.get("latchkey-issuer"), byDiscovery.issuer);
        assert.equal(seen.get("latchkey-subject"), "machine");
        assert.equal(seen.get("latchkey-scope"), "read write");
        assert.equal(seen.get("latchkey-roles"), "machine");
      }
      const alice = await assertTaken("discovered", (await byDiscovery.userTokens("PS256")).access);
      assert.equal(alice.get("latchkey-subject"), "alice");
      assert.equal(alice.get("latchkey-roles"), "reader writer");
      assert.equal(alice.get("latchkey-scope"), "read");
      const listed = await assertTaken("listed", await byUrl.machineToken("ES256"));
      assert.equal(listed.get("latchkey-subject"), "u");
      assert.equal(listed.get("latchkey-scope"), "a b");
      assert.equal(listed.get("latchkey-roles") ?? "", "");
      first = Date.now();
      assert.equal(byDiscovery.count("/.well-known/openid-configuration"), 1);
      assert.equal(byDiscovery.count("/jwks"), 1);
      assert.equal(byUrl.count("/.well-known/openid-configuration"), 0);
    });

    test("a token is accepted only on routes that name its issuer", async () => {
      const [discovered, listed] = [await byDiscovery.machineToken("ES256"), await byUrl.machineToken("ES256")];
      await assertRefused("listed", discovered, "discovered");
      await assertRefused("discovered", listed, "listed");
      await assertRefused("static", discovered, "static");
    });

    test("check_11 its ID tokens are rejected", async () => {
      const { id } = await byDiscovery.userTokens("RS256");
      const before = refusals("typ");
      await assertRefused("discovered", id, "ID token");
      await until("the log names the type", () => refusals("typ") > before);
    });

    // During the first cool-down.
    test("check_14 10,000 unknown kids cause at most one fetch", async (t) => {
      const issuer = issuerAt(listener, "flooded");
      listener.on("/flooded", json({ keys: [es256.jwk] }));
      const known = await sign(es256, claims(issuer));
      // They are valid except for the key, which is unknown, so the signature is never checked.
      const tokens = Array.from({ length: 10_000 }, (_, i) =>
        assembled({ alg: "ES256", typ: "at+jwt", kid: `made-up-${i}` }, claims(issuer), () => randomBytes(64)),
      );
      const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
      const status = (token: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const headers = { Authorization: `Bearer ${token}` };
          const request = http.get(`${gate.origin}/flooded/x`, { agent, headers }, (answer) => {
            answer.resume().on("end", () => resolve(answer.statusCode));
          });
          request.on("error", reject);
        });
      assert.equal(await status(known), 200);
      assert.equal(listener.count("/flooded"), 1);
      const start = Date.now();
      const statuses = new Map<number | undefined, number>();
      let next = 0;
      const client = async () => {
        for (let token = tokens[next++]; token !== undefined; token = tokens[next++]) {
          const got = await status(token);
          statuses.set(got, (statuses.get(got) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: 16 }, client));
      const took = Date.now() - start;
      assert.deepEqual([...statuses], [[401, 10_000]]);
      const fetches = listener.count("/flooded") - 1;
      assert.ok(fetches <= Math.ceil(took / COOL_DOWN_MS), `${fetches} fetches in ${took} ms`);
      assert.equal(await status(known), 200, "known keys are still accepted");
      agent.destroy();
      t.diagnostic(`10,000 unknown kids in ${took} ms: ${fetches} fetches`);
    });

    test("check_14 it rotates its keys while requests run, and no valid token is rejected", async (t) => {
      const old = await Promise.all([byDiscovery.machineToken("ES256"), byDiscovery.machineToken("RS256")]);
      const oldListed = await byUrl.machineToken("RS256");
      await until("the cool-down of the first attempts is over", () => Date.now() - first > COOL_DOWN_MS + 1_000);

      let running = true;
      const counts = { old: 0, new: 0 };
      const client = async (kind: "old" | "new", token: () => Promise<string>) => {
        while (running) {
          await assertTaken("discovered", await token(), kind);
          counts[kind] += 1;
        }
      };
      const some = <T>(items: T[]) => items[Math.floor(Math.random() * items.length)] as T;
      const before = [client("old", async () => some(old)), client("old", () => byDiscovery.machineToken("EdDSA"))];
      await until("requests run", () => counts.old > 50);
      await byDiscovery.rotate("published");
      const fresh = await Promise.all(ALGORITHMS.map((alg) => byDiscovery.machineToken(alg)));
      for (const token of fresh) assert.match(String(decodeProtectedHeader(token).kid), /-2$/);
      const after = [client("new", async () => some(fresh)), client("new", () => byDiscovery.machineToken("ES384"))];
      await until("requests continue", () => counts.new > 100 && counts.old > 100);
      running = false;
      await Promise.all([...before, ...after]);
      assert.equal(byDiscovery.count("/jwks"), 2, "one more fetch found the new keys");
      assert.equal(byDiscovery.count("/.well-known/openid-configuration"), 2);

      // An emergency: the old keys are removed at once. They are accepted until the copy is renewed, which a
      // new key causes.
      await byUrl.rotate("removed");
      await assertTaken("listed", oldListed, "the copy isn't renewed yet");
      await assertTaken("listed", await byUrl.machineToken("RS256"), "a new key");
      await assertRefused("listed", oldListed, "a removed key, though the token was verified before");
      assert.equal(byUrl.count("/jwks"), 2);
      t.diagnostic(`${counts.old} requests with old keys and ${counts.new} with new ones, none rejected`);
    });

    test("check_14 it goes down: tokens of its last known keys pass, tokens of unknown keys do not", async () => {
      const tokens = await Promise.all(ALGORITHMS.map((alg) => byDiscovery.machineToken(alg)));
      const seen = tokens[0] as string;
      await assertTaken("discovered", seen);
      await byDiscovery.takeDown();
      for (const token of tokens) await assertTaken("discovered", token, "never seen, known key");
      const mallory = await newKey("ES256", "mallory");
      await assertRefused("discovered", await sign(mallory, claims(byDiscovery.issuer)), "unknown key");
      await assertTaken("discovered", seen);
    });
  });
});
