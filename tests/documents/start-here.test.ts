// "An app that you have" of docs/start-here.md: its files as they stand there, in a folder of their own, with the
// commands that it names. The page's server is Vite with the plugin.
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../harness/port.ts";
import { until } from "../harness/until.ts";
import { blocksUnder, root } from "./blocks.ts";

const run = promisify(execFile);
const dir = join(root, "target", "test", "start-here");
const command = join(root, "edge-worker", "package", "bin", "latchkey-worker.mjs");
const latchkeyWorker = (args: string[], env = {}) =>
  run(process.execPath, [command, ...args], { cwd: dir, env: { ...process.env, ...env } });

let vite: ChildProcess | undefined;
after(async () => {
  const ended = vite && new Promise((done) => vite?.once("exit", done));
  vite?.kill("SIGINT");
  await ended;
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

test("the steps lead to a page and an API that knows its caller, and to a configuration that is valid", async () => {
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(join(dir, "node_modules"), { recursive: true });
  await symlink(join(root, "edge-worker", "package"), join(dir, "node_modules", "latchkey-worker"));
  await writeFile(join(dir, "index.html"), '<!doctype html><script type="module" src="/src/auth.ts"></script>');
  await writeFile(join(dir, "package.json"), '{ "type": "module" }');
  const apiPort = String(await freePort());
  const files = await blocksUnder("docs/start-here.md", "An app that you have");
  for (const code of files) {
    const [, name] = /^\/\/ ([\w./-]+)\n/.exec(code) ?? [];
    if (!name) continue;
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), code.replace("3000", apiPort));
  }

  // Not example.com, which `check` takes for a placeholder.
  const answers = ["--domain", "app.latchkey-documents.net", "--api", "https://api.latchkey-documents.net"];
  await latchkeyWorker(["init", "--yes", ...answers]);
  assert.match((await latchkeyWorker(["check", "--env", "production"])).stdout, /no mistakes in \[env\.production\]/);
  const configuration = await readFile(join(dir, "wrangler.toml"), "utf8");
  assert.ok(configuration.includes('url = "http://localhost:3000"'), "the API's port in the document");
  await writeFile(join(dir, "wrangler.toml"), configuration.replace("localhost:3000", `localhost:${apiPort}`));

  const port = String(await freePort());
  const origin = `http://localhost:${port}`;
  let output = "";
  vite = spawn(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "--port", port, "--strictPort"], {
    cwd: dir,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [vite.stdout, vite.stderr]) stream?.on("data", (text) => (output += text));
  const request = async (path: string, init?: RequestInit) => fetch(origin + path, init).catch(() => undefined);
  await until(`the app answers:\n${output}`, async () => (await request("/healthz"))?.ok === true);
  assert.match(await (await fetch(`${origin}/src/auth.ts`)).text(), /createClient/, "Vite serves the page");
  for (const path of ["/auth/sign-in", "/api/notes"]) {
    const headers = { Origin: "https://evil.test", "Access-Control-Request-Method": "POST" };
    const preflight = await fetch(origin + path, { method: "OPTIONS", headers });
    assert.equal(preflight.status, 403, `the Worker answers a preflight for ${path}`);
    assert.equal(preflight.headers.get("access-control-allow-origin"), null);
  }

  const fromGate = await fetch(`${origin}/api/notes`, { headers: { "Latchkey-Gate-Secret": "any" } });
  assert.match(await fromGate.text(), /\/src\/auth\.ts/, "what the gate sends to Vite, Vite answers");

  const { stdout: token } = await latchkeyWorker(
    ["token", "--email", "ada@example.com", "--sign-up", "--service", origin],
    { LATCHKEY_PASSWORD: "correct horse battery staple" },
  );
  const caller = await until("the API answers", async () => {
    const answer = await request("/api/notes", { headers: { Authorization: `Bearer ${token.trim()}` } });
    if (answer?.status === 500) throw new Error(await answer.text());
    return answer?.status === 200 && ((await answer.json()) as { user: string }).user;
  });
  assert.match(caller, /^[0-9a-f]{64}$/);
  assert.equal((await request("/api/notes"))?.status, 401, "without a token");
  assert.equal((await fetch(`http://localhost:${apiPort}/api/notes`)).status, 403, "not through the gate");
});
