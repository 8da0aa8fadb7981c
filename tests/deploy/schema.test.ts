// The JSON Schema of the configuration agrees with the reader: it accepts what the reader accepts, and rejects the
// mistakes that a schema can express.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parse } from "smol-toml";
import { type Json, MISTAKES, ROUTE } from "./schema/mistakes.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { initSync, read } = (await import(
  new URL("../../edge-worker/command/generated/config_check.js", import.meta.url).href
)) as { initSync(options: { module: Uint8Array }): void; read(table: string): string };
initSync({ module: await readFile(join(root, "edge-worker/command/generated/config_check_bg.wasm")) });

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
/** The name of a resource is the path of a route that requires scopes. */
const RESOURCE = "/mcp";
/** Each table of the configuration has an entry. */
const base = (): Table => ({
  issuer: "http://localhost:8787",
  audience: "a",
  sign_in: { elsewhere: { service: "USERS", path: "/sign-in" } },
  keys: {},
  limits: {},
  passwords: {},
  hooks: { service: "HOOKS", secret_binding: "S", path: "/" },
  user: {},
  passkeys: {},
  api_keys: {},
  second_factor: {},
  mail: { adapter: "cloudflare", from: "a@latchkey.test", texts: { x: {} } },
  providers: { x: { issuer: "https://p.test", client_id: "c", client_secret_binding: "S" } },
  upstreams: { api: { service: "API" }, old: { url: "https://old.test", secret_binding: "S" } },
  routes: [{ ...ROUTE }],
  issuers: { x: { ...FOREIGN } },
  oauth: {
    scopes: { x: { description: "x" }, "notes:read": { description: "Read your notes" } },
    clients: { x: { name: "x", grants: ["device_code"] } },
  },
});

/** A copy of the table with the value at the path changed. */
function changed(path: string, value: Json | undefined): Table {
  const table = structuredClone(base());
  if (path.startsWith("oauth/resources/")) {
    (table.oauth as Table).resources = { [RESOURCE]: { scopes: ["notes:read"] } };
    (table.routes as Table[]).push({ ...ROUTE, path: RESOURCE, scopes: ["notes:read"] });
  }
  const names = path.split("/").map((name) => name.replaceAll("~1", "/"));
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
    const entry = { upstreams: "old", resources: RESOURCE.replaceAll("/", "~1") }[name] ?? "x";
    yield* keys(key.additionalProperties, `${here}/${entry}`);
  }
}

const APPLE = { kind: "apple", client_id: "c", client_secret_binding: "S", team_id: "T", key_id: "K" };

/** What each way to send mails needs. */
const MAIL_BY_ADAPTER: Record<string, Table> = {
  cloudflare: {},
  resend: { secret_binding: "S" },
  postmark: { secret_binding: "S" },
  ses: { secret_binding: "S", region: "eu-central-1", access_key_id: "AKIA" },
  worker: { service: "MAIL" },
};

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
  "passkeys/rp_id": (table: any) => {
    table.issuer = `https://login.${table.passkeys.rp_id}`;
  },
  "hooks/url": ({ hooks }: any) => {
    delete hooks.service;
  },
  "mail/adapter": ({ mail }: any) => {
    Object.assign(mail, MAIL_BY_ADAPTER[mail.adapter]);
  },
  "mail/secret_binding": ({ mail }: any) => {
    mail.adapter = "resend";
  },
  "mail/region": ({ mail }: any) => {
    Object.assign(mail, { ...MAIL_BY_ADAPTER.ses, adapter: "ses", region: mail.region });
  },
  "mail/access_key_id": ({ mail }: any) => {
    Object.assign(mail, { ...MAIL_BY_ADAPTER.ses, adapter: "ses", access_key_id: mail.access_key_id });
  },
  "mail/service": ({ mail }: any) => {
    mail.adapter = "worker";
  },
  "mail/path": ({ mail }: any) => {
    Object.assign(mail, { adapter: "worker", service: "MAIL" });
  },
  "providers/x/kind": ({ providers }: any) => {
    if (providers.x.kind === "apple") providers.x = { ...APPLE };
    if (providers.x.kind === "github") delete providers.x.issuer;
  },
  "providers/x/team_id": ({ providers }: any) => {
    providers.x = { ...APPLE, team_id: providers.x.team_id };
  },
  "providers/x/key_id": ({ providers }: any) => {
    providers.x = { ...APPLE, key_id: providers.x.key_id };
  },
  "providers/x/tenants": ({ providers }: any) => {
    providers.x.issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
  },
  "providers/x/keep_tokens": (table) => {
    table.keys = { secret_bindings: ["SEAL"] };
  },
  "issuers/x/email_claim": (table) => {
    table.email_headers = true;
  },
  [`oauth/resources/${RESOURCE.replaceAll("/", "~1")}/server`]: ({ oauth }: any) => {
    const server = { name: "x", grants: ["token_exchange"], secret_sha256: ["0".repeat(64)] };
    oauth.clients[oauth.resources[RESOURCE].server] = server;
  },
  "oauth/clients/x/grants": ({ oauth }: any) => {
    // A public client can't prove who it is.
    oauth.clients.x.secret_sha256 = ["0".repeat(64)];
    oauth.clients.x.redirect_uris = ["https://x.test/"];
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
  const examples = (await readdir(join(root, "examples")))
    .map((name) => `examples/${name}/wrangler.toml`)
    .filter((path) => existsSync(join(root, path)));
  assert.equal(examples.length, 3);
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
