// What `npm run deploy` sends, without an account: the dry run, and a Worker with production's own configuration.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "smol-toml";
import { assertProblem } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { untilLogged } from "../harness/log.ts";
import { startStack } from "../harness/stack.ts";
import { newEmail, PASSWORD, post } from "../harness/visitor.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Part {
  durable_objects: { bindings: { name: string; class_name: string }[] };
  vars: { LATCHKEY: Record<string, unknown> & { issuer: string; keys: { secret_bindings: string[] } } };
  migrations: { tag: string; new_sqlite_classes: string[] }[];
  workers_dev: boolean;
}
const file = parse(await readFile(join(root, "edge-worker", "wrangler.toml"), "utf8")) as unknown as Part & {
  env: { production: Part };
};
const { production } = file.env;
/** The configuration, once a deployer has replaced the placeholders. */
const filledIn = JSON.parse(
  JSON.stringify(production.vars.LATCHKEY).replaceAll("app.example.com", "app.latchkey.test"),
) as Part["vars"]["LATCHKEY"];

/** `npm run deploy`, without an account. */
const deploy = (args: string[]) =>
  promisify(execFile)(process.execPath, [join(root, "tools", "deploy.mjs"), "--dry-run", ...args], {
    cwd: root,
    env: { ...process.env, CLOUDFLARE_API_TOKEN: "", CLOUDFLARE_ACCOUNT_ID: "" },
    timeout: 300_000,
  });

test("a deployment with the placeholders of this repository is rejected before anything is sent", async () => {
  const failed = await deploy([]).then(
    () => assert.fail("deployed"),
    (error: { stdout: string; stderr: string }) => error,
  );
  assert.match(failed.stdout + failed.stderr, /issuer: found "https:\/\/app\.example\.com", expected .*placeholder/);
  assert.match(failed.stderr, /Nothing was deployed/);
  assert.doesNotMatch(failed.stdout, /dry-run: exiting now/);
});

test("the dry run of a deployment builds what would be sent, with every binding, and sends no request", async () => {
  const outdir = await mkdtemp(join(tmpdir(), "latchkey-deploy-"));
  try {
    const config = join(outdir, "wrangler.toml");
    const own = (await readFile(join(root, "edge-worker", "wrangler.toml"), "utf8"))
      .replace('"package/index.js"', JSON.stringify(join(root, "edge-worker", "package", "index.js")))
      .replaceAll("app.example.com", "app.acme.dev")
      .replaceAll("your-api", "acme-api");
    await writeFile(config, own);
    const { stdout } = await deploy(["--config", config, "--outdir", join(outdir, "sent")]);
    assert.match(stdout, /--dry-run: exiting now/);
    for (const { name } of production.durable_objects.bindings) assert.match(stdout, new RegExp(`env\\.${name}\\b`));
    assert.match(stdout, /env\.LATCHKEY\b/);
    assert.doesNotMatch(stdout, /env\.(DEMO|MAILBOX|INBOX)\b/, "the demo and its mailbox stay here");
    const sent = await readdir(join(outdir, "sent"));
    assert.ok(
      sent.some((name) => name.endsWith(".wasm")) && sent.some((name) => name.endsWith(".js")),
      sent.join(", "),
    );
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
});

test("every configuration of the Worker has every object, and a migration for each", async () => {
  const objects = (part: Part) =>
    part.durable_objects.bindings.filter(({ name }) => !["NOTES", "INBOX"].includes(name));
  const migrated = (part: Part) => part.migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes).sort();
  assert.deepEqual(production.durable_objects, file.durable_objects);
  const others = ["demo-app", "create-app/templates/worker", "create-app/templates/url"];
  for (const folder of others) {
    const part = parse(await readFile(join(root, folder, "wrangler.toml"), "utf8")) as unknown as Part;
    assert.deepEqual(objects(part), file.durable_objects.bindings, folder);
    const classes = part.durable_objects.bindings.map(({ class_name }) => class_name);
    assert.deepEqual(migrated(part), classes.sort(), folder);
  }
  assert.deepEqual(migrated(file), file.durable_objects.bindings.map(({ class_name }) => class_name).sort());
  assert.equal(production.workers_dev, false, "no second address beside the deployer's own");
});

test("production's defaults are the safe ones: https, sign-up closed, no admin API, no paths for services", async () => {
  const LATCHKEY = filledIn;
  assert.match(LATCHKEY.issuer, /^https:\/\//);
  for (const key of ["sign_up", "admin_credentials", "service_credentials", "allowed_origins", "oauth"])
    assert.equal(LATCHKEY[key], undefined, key);
  const secrets = { [LATCHKEY.keys.secret_bindings[0] ?? ""]: randomBytes(32).toString("base64") };
  const stack = await startStack({ config: { ...LATCHKEY, sign_up: undefined, oauth: undefined }, secrets });
  try {
    const health = await ask(stack.origin, "/healthz");
    assert.equal(health.status, 200, health.text);
    assert.match(health.header("strict-transport-security") ?? "", /^max-age=\d{8,}/);
    const page = { Origin: LATCHKEY.issuer };
    const answer = await post(
      stack.origin,
      "/auth/sign-up",
      { email: newEmail(), password: PASSWORD },
      { headers: page },
    );
    assertProblem(answer, "sign_up_closed");
    const metadata = (await ask(stack.origin, "/.well-known/oauth-authorization-server")).json();
    assert.equal(metadata.introspection_endpoint, undefined);
    for (const [method, path] of [
      ["GET", "/admin/users?email=a@example.com"],
      ["POST", "/admin/users"],
      ["DELETE", `/admin/users/${"0".repeat(64)}`],
      ["PATCH", "/admin/users"],
      ["GET", "/admin/keys"],
      ["POST", "/admin/keys/rotate"],
      ["POST", "/auth/introspect"],
      ["POST", "/auth/revoke"],
      ["GET", "/admin/clients"],
      ["GET", "/oauth/authorize"],
      ["POST", "/oauth/token"],
      ["POST", "/oauth/introspect"],
      ["POST", "/oauth/register"],
    ] as const)
      assertProblem(await ask(stack.origin, path, { method }), "not_found", { what: `${method} ${path}` });
  } finally {
    await stack.stop();
  }
});

test("production without the secret its keys are sealed under answers nothing, and its log says what is missing", async () => {
  const LATCHKEY = filledIn;
  const [name = ""] = LATCHKEY.keys.secret_bindings;
  assert.match(name, /SECRET/);
  const stack = await startStack({ config: { ...LATCHKEY, sign_up: undefined }, until: "answers" });
  try {
    for (const path of ["/healthz", "/", "/.well-known/jwks.json"])
      assertProblem(await ask(stack.origin, path), "unavailable", { what: path });
    await untilLogged(stack.logs, new RegExp(`keys\\.secret_bindings\\[0\\]: found ${name}`));
  } finally {
    await stack.stop();
  }
});
