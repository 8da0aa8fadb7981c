// Each program of docs/server.md behind the real gate, and asked directly.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import getPort from "get-port";
import { decodeJwt } from "jose";
import { type GateRequest, gateIdentity } from "latchkey-auth/server";
import "../../tools/signals.mjs";
import { type EchoApi, type Seen, startEcho } from "../harness/echo.ts";
import { ask } from "../harness/http.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { type Extra, get, signUp, type Visitor } from "../harness/visitor.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Within the checkout, so that packages are found. */
const dir = join(root, "target", "test", "api-examples");
const SECRET = "the gate's secret, of more than 32 bytes";

/** The programs by the headings under which they are, with what a fetch handler needs to be served by Node. */
const PROGRAMS = [
  { name: "express", heading: "Express", hosted: false },
  { name: "fastify", heading: "Fastify", hosted: false },
  { name: "http", heading: "Node's `http`", hosted: false },
  { name: "hono", heading: "Hono", hosted: true },
  { name: "fetch", heading: "A fetch handler", hosted: true },
] as const;

/** Serves the default export of a module, as the runtimes do for which it is written. */
const host = (module: string) => `
  import { createServer } from "node:http";
  import { Readable } from "node:stream";
  const { default: handler } = await import(${JSON.stringify(module)});
  createServer(async ({ method, url, headers }, response) => {
    const request = new Request(new URL(url, "http://localhost"), { method, headers });
    const { status, headers: answered, body } = await handler.fetch(request, process.env);
    response.writeHead(status, Object.fromEntries(answered));
    Readable.fromWeb(body).pipe(response);
  }).listen(Number(process.env.PORT));
`;

interface Running {
  readonly origin: string;
  stop(): void;
}

async function start(file: string): Promise<Running> {
  const port = await getPort();
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, NODE_ENV: "production", PORT: String(port), GATE_SECRET: SECRET },
    stdio: ["ignore", "inherit", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const stop = () => child.kill("SIGKILL");
  process.once("exit", stop);
  once(child, "exit").then(() => process.off("exit", stop));
  const origin = `http://localhost:${port}`;
  await until(`${file} listens`, () => {
    if (child.exitCode !== null) throw new Error(`${file} ended:\n${errors}`);
    return fetch(origin).then(
      () => true,
      () => false,
    );
  });
  return { origin, stop };
}

let stack: Stack;
let echo: EchoApi;
let user: Visitor;
const running = new Map<string, Running>();

before(async () => {
  const text = await readFile(join(root, "docs", "server.md"), "utf8");
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  echo = await startEcho();
  await Promise.all(
    PROGRAMS.map(async ({ name, heading, hosted }) => {
      const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
      const code = /^```ts\n(.*?)^```/ms.exec(section)?.[1];
      assert.ok(code, `docs/server.md has a program under "${heading}"`);
      // A path of its own, by which the gate reaches it.
      await writeFile(join(dir, `${name}.ts`), code.replace("/api/me", `/${name}/me`));
      if (hosted) await writeFile(join(dir, `${name}.host.mjs`), host(`./${name}.ts`));
      running.set(name, await start(join(dir, hosted ? `${name}.host.mjs` : `${name}.ts`)));
    }),
  );
  const addresses = [...running].map(([name, { origin }]) => [name, origin] as const);
  const upstreams = [...addresses, ["echo", echo.origin] as const].map(
    ([name, url]) => [name, { url, secret_binding: "GATE_SECRET" }] as const,
  );
  const route = (path: string, access: string, upstream: string) => ({ path, methods: ["GET"], access, upstream });
  stack = await startStack({
    secrets: { GATE_SECRET: SECRET },
    config: {
      sign_up: "open",
      upstreams: Object.fromEntries(upstreams),
      routes: [
        ...PROGRAMS.map(({ name }) => route(`/${name}/*`, "token", name)),
        ...["public", "token", "session"].map((access) => route(`/${access}`, access, "echo")),
      ],
    },
  });
  user = await signUp(stack.origin);
});
after(async () => {
  for (const { stop } of running.values()) stop();
  await Promise.all([stack?.stop(), echo?.stop(), rm(dir, { recursive: true, force: true })]);
});

for (const { name } of PROGRAMS) {
  test(`${name}: learns from the gate who calls, and rejects others`, async () => {
    const { origin } = running.get(name) as Running;
    const path = `/${name}/me`;
    const answer = await get(stack.origin, path, { token: user.token });
    assert.deepEqual([answer.status, JSON.parse(answer.text)], [200, { user: user.body.session.user.id }]);

    const claimed = { "Latchkey-Issuer": stack.origin, "Latchkey-Subject": "root" };
    const forged = await get(stack.origin, path, { token: user.token, headers: claimed });
    assert.deepEqual(JSON.parse(forged.text), { user: user.body.session.user.id });

    for (const secret of [undefined, "", `${SECRET}x`, `${SECRET}, ${SECRET}`]) {
      const direct = await ask(origin, path, { headers: { ...claimed, "Latchkey-Gate-Secret": secret } });
      assert.equal(direct.status, 403, `${secret}: ${direct.text}`);
      assert.doesNotMatch(direct.text, /root/);
    }
    const given = await ask(origin, path, { headers: { ...claimed, "Latchkey-Gate-Secret": SECRET } });
    assert.deepEqual([given.status, JSON.parse(given.text)], [200, { user: "root" }], "the secret is what it checks");
  });
}

/** What the upstream received, as the headers of a request of Node and of the Fetch standard. */
async function received(path: string, extra: Extra): Promise<GateRequest[]> {
  const { status, text } = await get(stack.origin, path, extra);
  assert.equal(status, 200, text);
  const { headers } = echo.seen.at(-1) as Seen;
  const byName = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  return [{ headers: byName }, new Request("http://localhost", { headers: byName })];
}

test("the identity that the gate's headers state, for each kind of credential", async () => {
  const { session } = user.body;
  const known = { issuer: stack.origin, subject: session.user.id, sessionId: session.id, roles: session.user.roles };
  const tokenId = decodeJwt(user.token).jti;
  for (const request of await received("/token", { token: user.token })) {
    assert.deepEqual(gateIdentity(request, { secret: SECRET }), { ...known, tokenId, scopes: [] });
  }
  for (const request of await received("/session", { cookie: user.cookie })) {
    assert.deepEqual(gateIdentity(request, { secret: SECRET }), { ...known, tokenId: null, scopes: [] });
  }
  for (const request of await received("/public", {})) {
    assert.equal(gateIdentity(request, { secret: SECRET }), null);
  }
});
