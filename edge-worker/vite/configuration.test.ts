import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { checkConfig } from "../command/config-check.ts";
import { parseConfig } from "../command/wrangler-config.ts";
import { configurationOf, serverSettings } from "./configuration.ts";
import { placeholdersIn } from "./placeholders.ts";
import { addMissingSecrets } from "./secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "latchkey-vite-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const TOML = `
[assets]
directory = "dist"
binding = "ASSETS"

[vars.LATCHKEY]
issuer = "http://localhost:5173"
audience = "http://localhost:5173/api"
keys.secret_bindings = ["SEAL", "OLD_SEAL"]
upstreams.api = { url = "http://127.0.0.1:3001", secret_binding = "GATE_SECRET" }
upstreams.page.service = "ASSETS"
issuers.other = { issuer = "https://login.example.com", secret_binding = "THEIR_SECRET" }

[[vars.LATCHKEY.routes]]
path = "/api/*"
upstream = "api"

[[vars.LATCHKEY.routes]]
path = "/api/schema.json"
upstream = "page"

[[vars.LATCHKEY.routes]]
path = "/*"
upstream = "page"
`;

const read = (text: string, name = "wrangler.toml") =>
  configurationOf({ path: join(folder, name), name, content: parseConfig(name, text) });

describe("which paths the Worker answers", () => {
  const configuration = read(TOML);

  test("those of routes to other upstreams than the page's; the closest route decides", () => {
    const paths = ["/api", "/api/notes", "/api/schema.json", "/", "/src/main.ts", "/@vite/client", "/apis", "/authors"];
    const answered = paths.filter((path) => configuration.isForWorker(path));
    assert.deepEqual(answered, ["/api", "/api/notes"]);
  });

  test("every path of the service", () => {
    const source = readFileSync(new URL("../../auth-core/src/wire/paths.rs", import.meta.url), "utf8");
    const paths = [...source.matchAll(/"(\/[a-z][^"]*)"/g)].map(([, path]) => path ?? "");
    assert.ok(paths.includes("/auth/sign-in") && paths.includes("/admin/users"));
    assert.deepEqual(
      paths.filter((path) => !configuration.isForWorker(path)),
      [],
    );
    assert.ok(configuration.isForWorker("/admin/users/1/roles"));
  });

  test("without a page, every route", () => {
    const { isForWorker } = read(TOML.replace('binding = "ASSETS"', ""));
    assert.ok(isForWorker("/"));
  });
});

test("the table for another origin, if it is another one", () => {
  const { movedTo, port, assets } = read(TOML);
  assert.equal(movedTo("http://localhost:5173"), undefined);
  const moved = JSON.parse(movedTo("http://localhost:8000") ?? "");
  assert.equal(moved.issuer, "http://localhost:8000");
  assert.equal(moved.audience, "http://localhost:8000/api");
  assert.deepEqual([port, assets], [5173, "dist"]);
});

test("Vite listens on the issuer's port and answers no preflight, unless its configuration says so", () => {
  const configuration = read(TOML);
  assert.deepEqual(serverSettings(undefined, configuration), { port: 5173, cors: false });
  assert.deepEqual(serverSettings({}, read("vars.LATCHKEY = {}")), { cors: false });
  assert.deepEqual(serverSettings({ port: 8000, cors: { origin: "http://localhost:1" } }, configuration), {});
});

test("placeholders are named with their lines, as `check` names them, also while the issuer is on localhost", async () => {
  const text = TOML.replace("http://127.0.0.1:3001", "https://api.example.com").replace("login.example.com", "a.test");
  const lines = async (text: string) =>
    placeholdersIn(await checkConfig(parseConfig("wrangler.toml", text), "", undefined), "wrangler.toml", text);
  assert.deepEqual(await lines(text), [
    'wrangler.toml:10: upstreams.api.url: found "https://api.example.com", expected a value of your own in place of the placeholder api.example.com',
  ]);
  assert.deepEqual(
    await lines(text.replace("api.example.com", "api.test")),
    [],
    "other mistakes are the Worker's to print",
  );
});

test("a file in JSON with comments", () => {
  const text = '{ "vars": { "LATCHKEY": { "issuer": "http://localhost:8000" /* here */ } } }';
  assert.equal(read(text, "wrangler.jsonc").port, 8000);
});

test("a table that says nothing, a file without the table, and one that is not TOML", () => {
  const nothing = read("vars.LATCHKEY = {}");
  assert.deepEqual([nothing.port, nothing.assets, nothing.secrets], [undefined, undefined, []]);
  assert.ok(nothing.isForWorker("/auth/refresh"));
  assert.ok(!nothing.isForWorker("/"));
  assert.throws(() => read("name = 'a'"), /^Mistake: wrangler.toml: found no table vars.LATCHKEY in the top level\./);
  assert.throws(() => read("a = ["), /^Mistake: wrangler\.toml:1: found invalid TOML \([^\n]+\)$/);
});

test("secrets of one's own get random values, once; those of other issuers are left to the developer", async () => {
  const { secrets } = read(TOML);
  const file = join(folder, ".dev.vars");
  writeFileSync(file, "# mine\nexport SEAL = 'set'");
  const [note] = await addMissingSecrets(file, secrets);
  assert.equal(note, "wrote random values for OLD_SEAL, GATE_SECRET to .dev.vars");
  const text = readFileSync(file, "utf8");
  const value = "[A-Za-z0-9+/]{43}=";
  assert.match(text, new RegExp(`^# mine\nexport SEAL = 'set'\nOLD_SEAL="${value}"\nGATE_SECRET="${value}"\n$`));
  assert.deepEqual(await addMissingSecrets(file, secrets), []);
  assert.equal(readFileSync(file, "utf8"), text);
  assert.equal(new Set(text.match(new RegExp(value, "g"))).size, 2);
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
});
