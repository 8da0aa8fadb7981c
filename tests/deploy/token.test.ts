// What `init` writes, run by `wrangler dev`: the page and the API through the gate, and an access token from the
// command.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ask } from "../harness/http.ts";
import { untilLogged } from "../harness/log.ts";
import { freePort } from "../harness/port.ts";
import { PASSWORD } from "../harness/visitor.ts";
import { workerProject } from "../harness/worker-project.ts";

const API = `export default {
  fetch: (request) => Response.json({ subject: request.headers.get("Latchkey-Subject") }),
};`;

test("a page, its API and curl: files and deep links are public, the API takes the token that the command prints", async () => {
  const project = await workerProject({
    "dist/index.html": "<!doctype html><title>the page</title>",
    "dist/app.js": "export const a = 1;\n",
    "api/index.js": API,
    "api/wrangler.toml": 'name = "acme-api"\nmain = "index.js"\ncompatibility_date = "2026-10-01"\n',
  });
  const origin = `http://localhost:${await freePort()}`;
  const init = await project.latchkey(["init", "--domain", "app.acme.dev", "--api", "acme-api"]);
  assert.equal(init.code, 0, init.stderr);
  const file = join(project.dir, "wrangler.toml");
  await writeFile(file, (await readFile(file, "utf8")).replaceAll("http://localhost:8787", origin));
  const service = await project.dev(origin, ["-c", "wrangler.toml", "-c", "api/wrangler.toml"]);
  try {
    for (const path of ["/", "/settings/profile"]) {
      const page = await ask(origin, path);
      assert.deepEqual([page.status, page.text.includes("the page")], [200, true], path);
    }
    assert.match((await ask(origin, "/app.js")).header("content-type") ?? "", /javascript/);
    assert.equal((await ask(origin, "/api/me")).status, 401);

    const token = (extra: string[], password: string | undefined) =>
      project.latchkey(["token", "--email", "ada@example.com", ...extra], {
        LATCHKEY_PASSWORD: password,
      });
    const first = await token(["--sign-up"], PASSWORD);
    assert.equal(first.code, 0, first.stderr);
    const again = await token([], PASSWORD);
    assert.match(again.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/, "only the token");
    for (const { stdout } of [first, again]) {
      const answer = await ask(origin, "/api/me", { headers: { Authorization: `Bearer ${stdout.trim()}` } });
      assert.match(answer.json().subject, /^[0-9a-f]{64}$/);
    }
    for (const [args, password, message] of [
      [["--sign-up"], PASSWORD, /409 email_taken\..*Without --sign-up this command signs the user in/],
      [[], "a wrong password", /401 invalid_credentials\..*--sign-up creates it/],
      [[], undefined, /^LATCHKEY_PASSWORD: found nothing.*no terminal/],
    ] as const) {
      const failed = await token([...args], password);
      assert.deepEqual([failed.stdout, message.test(failed.stderr)], ["", true], failed.stderr);
    }
    // It says who it is.
    await untilLogged(service.logs, /"user_agent":"latchkey-worker\/\d/);
  } finally {
    await service.stop();
    await project.remove();
  }
});
