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

type Block = Record<string, unknown> & { issuer: string; jwks_url?: string; discovery_url?: string };

interface Sample {
  /** The entry's name in the document. */
  entry: string;
  what: string;
  /** Header parameters besides `alg`; a `kid` that is undefined is left out. */
  header: Record<string, unknown>;
  /** Claims besides the dates. */
  claims: Record<string, unknown>;
  /** What the upstream receives. */
  seen: { subject: string; roles?: string; scope?: string; session?: string };
}

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

const TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const OTHER_TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const USER = "7f3d2c1a-9a4b-4c55-8d0f-2f6f1c9be001";
const entra = (iss: string, aud: string, ver: string, tid: string) => ({
  ...{ aud, iss, ver, tid, oid: USER, sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", uti: randomUUID() },
  ...{ acct: 0, scp: "Notes.Read Notes.Write", roles: ["Notes.Admin"], aio: "E2ZgYOjZ", xms_ftd: "x" },
  groups: Array.from({ length: 200 }, () => randomUUID()),
});
const SAMPLES: Sample[] = [
  ...["JWT", "at+jwt"].map((typ) => ({
    entry: "auth0",
    what: `access token, ${typ}`,
    header: { typ },
    claims: {
      ...{ iss: "https://example.eu.auth0.com/", sub: "auth0|5f7c8ec7c33c6c004bbafe82", azp: "my_client_id" },
      ...{ aud: ["https://api.example.com", "https://example.eu.auth0.com/userinfo"], scope: "openid profile" },
      permissions: ["read:notes", "delete:notes"],
    },
    seen: { subject: "auth0|5f7c8ec7c33c6c004bbafe82", roles: "read:notes delete:notes", scope: "openid profile" },
  })),
  {
    entry: "cognito",
    what: "access token",
    header: {},
    claims: {
      ...{ iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12", sub: USER, version: 2 },
      ...{ client_id: "3n4b5urk1ft4fl3mg5e62d9ado", token_use: "access", scope: "notes/read", username: "ada" },
      ...{ "cognito:groups": ["Billing Admin", "staff"], origin_jti: randomUUID(), event_id: randomUUID() },
      auth_time: Math.floor(Date.now() / 1000),
    },
    seen: { subject: USER, roles: "Billing%20Admin staff", scope: "notes/read" },
  },
  {
    entry: "cognito-id",
    what: "ID token",
    header: {},
    claims: {
      ...{ iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12", sub: USER },
      ...{ aud: "1h57kf5cpq17m0eml12example", token_use: "id", "cognito:username": "ada", "cognito:groups": ["staff"] },
      ...{ email: "ada@example.com", email_verified: true, at_hash: "x" },
    },
    seen: { subject: USER, roles: "staff" },
  },
  {
    entry: "okta",
    what: "access token of a custom authorization server",
    header: {},
    claims: {
      ...{ ver: 1, iss: "https://example.okta.com/oauth2/default", aud: "api://default", cid: "0oabc", uid: "00u1" },
      ...{ scp: ["openid", "notes.read"], sub: "ada@example.com", groups: ["Everyone", "Notes Editors"] },
      auth_time: Math.floor(Date.now() / 1000),
    },
    seen: { subject: "ada@example.com", roles: "Everyone Notes%20Editors", scope: "openid notes.read" },
  },
  {
    entry: "okta-org",
    what: "ID token of the org server",
    header: {},
    claims: {
      ...{ ver: 1, iss: "https://example.okta.com", aud: "0oa1example2client3id", sub: "00uid4BxXw6I6TV4m0g3" },
      ...{ idp: "00o1", amr: ["pwd"], groups: ["Everyone"], at_hash: "x" },
    },
    seen: { subject: "00uid4BxXw6I6TV4m0g3", roles: "Everyone" },
  },
  {
    entry: "entra",
    what: "access token v2 with 200 groups",
    header: { typ: "JWT" },
    claims: entra(
      `https://login.microsoftonline.com/${TENANT}/v2.0`,
      "6e74172b-be56-4843-9ff4-e66a39bb12e3",
      "2.0",
      TENANT,
    ),
    seen: {
      subject: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
      ...{ roles: "Notes.Admin", scope: "Notes.Read Notes.Write" },
    },
  },
  {
    entry: "entra-v1",
    what: "access token v1 with 200 groups",
    header: { typ: "JWT", x5t: "kg2LYs2T0CTjIfj4rt6JIynen38" },
    claims: entra(`https://sts.windows.net/${TENANT}/`, "api://6e74172b-be56-4843-9ff4-e66a39bb12e3", "1.0", TENANT),
    seen: {
      subject: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
      ...{ roles: "Notes.Admin", scope: "Notes.Read Notes.Write" },
    },
  },
  {
    entry: "entra-tenants",
    what: "access token of one of several tenants",
    header: { typ: "JWT" },
    claims: entra(
      `https://login.microsoftonline.com/${OTHER_TENANT}/v2.0`,
      "0f2ff5b6-6f3c-4a0a-bd0e-1d4f4b0a7f11",
      "2.0",
      OTHER_TENANT,
    ),
    seen: {
      subject: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
      ...{ roles: "Notes.Admin", scope: "Notes.Read Notes.Write" },
    },
  },
  {
    entry: "google",
    what: "ID token",
    header: { typ: "JWT" },
    claims: {
      ...{ iss: "https://accounts.google.com", azp: "1234-web.apps.googleusercontent.com" },
      ...{ aud: "1234-ios.apps.googleusercontent.com", sub: "110169484474386276334", hd: "example.com" },
      ...{ email: "ada@example.com", email_verified: true, name: "Ada Lovelace", locale: "en" },
    },
    seen: { subject: "110169484474386276334" },
  },
  {
    entry: "firebase",
    what: "ID token",
    header: { typ: "JWT" },
    claims: {
      ...{
        iss: "https://securetoken.google.com/example-project",
        aud: "example-project",
        sub: "xYz1",
        user_id: "xYz1",
      },
      ...{ auth_time: Math.floor(Date.now() / 1000), roles: ["editor"] },
      firebase: { identities: { email: ["ada@example.com"] }, sign_in_provider: "password" },
    },
    seen: { subject: "xYz1", roles: "editor" },
  },
  {
    entry: "clerk",
    what: "session token",
    header: { typ: "JWT", cat: "cl_B7d4PD111AAA" },
    claims: {
      ...{
        iss: "https://clerk.example.com",
        azp: "https://admin.example.com",
        sub: "user_2abc",
        sid: "sess_2abc",
        v: 2,
      },
      ...{ sts: "active", fva: [1, -1], pla: "o:free", o: { id: "org_1", rol: "admin", slg: "acme", per: "read" } },
    },
    seen: { subject: "user_2abc", roles: "admin", session: "sess_2abc" },
  },
  {
    entry: "workos",
    what: "access token",
    header: {},
    claims: {
      ...{ iss: "https://api.workos.com/user_management/client_01EXAMPLE", sub: "user_01HBEQ", org_id: "org_01HRDM" },
      ...{ role: "member", roles: ["member"], permissions: ["posts:read", "posts:write"], sid: "session_01HQSX" },
    },
    seen: {
      ...{ subject: "user_01HBEQ", roles: "member", scope: "posts:read posts:write", session: "session_01HQSX" },
    },
  },
  ...["supabase", "supabase-legacy"].map((entry) => ({
    entry,
    what: "access token",
    header: { typ: "JWT", ...(entry === "supabase" ? {} : { kid: "IBZFPqpuE0oC+hnZ" }) },
    claims: {
      ...{ iss: "https://exampleref.supabase.co/auth/v1", aud: "authenticated", sub: USER, role: "authenticated" },
      ...{ email: "ada@example.com", phone: "", aal: "aal1", session_id: randomUUID(), is_anonymous: false },
      ...{ app_metadata: { provider: "email", roles: ["editor"] }, amr: [{ method: "password", timestamp: 1 }] },
    },
    seen: { subject: USER, roles: "editor" },
  })),
  {
    entry: "keycloak",
    what: "access token",
    header: { typ: "JWT" },
    claims: {
      ...{ iss: "https://id.example.com/realms/acme", aud: ["app.acme.com", "account"], sub: USER, typ: "Bearer" },
      ...{ azp: "notes-web", sid: "2c0b", acr: "1", scope: "openid email", "allowed-origins": ["*"] },
      ...{ realm_access: { roles: ["offline_access"] }, preferred_username: "ada", auth_time: 1_700_000_000 },
      resource_access: { "app.acme.com": { roles: ["editor"] }, account: { roles: ["view-profile"] } },
    },
    seen: { subject: USER, roles: "editor", scope: "openid email", session: "2c0b" },
  },
  ...["JWT", "at+jwt"].map((typ) => ({
    entry: "zitadel",
    what: `access token, ${typ}`,
    header: { typ },
    claims: {
      ...{ iss: "https://acme-x1y2z3.zitadel.cloud", sub: "165460784409546753", client_id: "3129@notes" },
      aud: ["3129@notes", "312909075212468632"],
      "urn:zitadel:iam:org:project:roles": { admin: { 123: "acme.example.com" }, reader: { 123: "acme.example.com" } },
    },
    seen: { subject: "165460784409546753", roles: "admin reader" },
  })),
  {
    entry: "logto",
    what: "access token",
    header: { typ: "at+jwt" },
    claims: {
      ...{ iss: "https://acme.logto.app/oidc", aud: "https://api.example.com", sub: "4j5v8k2m1n0p" },
      ...{ client_id: "app1", scope: "read:notes", roles: ["editor"] },
    },
    seen: { subject: "4j5v8k2m1n0p", roles: "editor", scope: "read:notes" },
  },
  {
    entry: "authentik",
    what: "access token",
    header: { typ: "JWT" },
    claims: {
      ...{
        iss: "https://auth.example.com/application/o/notes/",
        aud: "dXyzExampleClientId",
        azp: "dXyzExampleClientId",
      },
      ...{
        sub: "9b5f2b4a",
        groups: ["authentik Admins", "staff"],
        uid: "x",
        acr: "goauthentik.io/providers/oauth2/default",
      },
      ...{ scope: "openid profile", auth_time: 1_700_000_000, amr: ["pwd"] },
    },
    seen: { subject: "9b5f2b4a", roles: "authentik%20Admins staff", scope: "openid profile" },
  },
  {
    entry: "access",
    what: "a user's token",
    header: { typ: "JWT" },
    claims: {
      ...{ iss: "https://acme.cloudflareaccess.com", type: "app", identity_nonce: "6ei69kawdKzMIAPF", country: "US" },
      aud: ["32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"],
      ...{ sub: "7335d417-61da-459d-899c-0a01c76a2f94", email: "ada@example.com" },
    },
    seen: { subject: "7335d417-61da-459d-899c-0a01c76a2f94" },
  },
  {
    entry: "access",
    what: "a service's token",
    header: {},
    claims: {
      ...{
        iss: "https://acme.cloudflareaccess.com",
        type: "app",
        common_name: "e367826f93b8d71185e03fe518aff3b4.access",
      },
      ...{ aud: ["32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"], sub: "" },
    },
    seen: { subject: "e367826f93b8d71185e03fe518aff3b4.access" },
  },
  {
    entry: "github",
    what: "ID token of a workflow",
    header: { typ: "JWT", x5t: "ykNaY4qM_ta4k2TgZOCEYLkcYlA" },
    claims: {
      ...{ iss: "https://token.actions.githubusercontent.com", aud: "https://api.example.com", ref: "refs/heads/main" },
      ...{ sub: "repo:octo-org/octo-repo:ref:refs/heads/main", repository: "octo-org/octo-repo", run_attempt: "1" },
      ...{ job_workflow_ref: "octo-org/octo-repo/.github/workflows/x.yml@refs/heads/main", actor: "octocat" },
    },
    seen: { subject: "repo:octo-org/octo-repo:ref:refs/heads/main", roles: "octo-org/octo-repo" },
  },
  {
    entry: "cluster",
    what: "a service account's token",
    header: {},
    claims: {
      iss: "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
      ...{ aud: ["https://api.example.com"], sub: "system:serviceaccount:shop:orders" },
      "kubernetes.io": { namespace: "shop", pod: { name: "orders-1", uid: USER }, warnafter: 1_700_000_000 },
    },
    seen: { subject: "system:serviceaccount:shop:orders" },
  },
  {
    entry: "hydra",
    what: "access token",
    header: { typ: "JWT" },
    claims: {
      ...{ iss: "https://hydra.example.com/", aud: ["https://api.example.com"], client_id: "notes", ext: {} },
      ...{ sub: "ada@example.com", scp: ["openid", "notes"] },
    },
    seen: { subject: "ada@example.com", scope: "openid notes" },
  },
];

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
