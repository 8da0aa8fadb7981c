// The JSON Schema of the configuration agrees with the reader: it accepts what the reader accepts, and rejects the
// mistakes that a schema can express.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parse } from "smol-toml";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { initSync, read } = (await import(
  new URL("../../edge-worker/command/generated/config_check.js", import.meta.url).href
)) as { initSync(options: { module: Uint8Array }): void; read(table: string): string };
initSync({ module: await readFile(join(root, "edge-worker/command/generated/config_check_bg.wasm")) });

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Table = { [name: string]: Json };
interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  examples?: Json[];
  default?: Json;
  description?: string;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
}

const json = async (path: string) => JSON.parse(await readFile(join(root, path), "utf8"));
const schema: Schema = await json("edge-worker/package/latchkey.schema.json");
const options = { allowUnionTypes: true, strictRequired: false, strictTypes: false };
const accepts = new Ajv({ strict: true, ...options }).compile(schema);
const reader = (table: Json): string[] => JSON.parse(read(JSON.stringify(table)));

const FOREIGN = { issuer: "https://x.test", audience: "a", algorithms: ["RS256"], jwks_url: "https://x.test/jwks" };
const ROUTE = { path: "/api/*", methods: ["GET"], access: "token", upstream: "api" };
/** Each table of the configuration has an entry. */
const base = (): Table => ({
  issuer: "http://localhost:8787",
  audience: "a",
  sign_in: { elsewhere: { service: "USERS", path: "/sign-in" } },
  keys: {},
  limits: {},
  passwords: {},
  upstreams: { api: { service: "API" }, old: { url: "https://old.test", secret_binding: "S" } },
  routes: [{ ...ROUTE }],
  issuers: { x: { ...FOREIGN } },
});

/** A copy of the table with the value at the path changed. */
function changed(path: string, value: Json | undefined): Table {
  const table = structuredClone(base());
  const names = path.split("/");
  const last = names.pop() ?? "";
  // biome-ignore lint/suspicious/noExplicitAny: any part of a table
  const parent = names.reduce((part: any, name) => part[name], table);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return table;
}

/** Every key of the schema, with its path in {@link base}. */
function* keys(of: Schema, path = ""): Generator<[path: string, key: Schema]> {
  for (const [name, key] of Object.entries(of.properties ?? {})) {
    const here = path === "" ? name : `${path}/${name}`;
    yield [here, key];
    if (Array.isArray(key.type)) continue; // A JWK set, or a list of keys.
    if (key.properties) yield* keys(key, here);
    if (key.items?.properties) yield* keys(key.items, `${here}/0`);
    if (typeof key.additionalProperties !== "object") continue;
    yield* keys(key.additionalProperties, `${here}/${name === "upstreams" ? "old" : "x"}`);
  }
}

/** What an example needs beside it. */
const WITH: Record<string, (table: Table) => void> = {
  // biome-ignore-start lint/suspicious/noExplicitAny: any part of a table
  "upstreams/old/service": ({ upstreams }: any) => {
    upstreams.old = { service: upstreams.old.service };
  },
  "sign_in/elsewhere/url": ({ sign_in }: any) => {
    sign_in.elsewhere = { url: sign_in.elsewhere.url, secret_binding: "S", path: "/" };
  },
  "sign_in/elsewhere/secret_binding": ({ sign_in }: any) => {
    sign_in.elsewhere = { secret_binding: sign_in.elsewhere.secret_binding, url: "https://u.test", path: "/" };
  },
  "issuers/x/email_claim": (table) => {
    table.email_headers = true;
  },
  "issuers/x/discovery_url": ({ issuers }: any) => {
    delete issuers.x.jwks_url;
  },
  // biome-ignore-end lint/suspicious/noExplicitAny: as above
};

test("every key of the schema has a description, and its default and examples are accepted by the schema and the reader", () => {
  let count = 0;
  for (const [path, key] of keys(schema)) {
    assert.ok(key.description, path);
    const { examples = [], enum: words = [], minimum, maximum } = key;
    const defaults = key.default === undefined ? [] : [key.default];
    const bounds = [minimum, maximum].filter((bound) => bound !== undefined);
    for (const value of [...examples, ...words, ...defaults, ...bounds]) {
      // The examples have placeholders, which the reader rejects.
      const table: Table = JSON.parse(JSON.stringify(changed(path, value)).replaceAll("example.com", "acme.dev"));
      if (path === "sign_up") delete table.sign_in;
      // A delay must not be above its maximum, and a public route requires no roles.
      if (path === "limits/first_delay") (table.limits as Table).most_delay = value;
      if (path === "limits/most_delay") (table.limits as Table).first_delay = value;
      WITH[path]?.(table);
      assert.deepEqual(reader(table), [], `${path} = ${JSON.stringify(value)}: the reader`);
      assert.ok(accepts(table), `${path} = ${JSON.stringify(value)}: ${JSON.stringify(accepts.errors)}`);
      count++;
    }
  }
  assert.ok(count > 150, `${count} values`);
});

/** What both reject. `undefined` removes the key. */
const MISTAKES: [path: string, value: Json | undefined][] = [
  ["issuer", undefined],
  ["issuer", 1],
  ["issuer", "http://auth.latchkey.test"],
  ["issuer", "https://auth.latchkey.test/"],
  ["issuer", "auth.latchkey.test"],
  ["audience", ""],
  ["sing_up", "open"],
  ["sign_up", "yes"],
  ["allowed_origins", ["*"]],
  ["allowed_origins", "https://a.test"],
  ["allowed_origins", ["http://a.test"]],
  ["access_token_ttl", 0],
  ["access_token_ttl", 86_401],
  ["access_token_ttl", 1.5],
  ["access_token_ttl", "5m"],
  ["signatures", "openssl"],
  ["admin_credentials", ["secret"]],
  ["server_timing", "yes"],
  ["strip_headers", ["X-Tenant"]],
  ["sign_in/here", {}],
  ["sign_in/elsewhere", "https://users.test"],
  ["sign_in/elsewhere/path", "sign-in"],
  ["sign_in/elsewhere/path", "//evil.test"],
  ["sign_in/elsewhere/path", "/a b"],
  ["sign_in/elsewhere/path", "/a#b"],
  ["sign_in/elsewhere/timeout_ms", 99],
  ["keys/secret_bindings", "S"],
  ["keys/secret_bindings", [""]],
  ["keys/rotation", 1],
  ["limits/attempts", 0],
  ["limits", 3],
  ["passwords/memory", 19_455],
  ["passwords/imported", "md5"],
  ["upstreams", []],
  ["upstreams/api", {}],
  ["upstreams/api", { service: "" }],
  ["upstreams/api", { service: "A", port: 1 }],
  ["upstreams/api/url", "https://a.test"],
  ["upstreams/old/secret_binding", undefined],
  ["upstreams/old/url", "https://old.test/x"],
  ["upstreams/old/timeout", 301],
  ["routes", {}],
  ["routes/0", "/api/*"],
  ["routes/0/path", "api/*"],
  ["routes/0/path", "/a/*/b"],
  ["routes/0/path", "/a//b"],
  ["routes/0/path", undefined],
  ["routes/0/methods", []],
  ["routes/0/methods", "GET"],
  ["routes/0/methods", ["get"]],
  ["routes/0/methods", ["TRACE"]],
  ["routes/0/methods", ["*"]],
  ["routes/0/methods", ["GET, POST"]],
  ["routes/0/access", "Public"],
  ["routes/0/access", undefined],
  ["routes/0", { ...ROUTE, access: "public", roles: ["admin"] }],
  ["routes/0", { ...ROUTE, access: "public", max_auth_age: 60 }],
  ["routes/0", { ...ROUTE, access: "public", issuers: ["x"] }],
  ["routes/0/roles", ["a b"]],
  ["routes/0/max_auth_age", 0],
  ["routes/0/revocation", "5"],
  ["routes/0/revocation", "3601s"],
  ["routes/0/revocation", "0s"],
  ["routes/0/cache", "yes"],
  ["routes/0/revokation", "5s"],
  ["issuers/x/issuer", ""],
  ["issuers/x/audience", []],
  ["issuers/x/audience", undefined],
  ["issuers/x/algorithms", []],
  ["issuers/x/algorithms", ["none"]],
  ["issuers/x/algorithms", ["RS256", "HS256"]],
  ["issuers/x/leeway", 61],
  ["issuers/x/leeway", -1],
  ["issuers/x/typ", ""],
  ["issuers/x/jwks_url", "http://x.test/jwks"],
  ["issuers/x/jwks_url", "https://x.test/a b"],
  ["issuers/x/jwks_url", "/jwks"],
  ["issuers/x/jwks_url", undefined],
  ["issuers/x/discovery_url", "https://x.test/d"],
  ["issuers/x/secret_binding", "S"],
  ["issuers/x/token_cookie", "a=b"],
  ["issuers/x/max_token_bytes", 16_385],
];

test("what a schema can express of the mistakes, the schema and the reader reject", () => {
  assert.deepEqual(reader(base()), []);
  assert.ok(accepts(base()), JSON.stringify(accepts.errors));
  for (const [path, value] of MISTAKES) {
    const table = changed(path, value);
    const what = `${path} = ${JSON.stringify(value)}`;
    assert.notDeepEqual(reader(table), [], `${what}: the reader`);
    assert.equal(accepts(table), false, `${what}: the schema`);
  }
});

test("the schemas of a file: the table at the top level and in each environment, without and with wrangler's own", async () => {
  const ajv = new Ajv({ strict: false, ...options, logger: false });
  // Where editors find them: both packages are in node_modules.
  const folder = "file:///node_modules/latchkey-worker/";
  const [file, both] = await Promise.all(
    ["schema.json", "wrangler.schema.json"].map((name) => json(`edge-worker/package/${name}`)),
  );
  const [wrangler, own] = both.allOf.map(({ $ref }: { $ref: string }) => new URL($ref, folder).href);
  ajv.addSchema(await json("node_modules/wrangler/config-schema.json"), wrangler);
  ajv.addSchema(file, own);
  assert.doesNotMatch(JSON.stringify(file), /"\$ref":"[^#]/, "editors of TOML follow no references to other files");
  const fitsOwn = ajv.compile(file);
  const fitsBoth = ajv.compile({ ...both, $id: `${folder}wrangler.schema.json` });
  const examples = (await readdir(join(root, "examples"))).map((name) => `examples/${name}/wrangler.toml`);
  for (const path of ["edge-worker/wrangler.toml", ...examples]) {
    const content = JSON.parse(JSON.stringify(parse(await readFile(join(root, path), "utf8"))));
    const wrong = structuredClone(content);
    wrong.env.production.vars.LATCHKEY.sing_up = "open";
    for (const fits of [fitsOwn, fitsBoth]) {
      assert.ok(fits(content), `${path}: ${JSON.stringify(fits.errors)}`);
      assert.equal(fits(wrong), false, `${path}: a mistake in an environment`);
    }
    const mistyped = { ...content, mian: "index.js" };
    assert.deepEqual(
      [fitsOwn(mistyped), fitsBoth(mistyped)],
      [true, false],
      `${path}: a mistake in wrangler's own keys`,
    );
  }
  for (const fits of [fitsOwn, fitsBoth]) {
    assert.ok(fits({ name: "a", vars: { LATCHKEY: JSON.stringify(base()) } }), "as JSON in a text");
    assert.ok(fits({ name: "a", vars: { LATCHKEY: base(), OTHER: "text" } }), JSON.stringify(fits.errors));
    assert.equal(fits({ name: "a", vars: { LATCHKEY: { issuer: 1 } } }), false);
  }
});
