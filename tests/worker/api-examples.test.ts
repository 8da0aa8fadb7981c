// Each program of docs/server.md behind the real gate, and asked directly.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeJwt } from "jose";
import { type GateRequest, gateIdentity } from "latchkey-auth/server";
import { freePort } from "../harness/port.ts";
import "../../tools/signals.mjs";
import { assertProblem } from "../harness/contract.ts";
import { type EchoApi, type Seen, startEcho } from "../harness/echo.ts";
import { ask } from "../harness/http.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { type Extra, get, post, signUp, type Visitor } from "../harness/visitor.ts";

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
  const port = await freePort();
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
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
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
        ...["public", "token", "session", "optional"].map((access) => route(`/${access}`, access, "echo")),
      ],
      email_headers: true,
    },
  });
  user = await signUp(stack.origin);
});
after(async () => {
  for (const { stop } of running.values()) stop();
  await Promise.all([stack?.stop(), echo?.stop(), rm(dir, { recursive: true, force: true, maxRetries: 5 })]);
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
  const NOTHING = { clientId: null, roles: [], scopes: [], email: user.email, emailVerified: false };
  const known = { issuer: stack.origin, subject: session.user.id, sessionId: session.id, ...NOTHING };
  const tokenId = decodeJwt(user.token).jti;
  for (const request of await received("/token", { token: user.token })) {
    assert.deepEqual(gateIdentity(request, { secret: SECRET }), { ...known, tokenId });
  }
  for (const request of await received("/session", { cookie: user.cookie })) {
    assert.deepEqual(gateIdentity(request, { secret: SECRET }), { ...known, tokenId: null });
  }
  for (const request of await received("/public", { token: user.token, cookie: user.cookie })) {
    assert.equal(gateIdentity(request, { secret: SECRET }), null);
  }
});

const spoofed = { "Latchkey-Email": "root@example.com", "latchkey-email-verified": "true" };

test("the address is the account's, and a client's own headers do not reach the upstream", async () => {
  const lower = { latchkey_email: "root@example.com", latchkey_email_verified: "true" };
  for (const headers of [spoofed, lower]) {
    for (const extra of [{ token: user.token }, { cookie: user.cookie }]) {
      for (const request of await received("/optional", { ...extra, headers })) {
        const identity = gateIdentity(request, { secret: SECRET });
        assert.deepEqual([identity?.email, identity?.emailVerified], [user.email, false]);
      }
    }
    const { text } = await get(stack.origin, "/optional", { headers });
    assert.doesNotMatch(text, /root@|email/i);
  }
  const { email, email_verified } = decodeJwt(user.token);
  assert.deepEqual([email, email_verified], [user.email, false]);
});

test("an optional route: the session if the cookie has one, anonymous without, never a wrong token", async () => {
  const navigation = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
  const identities = async (extra: Extra) => {
    const requests = await received("/optional", extra);
    return requests.map((request) => gateIdentity(request, { secret: SECRET })?.sessionId ?? null);
  };
  const { id } = user.body.session;
  assert.deepEqual(await identities({ token: user.token }), [id, id]);
  assert.deepEqual(await identities({ cookie: user.cookie, headers: navigation }), [id, id]);
  assert.deepEqual(await identities({}), [null, null]);
  // A link on another site: the browser omits the cookie, and the page comes at once, without an identity.
  assert.deepEqual(await identities({ headers: { ...navigation, "Sec-Fetch-Site": "cross-site" } }), [null, null]);
  const malformed = "__Host-Http-latchkey=1.a.b.1.c";
  assert.deepEqual(await identities({ cookie: malformed }), [null, null]);

  const gone = await signUp(stack.origin);
  await post(stack.origin, "/auth/sign-out", {}, { cookie: gone.cookie });
  assert.deepEqual(await identities({ cookie: gone.cookie, headers: navigation }), [null, null]);

  const rejected = await get(stack.origin, "/optional", { token: `${user.token}x`, cookie: user.cookie });
  assertProblem(rejected, "invalid_token");
  const answer = await get(stack.origin, "/optional", { cookie: user.cookie });
  assert.equal(answer.header("cache-control"), "private, no-store");
});
