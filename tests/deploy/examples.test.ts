// The configurations that deployers copy: each is what `latchkey-worker init` writes, and each can be deployed once its
// placeholders are replaced. Nothing is sent.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { workerProject } from "../harness/worker-project.ts";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));

/** The arguments of `init`, with the placeholders of the example, and what replaces these. */
const EXAMPLES = [
  {
    name: "spa-and-api-workers",
    init: ["--domain", "app.example.com", "--hosting", "assets", "--api", "your-api"],
    real: { "app.example.com": "app.acme.dev", "your-api": "acme-api" },
    bindings: ["API", "ASSETS"],
  },
  {
    name: "spa-and-external-api",
    init: ["--domain", "app.example.com", "--hosting", "assets", "--api", "https://api.example.com"],
    real: { "app.example.com": "app.acme.dev", "api.example.com": "api.acme.dev" },
    bindings: ["ASSETS"],
  },
  {
    name: "page-at-another-host",
    init: [
      ...["--domain", "auth.example.com", "--hosting", "pages", "--page", "https://www.example.com"],
      ...["--api", "https://api.example.com"],
    ],
    real: {
      "auth.example.com": "auth.acme.dev",
      "www.example.com": "www.acme.dev",
      "api.example.com": "api.acme.dev",
    },
    bindings: [],
  },
];
const OBJECTS = ["ACCOUNT", "DIRECTORY", "KEYRING", "REVOCATIONS", "LIMITER", "HASHER", "CLIENTS", "DEVICES"];

for (const { name, init, real, bindings } of EXAMPLES) {
  test(`${name}: what init writes, rejected with placeholders, deployable without them`, async () => {
    const example = await readFile(join(examples, name, "wrangler.toml"), "utf8");
    const project = await workerProject({ "dist/index.html": "<!doctype html><title>page</title>" });
    try {
      const written = await project.latchkey(["init", ...init]);
      assert.equal(written.code, 0, written.stderr);
      assert.equal(await readFile(join(project.dir, "wrangler.toml"), "utf8"), example);
      const refused = await project.latchkey(["check", "--env", "production"]);
      assert.equal(refused.code, 1, refused.stdout);
      for (const placeholder of Object.keys(real))
        assert.match(refused.stderr, new RegExp(`found .*${placeholder}.*placeholder`), refused.stderr);
      const replaced = init.map((value) =>
        Object.entries(real).reduce((text, [placeholder, other]) => text.replaceAll(placeholder, other), value),
      );
      const config = ["--config", "real.toml"];
      assert.equal((await project.latchkey(["init", ...replaced, ...config])).code, 0);
      const checked = await project.latchkey(["check", "--env", "production", ...config]);
      assert.equal(checked.code, 0, checked.stderr);
      assert.equal((await project.latchkey(["secret", "--local", "--if-missing", ...config])).code, 0);
      const local = await project.latchkey(["check", ...config]);
      assert.equal(local.code, 0, local.stderr);
      const deployed = await project.wrangler(["deploy", "--dry-run", "--env", "production", ...config]);
      assert.equal(deployed.code, 0, deployed.stderr);
      assert.match(deployed.stdout, /--dry-run: exiting now/);
      const found = [...deployed.stdout.matchAll(/^env\.(\w+)/gm)].map(([, binding]) => binding);
      assert.deepEqual(found.sort(), [...OBJECTS, ...bindings, "LATCHKEY"].sort());
      assert.doesNotMatch(deployed.stderr, /WARNING/, deployed.stderr);
    } finally {
      await project.remove();
    }
  });
}

for (const mail of [
  ["cloudflare"],
  ["resend", "--mail-from", "Acme <no-reply@acme.dev>"],
  ["postmark"],
  ["ses", "--mail-region", "eu-central-1", "--mail-access-key-id", "AKIAIOSFODNN7ACME123"],
  ["worker", "--mail-service", "acme-mailer"],
]) {
  test(`mails by ${mail[0]}: what init writes is accepted by check`, async () => {
    const project = await workerProject({ "dist/index.html": "<!doctype html><title>page</title>" });
    try {
      const init = ["init", "--domain", "app.acme.dev", "--api", "acme-api", "--mail", ...mail];
      const written = await project.latchkey(init);
      assert.equal(written.code, 0, written.stderr);
      const checked = await project.latchkey(["check", "--env", "production"]);
      assert.equal(checked.code, 0, checked.stderr);
      assert.doesNotMatch(checked.stdout + checked.stderr, /LATCHKEY\.mail/);
      const [, secret] = /^ {2}npx wrangler secret put (\w+) --env production$/m.exec(written.stdout) ?? [];
      const file = await readFile(join(project.dir, "wrangler.toml"), "utf8");
      assert.equal(secret, /^secret_binding = "(\w+)"/m.exec(file)?.[1]);
    } finally {
      await project.remove();
    }
  });
}

for (const { api, init } of [
  { api: "worker", init: ["--yes"] },
  { api: "url", init: ["--api", "https://api.acme.dev"] },
]) {
  test(`a project that \`npm create latchkey-auth\` has written, with its API by ${api}: init completes it`, async () => {
    const template = new URL(`../../create-app/templates/${api}/wrangler.toml`, import.meta.url);
    const project = await workerProject({ "wrangler.toml": await readFile(template, "utf8") });
    try {
      const written = await project.latchkey(["init", "--domain", "app.acme.dev", ...init]);
      assert.deepEqual([written.code, written.stderr], [0, ""], "nothing is left out");
      const checked = await project.latchkey(["check", "--env", "production"]);
      assert.equal(checked.code, 0, checked.stderr);
    } finally {
      await project.remove();
    }
  });
}
