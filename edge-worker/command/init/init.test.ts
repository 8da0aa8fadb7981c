import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parse } from "smol-toml";
import { Mistake } from "../mistake.ts";
import { type Choices, readApi, readDomain, readOrigin, requireSameSite } from "./choices.ts";
import { MAIL_SECRETS, type Mail } from "./mail.ts";
import { deployCommand, readProject } from "./project.ts";
import { choose } from "./questions.ts";
import * as file from "./wrangler-file.ts";
import { secretNames } from "./wrangler-toml.ts";

// biome-ignore lint/suspicious/noExplicitAny: a parsed file has no type
const parsed = (text: string): any => JSON.parse(JSON.stringify(parse(text)));

const choices: Choices = {
  domain: "app.acme.dev",
  hosting: { kind: "assets", directory: "dist" },
  api: { kind: "worker", service: "acme-api" },
  mail: undefined,
};
const everyChoice: Choices[] = [
  { kind: "assets", directory: "dist" } as const,
  { kind: "pages", page: "https://www.acme.dev" } as const,
  { kind: "url", page: "https://acme.pages.dev" } as const,
].flatMap((hosting) =>
  [{ kind: "worker", service: "acme-api" } as const, { kind: "url", origin: "https://api.acme.dev" } as const].map(
    (api) => ({ ...choices, hosting, api }),
  ),
);

const wholeFile = (choices: Choices) => file.wholeFile(choices, "production");
const withEnvironment = (text: string, choices: Choices, environment: string) =>
  file.withEnvironment("wrangler.toml", text, readProject("wrangler.toml", text, environment), choices, environment);
const withProduction = (text: string, choices: Choices) => withEnvironment(text, choices, "production");
const fails = (work: () => unknown, message: RegExp) =>
  assert.throws(work, (error) => error instanceof Mistake && message.test(error.message));

test("a domain, an origin and an API are read strictly, and an error names the option and the value", () => {
  assert.equal(readDomain(" https://App.acme.dev/ "), "app.acme.dev");
  for (const bad of [
    "",
    "acme",
    "http://acme.dev",
    "acme.dev/x",
    "acme.dev:8443",
    "-a.dev",
    "a..dev",
    "10.0.0.1",
    "a b.dev",
  ])
    fails(() => readDomain(bad), /^--domain: found ".*", expected the host name/);
  fails(() => readDomain("my-app.workers.dev"), /a custom domain cannot be created under workers\.dev/);
  assert.equal(readOrigin("--page", "https://www.acme.dev/"), "https://www.acme.dev");
  for (const bad of ["", "www.acme.dev", "http://www.acme.dev", "https://www.acme.dev/x", "https://u:p@www.acme.dev"])
    fails(() => readOrigin("--page", bad), /^--page: found ".*", expected an https origin/);
  assert.deepEqual(readApi("acme-api"), { kind: "worker", service: "acme-api" });
  assert.deepEqual(readApi("https://api.acme.dev"), { kind: "url", origin: "https://api.acme.dev" });
  for (const bad of ["", "Acme", "a.b", "http://api.acme.dev", "https://api.acme.dev/v1", 'x"\ny = 1'])
    fails(() => readApi(bad), /^--api: found /);
});

test("a page at another host must be on the same site", () => {
  requireSameSite("https://www.acme.dev", "auth.acme.dev");
  for (const page of ["https://acme.pages.dev", "https://acme.vercel.app", "https://www.other.dev"])
    fails(() => requireSameSite(page, "auth.acme.dev"), /expected an origin of the same site as auth\.acme\.dev/);
  fails(() => requireSameSite("https://auth.acme.dev", "auth.acme.dev"), /the Worker's own domain/);
});

test("options answer the questions; without a terminal, one without a default is required", async () => {
  assert.deepEqual(await choose({ domain: "app.acme.dev", api: "acme-api" }, undefined), choices);
  for (const [given, message] of [
    [{ api: "acme-api" }, /^--domain: found nothing, expected a value/],
    [{ domain: "app.acme.dev" }, /^--api: found nothing/],
    [{ domain: "app.acme.dev", hosting: "pages", api: "acme-api" }, /^--page: found nothing/],
    [{ domain: "app.acme.dev", hosting: "vercel", api: "acme-api" }, /^--hosting: found "vercel", expected one of/],
    [{ domain: "app.acme.dev", page: "https://www.acme.dev", api: "acme-api" }, /^--page: found with --hosting assets/],
    [{ domain: "app.acme.dev", hosting: "url", assets: "out", api: "acme-api" }, /^--assets: found with --hosting url/],
  ] as const)
    await assert.rejects(choose(given, undefined), (error) => error instanceof Mistake && message.test(error.message));
});

test("an invalid answer is asked again with the reason, and an empty one is the default", async () => {
  const answers = ["acme", "app.acme.dev", "", "Nope!", "acme-api", ""];
  const prompts: string[] = [];
  const ask = async (prompt: string) => {
    prompts.push(prompt);
    return answers.shift() ?? assert.fail("one question too many");
  };
  assert.deepEqual(await choose({}, ask), choices);
  assert.equal(prompts.length, 6);
  assert.match(prompts[1] ?? "", /^--domain: found "acme"/);
  assert.match(prompts[4] ?? "", /^--api: found "Nope!"/);
  assert.match(prompts[5] ?? "", /^What sends mails.*Mail \[none\]: $/s);
});

const from = "no-reply@app.acme.dev";
const SES = { region: "eu-central-1", accessKeyId: "AKIAIOSFODNN7ACME123" };
const everyMail: Mail[] = [
  ...(["cloudflare", "resend", "postmark"] as const).map((adapter) => ({ adapter, from })),
  { adapter: "ses", from, ...SES },
  { adapter: "worker", from, service: "acme-mailer" },
];

test("what sends mails is stated by options or answers, with what each adapter needs and nothing else", async () => {
  const given = { domain: "app.acme.dev", api: "acme-api" };
  const ses = { "mail-region": SES.region, "mail-access-key-id": SES.accessKeyId };
  const options = (adapter: string) => ({
    ...(adapter === "ses" ? ses : {}),
    ...(adapter === "worker" ? { "mail-service": "acme-mailer" } : {}),
  });
  for (const mail of everyMail) {
    const stated = { ...given, mail: mail.adapter, ...options(mail.adapter) };
    assert.deepEqual(await choose(stated, undefined), { ...choices, mail });
    const answers = [mail.adapter, "", ...Object.values(options(mail.adapter))];
    const ask = async () => answers.shift() ?? assert.fail("one question too many");
    assert.deepEqual(await choose({ ...given, hosting: "assets" }, ask), { ...choices, mail });
    assert.deepEqual(answers, []);
  }
  const named = await choose({ ...given, mail: "resend", "mail-from": "Acme <hello@acme.dev>" }, undefined);
  assert.equal(named.mail?.from, "Acme <hello@acme.dev>");
  assert.deepEqual(await choose({ ...given, mail: "none" }, undefined), choices);
  for (const [more, message] of [
    [{ mail: "sendgrid" }, /^--mail: found "sendgrid", expected one of none, cloudflare, resend/],
    [{ mail: "resend", "mail-from": "acme" }, /^--mail-from: found "acme", expected an e-mail address/],
    [{ mail: "resend", "mail-from": 'a@b.dev"\nx = 1' }, /^--mail-from: found /],
    [{ "mail-from": "a@acme.dev" }, /^--mail-from: found with --mail none/],
    [{ mail: "ses" }, /^--mail-region: found nothing/],
    [{ mail: "ses", ...ses, "mail-region": "Frankfurt" }, /^--mail-region: found "Frankfurt"/],
    [{ mail: "ses", ...ses, "mail-access-key-id": "secret/+key" }, /^--mail-access-key-id: found /],
    [
      { mail: "resend", "mail-region": "eu-central-1" },
      /^--mail-region: found with --mail resend, expected with --mail ses/,
    ],
    [{ mail: "worker" }, /^--mail-service: found nothing/],
    [{ mail: "worker", "mail-service": "My Mailer" }, /^--mail-service: found "My Mailer"/],
    [{ mail: "ses", ...ses, "mail-service": "acme-mailer" }, /^--mail-service: found with --mail ses/],
  ] as const)
    await assert.rejects(
      choose({ ...given, ...more }, undefined),
      (error) => error instanceof Mistake && message.test(error.message),
      JSON.stringify(more),
    );
});

test("the configuration has the adapter, its binding and its secret; without one it is what it was", () => {
  for (const mail of everyMail) {
    const { production } = parsed(wholeFile({ ...choices, mail })).env;
    const secret = MAIL_SECRETS[mail.adapter];
    const { adapter, from, region, access_key_id, service, secret_binding } = production.vars.LATCHKEY.mail;
    assert.deepEqual([adapter, from, secret_binding], [mail.adapter, mail.from, secret]);
    assert.deepEqual(production.secrets.required, [...secretNames(choices), ...(secret === undefined ? [] : [secret])]);
    assert.deepEqual(production.send_email, adapter === "cloudflare" ? [{ name: "EMAIL" }] : undefined);
    const api = { binding: "API", service: "acme-api" };
    const mailer = { binding: "MAIL", service: "acme-mailer" };
    assert.deepEqual(production.services, adapter === "worker" ? [api, mailer] : [api]);
    assert.equal(service, adapter === "worker" ? "MAIL" : undefined);
    assert.deepEqual(
      [region, access_key_id],
      adapter === "ses" ? [SES.region, SES.accessKeyId] : [undefined, undefined],
    );
    assert.equal(parsed(wholeFile({ ...choices, mail })).vars.LATCHKEY.mail, undefined, "nothing is sent locally");
  }
  assert.match(wholeFile(choices), /\n# \[env\.production\.vars\.LATCHKEY\.mail\]\n# adapter = "cloudflare"/);
});

test("every choice gives a file whose top level is for localhost and whose production has all of it", () => {
  for (const each of everyChoice) {
    const file = parsed(wholeFile(each));
    const { LATCHKEY: local } = file.vars;
    const { LATCHKEY } = file.env.production.vars;
    assert.equal(local.issuer, "http://localhost:8787");
    assert.equal(LATCHKEY.issuer, "https://app.acme.dev");
    assert.equal(LATCHKEY.sign_up, undefined, "closed");
    assert.deepEqual(file.env.production.routes, [{ pattern: "app.acme.dev", custom_domain: true }]);
    assert.deepEqual(file.env.production.durable_objects, file.durable_objects);
    assert.deepEqual(file.env.production.secrets.required, secretNames(each));
    assert.deepEqual(
      LATCHKEY.routes.map(({ path, upstream }: { path: string; upstream: string }) => [path, upstream]),
      each.hosting.kind === "pages"
        ? [["/api/*", "api"]]
        : [
            ["/api/*", "api"],
            ["/*", "page"],
          ],
    );
    assert.deepEqual(local.routes, LATCHKEY.routes);
    assert.deepEqual(LATCHKEY.allowed_origins, each.hosting.kind === "pages" ? [each.hosting.page] : undefined);
    const named = [
      ...LATCHKEY.keys.secret_bindings,
      ...Object.values(LATCHKEY.upstreams as Record<string, { secret_binding?: string }>).map(
        (each) => each.secret_binding,
      ),
    ];
    assert.deepEqual(named.filter((name) => name !== undefined).sort(), secretNames(each).sort());
  }
});

test("the objects are those of this repository's Worker, and the compatibility date is one that wrangler knows on Node 20", async () => {
  const own = parsed(await readFile(new URL("../../wrangler.toml", import.meta.url), "utf8"));
  const file = parsed(wholeFile(choices));
  assert.deepEqual(file.durable_objects, own.durable_objects);
  const migrated = (of: { migrations: { new_sqlite_classes: string[] }[] }) =>
    of.migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes);
  assert.deepEqual(migrated(file), migrated(own));
  // The newest date of wrangler 4.86.0, the last version for Node 20. npm chooses it there.
  assert.ok(String(file.compatibility_date) <= "2026-05-03");
});

test("an existing file keeps every byte, its name and its assets", () => {
  const local = wholeFile(choices).split("# What is deployed.")[0]?.replace('name = "latchkey"', 'name = "acme"') ?? "";
  const text = `${local.trimEnd()}\n\n[env.staging]\nname = "acme-staging"\n`;
  const whole = withProduction(text, choices);
  assert.ok(whole.startsWith(text.trimEnd()));
  const { env } = parsed(whole);
  assert.equal(env.production.name, "acme");
  assert.equal(env.production.assets, undefined, "inherited");
  assert.deepEqual(env.staging, { name: "acme-staging" });
  const bare = text.replace(/\[assets\][^[]*/, "");
  assert.equal(parsed(withProduction(bare, choices)).env.production.assets.binding, "ASSETS");
  const windows = withProduction(text.replaceAll("\n", "\r\n"), choices);
  assert.equal(windows.replaceAll("\r\n", "").includes("\n"), false);
});

test("a file that has the environment, is of another Worker or cannot be extended stays as it is, with the reason", () => {
  const whole = wholeFile(choices);
  fails(() => withProduction(whole, choices), /found \[env\.production\], expected none/);
  fails(() => withProduction('name = "api"\nmain = "api.js"\n', choices), /found the configuration of another Worker/);
  fails(() => withProduction("a = 1\nname = ", choices), /^wrangler\.toml:2: found invalid TOML \(.+\)$/);
  const inline = `env = { staging = { name = "x" } }\n${whole.split("# What is deployed.")[0]}`;
  fails(() => withProduction(inline, choices), /wrangler\.toml:\d+: found invalid TOML/);
});

test("an API that the file binds, its routes and the names of its secrets are taken over", () => {
  const text = `
name = "my-app"
assets = { directory = "dist", binding = "FILES" }
durable_objects.bindings = [{ name = "ACCOUNT", class_name = "Account" }]
services = [{ binding = "BACK", service = "my-app", entrypoint = "Api" }]
[vars.LATCHKEY]
issuer = "http://localhost:5173"
limits = { attempts = 5 }
upstreams = { api = { service = "BACK" }, page = { service = "FILES" }, other = { service = "X" } }
[[vars.LATCHKEY.routes]]
path = "/api/*"
methods = ["GET"]
access = "token"
max_auth_age = 600
upstream = "api"
[[vars.LATCHKEY.routes]]
path = "/*"
methods = ["GET"]
access = "public"
upstream = "page"
`;
  const project = readProject("wrangler.toml", text, "production");
  assert.deepEqual(project.left, ["limits", "upstreams.other"]);
  const same = { ...choices, api: { kind: "worker", service: "my-app" } as const };
  const { production } = parsed(withProduction(text, same)).env;
  assert.deepEqual(production.services, [{ binding: "BACK", service: "my-app", entrypoint: "Api" }]);
  const { LATCHKEY } = production.vars;
  assert.deepEqual(LATCHKEY.upstreams, { api: { service: "BACK" }, page: { service: "FILES" } });
  assert.deepEqual(LATCHKEY.routes, parsed(text).vars.LATCHKEY.routes);
  const { preview } = parsed(withEnvironment(text, same, "preview")).env;
  assert.equal(preview.services[0].service, preview.name, "a Worker that calls itself");
  const other = parsed(withProduction(text, choices)).env.production;
  assert.deepEqual(other.services, [{ binding: "BACK", service: "acme-api" }]);
  assert.equal(other.vars.LATCHKEY.upstreams.api.service, "BACK");
  const elsewhere = { ...choices, hosting: { kind: "pages", page: "https://www.acme.dev" } } as const;
  assert.deepEqual(parsed(withProduction(text, elsewhere)).env.production.vars.LATCHKEY.routes.length, 1);
});

test("another environment is another Worker, beside production", () => {
  const preview = { ...choices, domain: "preview.acme.dev" };
  const { env } = parsed(withEnvironment(wholeFile(choices), preview, "preview"));
  assert.deepEqual([env.production.name, env.preview.name], ["latchkey", "latchkey-preview"]);
  assert.equal(env.preview.vars.LATCHKEY.issuer, "https://preview.acme.dev");
  assert.deepEqual(env.production, parsed(wholeFile(choices)).env.production);
});

test("a project with a script that deploys the environment is deployed by it, because wrangler alone builds no page", async () => {
  const created = await readFile(new URL("../../../create-app/templates/base/package.json", import.meta.url), "utf8");
  assert.equal(deployCommand(created, "production"), "npm run deploy");
  assert.equal(deployCommand(created, "preview"), "npx wrangler deploy --env preview", "the script is production's");
  const scripts = (deploy?: string) => JSON.stringify({ scripts: { deploy } });
  assert.equal(deployCommand(scripts("vite build && wrangler deploy -e preview"), "preview"), "npm run deploy");
  assert.equal(deployCommand(scripts("node deploy.js"), "production"), "npm run deploy");
  for (const manifest of [undefined, "{}", scripts(), scripts("wrangler deploy --env=preview")])
    assert.equal(deployCommand(manifest, "production"), "npx wrangler deploy --env production");
  fails(() => deployCommand("{", "production"), /^package\.json:1: found invalid JSON/);
});
