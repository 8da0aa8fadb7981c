// Every block of docs/issuers.md, by tokens of the shape that the issuer's documentation describes. They are signed
// with keys of this test, which are served in place of the issuer's; everything else of a block is used as it stands.
// No issuer is contacted.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, describe, test } from "node:test";
import { parse } from "smol-toml";
import { assertProblem } from "../harness/contract.ts";
import { startEcho } from "../harness/echo.ts";
import { type Answer, ask } from "../harness/http.ts";
import { json, startListener } from "../harness/listener.ts";
import { startGate } from "./issuers/gate.ts";
import { newKey, sign } from "./issuers/keys.ts";
import { SAMPLES, type Sample } from "./issuers/samples.ts";

type Block = Record<string, unknown> & { issuer: string; jwks_url?: string; discovery_url?: string };

const SECRET = randomBytes(40).toString("base64");
const document = await readFile(new URL("../../docs/issuers.md", import.meta.url), "utf8");
const blocks: Record<string, Block> = Object.fromEntries(
  [...document.matchAll(/^```toml$([\s\S]*?)^```$/gm)].flatMap(([, toml]) => {
    const { env } = parse(toml ?? "") as unknown as {
      env: { production: { vars: { LATCHKEY: { issuers: Record<string, Block> } } } };
    };
    return Object.entries(env.production.vars.LATCHKEY.issuers);
  }),
);

const NAMED = [
  ...["Auth0", "Amazon Cognito", "Okta", "Entra ID", "Google", "Firebase", "Clerk", "WorkOS", "Supabase", "Keycloak"],
  ...["Zitadel", "Logto", "authentik", "Cloudflare Access", "GitHub Actions", "Kubernetes", "Ory Hydra"],
];

const [upstream, listener] = [await startEcho(), await startListener()];
const [rs256, es256, es384, encryption] = await Promise.all([
  newKey("RS256", "sig-1"),
  newKey("ES256", "sig-1"),
  newKey("ES384", "sig-1"),
  newKey("RS256", "enc-1"),
]);
const keyOf = (block: Block) => {
  const [alg] = block.algorithms as string[];
  return { RS256: rs256, ES256: es256, ES384: es384, HS256: { alg: "HS256", private: Buffer.from(SECRET) } }[alg ?? ""];
};
/** As the issuers' sets are: without `alg` some, with keys for encryption and members that no verifier reads. */
const setOf = (block: Block) => {
  const { alg: _, ...jwk } = (keyOf(block) as typeof rs256).jwk;
  const others = [{ ...encryption.jwk, use: "enc", alg: "RSA-OAEP" }];
  return { keys: [...others, { ...jwk, x5c: ["MIIC"], x5t: "x", issuer: block.issuer }], public_certs: [] };
};
const served = (name: string, block: Block): Block => {
  if (block.discovery_url)
    listener.on(`/${name}`, json({ issuer: block.issuer, jwks_uri: `${listener.origin}/${name}/keys` }));
  if (block.jwks_url ?? block.discovery_url) listener.on(`/${name}/keys`, json(setOf(block)));
  return {
    ...block,
    ...(block.jwks_url ? { jwks_url: `${listener.origin}/${name}/keys` } : {}),
    ...(block.discovery_url ? { discovery_url: `${listener.origin}/${name}` } : {}),
  };
};
const methods = ["GET", "POST"];
const gate = await startGate({
  upstream: upstream.origin,
  secrets: { SUPABASE_JWT_SECRET: SECRET },
  issuers: Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, served(name, block)])),
  routes: [
    { path: "/migration/*", issuers: ["supabase", "supabase-legacy"] },
    { path: "/deploy/*", issuers: ["github"], roles: ["octo-org/octo-repo"] },
    { path: "/behind-access/*", issuers: ["access"], methods },
    { path: "/kept/*", issuers: ["access"], methods, keep_headers: ["cf-access-jwt-assertion"] },
  ],
});
after(() => Promise.all([gate.stop(), upstream.stop(), listener.stop()]));

const mint = ({ entry, header, claims }: Sample, over: Record<string, unknown> = {}) => {
  const now = Math.floor(Date.now() / 1000);
  const key = keyOf(blocks[entry] as Block) as typeof rs256;
  const dates = { iat: now, nbf: now, exp: now + 300, jti: randomUUID() };
  return sign(key, { ...dates, ...claims, ...over }, { typ: undefined, ...header });
};
const saw = (answer: Answer) =>
  new Map<string, string>(answer.json().headers.map(([name, value]: [string, string]) => [name.toLowerCase(), value]));

test("every issuer has a row in the table and a block, and every block a sample", () => {
  const rows = [...document.matchAll(/^\| \[(.+?)\]\(#(.+?)\) \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows, NAMED);
  for (const name of NAMED) assert.match(document, new RegExp(`^## ${name}$[^#]*?^\`\`\`toml$`, "m"), name);
  assert.deepEqual(new Set(SAMPLES.map(({ entry }) => entry)), new Set(Object.keys(blocks)));
});

describe("each block accepts its issuer's tokens", () => {
  for (const sample of SAMPLES) {
    test(`${sample.entry}: ${sample.what}`, async () => {
      const block = blocks[sample.entry] as Block;
      const token = await mint(sample);
      if ("groups" in sample.claims && sample.entry.startsWith("entra"))
        assert.ok(token.length > 8192, `${token.length}`);
      const answer = await gate.take(sample.entry, token);
      assert.equal(answer.status, 200, answer.text);
      const seen = saw(answer);
      const { subject, roles = "", scope = "", session = "" } = sample.seen;
      assert.equal(seen.get("latchkey-issuer"), sample.claims.iss);
      assert.equal(seen.get("latchkey-subject"), subject);
      assert.equal(seen.get("latchkey-roles") ?? "", roles);
      assert.equal(seen.get("latchkey-scope") ?? "", scope);
      assert.equal(seen.get("latchkey-session") ?? "", session);

      const claim = String(block.audience_claim ?? "aud");
      for (const over of [{ [claim]: "another-audience" }, { [claim]: undefined }, { iss: `${sample.claims.iss}x` }])
        assertProblem(await gate.take(sample.entry, await mint(sample, over)), "invalid_token", {
          what: JSON.stringify(over),
        });
      const past = Math.floor(Date.now() / 1000) - 1;
      assertProblem(await gate.take(sample.entry, await mint(sample, { exp: past })), "invalid_token");
    });
  }

  test("Supabase: during the migration a route accepts both", async () => {
    for (const sample of SAMPLES.filter(({ entry }) => entry.startsWith("supabase")))
      assert.equal((await gate.take("migration", await mint(sample))).status, 200, sample.entry);
  });

  test("GitHub Actions: a route may require a repository", async () => {
    const sample = SAMPLES.find(({ entry }) => entry === "github") as Sample;
    assert.equal((await gate.take("deploy", await mint(sample))).status, 200);
    const other = await mint(sample, { repository: "octo-org/other", sub: "repo:octo-org/other:ref:refs/heads/main" });
    assertProblem(await gate.take("deploy", other), "insufficient_scope");
  });
});

describe("Cloudflare Access: the token in its own header or cookie", () => {
  const [user, service] = SAMPLES.filter(({ entry }) => entry === "access") as [Sample, Sample];
  const take = (headers: Record<string, string>, method = "GET", route = "behind-access") =>
    ask(gate.origin, `/${route}/x`, { method, headers });
  const header = (token: string) => ({ "Cf-Access-Jwt-Assertion": token });
  const cookie = (token: string) => ({ Cookie: `theme=dark; CF_Authorization=${token}` });

  test("either names the caller, and neither reaches the upstream", async () => {
    for (const sample of [user, service]) {
      const token = await mint(sample);
      for (const headers of [header(token), cookie(token), { ...header(token), ...cookie(token) }]) {
        const answer = await take(headers);
        assert.equal(answer.status, 200, answer.text);
        const seen = saw(answer);
        assert.equal(seen.get("latchkey-subject"), sample.seen.subject);
        assert.equal(answer.text.includes(token), false, "the upstream doesn't see the token");
        if ("Cookie" in headers) assert.equal(seen.get("cookie"), "theme=dark");
      }
    }
    const kept = await take(header(await mint(user)), "GET", "kept");
    assert.ok(saw(kept).get("cf-access-jwt-assertion"), "unless its route keeps the header");
  });

  test("an invalid token is not replaced by one in another place", async () => {
    const [good, bad] = [await mint(user), await mint(user, { aud: ["another application"] })];
    for (const headers of [
      header(bad),
      cookie(bad),
      { ...header(bad), ...cookie(good) },
      { ...header(good), Authorization: `Bearer ${bad}` },
      { Cookie: `CF_Authorization=${good}; CF_Authorization=${good}` },
      header(`${good},${good}`),
      header(""),
      { "Cf-Access-Jwt-Assertion-2": good },
      { Cookie: `cf_authorization=${good}` },
    ])
      assert.equal((await take(headers as Record<string, string>)).status, 401, JSON.stringify(headers).slice(0, 60));
    // A route of another issuer doesn't look there.
    assert.equal((await take(header(good), "GET", "google")).status, 401);
    assert.equal((await take(cookie(good), "GET", "google")).status, 401);
  });

  test("a page of another site can't make a browser change anything with the cookie", async () => {
    const token = await mint(user);
    const ours = { Origin: "http://localhost:8787" };
    for (const [headers, method, status] of [
      [header(token), "POST", 200],
      [{ ...header(token), ...ours }, "POST", 200],
      [{ ...cookie(token), ...ours }, "POST", 200],
      [{ ...cookie(token), "Sec-Fetch-Site": "same-origin" }, "POST", 200],
      [{ ...cookie(token), Origin: "https://evil.example" }, "GET", 200],
      [cookie(token), "POST", 401],
      [{ ...header(token), Origin: "https://evil.example" }, "POST", 401],
      [{ ...cookie(token), Origin: "https://evil.example" }, "POST", 401],
      [{ ...header(token), Origin: "null" }, "POST", 401],
      [{ ...header(token), "Sec-Fetch-Site": "cross-site" }, "POST", 401],
      [{ ...header(token), "Sec-Fetch-Site": "same-site" }, "POST", 401],
      [{ ...header(token), Origin: "https://evil.example", "Sec-WebSocket-Version": "13" }, "GET", 401],
    ] as const) {
      const answer = await take(headers as Record<string, string>, method);
      assert.equal(
        answer.status,
        status,
        `${method} ${JSON.stringify({ ...headers, token: "" }).slice(-80)} ${answer.text}`,
      );
    }
  });

  test("forward-auth doesn't look there", async () => {
    const forwarded = { "X-Original-Method": "GET", "X-Original-URI": "/behind-access/x" };
    const token = await mint(user);
    assert.equal((await ask(gate.origin, "/auth/verify", { headers: { ...forwarded, ...header(token) } })).status, 401);
    const bearer = { ...forwarded, Authorization: `Bearer ${token}` };
    assert.equal((await ask(gate.origin, "/auth/verify", { headers: bearer })).status, 204);
  });
});
