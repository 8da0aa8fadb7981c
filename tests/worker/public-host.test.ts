// `preserve_host`: what the gate sends to an upstream that is to get the public host. Only Cloudflare's network obeys
// `resolveOverride`, so a Worker stands in for it here: for hosts of its zone it does what Cloudflare documents, other
// requests it sends to where their URL leads, and the public host leads to the gate.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { builtWorker, runtime, wranglerConfig } from "../bench/gate/candidates.ts";
import { type Service, startWorkerd } from "../bench/harness/workerd.ts";
import { assertProblem } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { untilLogged } from "../harness/log.ts";
import { UNLIMITED } from "../harness/stack.ts";
import { newEmail, PASSWORD, post } from "../harness/visitor.ts";

const PUBLIC = "https://app.latchkey.test";
const SECRET = "a secret of at least thirty-two bytes";

/**
 * The zone app.latchkey.test. Its hosts answer with what they received, except the public one, which is the gate.
 * Counts the requests that come to the public host in `X-Rounds`.
 */
const ZONE = `
const inZone = (name) => name === "app.latchkey.test" || name?.endsWith(".app.latchkey.test");
export default { async fetch(request, env) {
  const { method, url, headers, cf } = request;
  const { hostname } = new URL(url);
  const target = cf?.resolveOverride;
  const host = inZone(hostname) && inZone(target) ? target : hostname;
  if (host !== "app.latchkey.test")
    return Response.json({ method, url, target, headers: Object.fromEntries(headers), body: await request.text() });
  const rounds = Number(headers.get("X-Rounds") ?? 0) + 1;
  const again = new Request(request, { headers: [...headers, ["X-Rounds", rounds]] });
  const { status, headers: got, body } = await env.GATE.fetch(again);
  return new Response(body, { status, headers: [["X-Rounds", rounds], ...got] });
} };`;

interface Sent {
  method: string;
  url: string;
  target?: string;
  headers: Record<string, string>;
  body: string;
}

const edgeWorker = fileURLToPath(new URL("../../edge-worker", import.meta.url));
const config = await wranglerConfig(edgeWorker);
const to = { methods: ["GET", "POST"], access: "public" };
const table = {
  ...{ issuer: PUBLIC, audience: PUBLIC, sign_up: "open", ...UNLIMITED },
  upstreams: {
    inside: { url: "https://origin.app.latchkey.test", secret_binding: "SECRET", preserve_host: true },
    // It has the same domain, but the zone is of app.latchkey.test only.
    outside: { url: "https://origin.latchkey.test", secret_binding: "SECRET", preserve_host: true },
    usual: { url: "https://origin.app.latchkey.test", secret_binding: "SECRET" },
  },
  routes: [
    { path: "/inside/*", ...to, upstream: "inside" },
    { path: "/outside/*", ...to, upstream: "outside" },
    { path: "/usual/*", ...to, upstream: "usual" },
    {
      path: "/outside/own/*",
      ...to,
      access: "token",
      revocation: "none",
      forward_authorization: true,
      upstream: "outside",
    },
  ],
};
const services: Service[] = [
  { ...(await builtWorker(edgeWorker, "gate", table, [{ name: "SECRET", json: SECRET }])), outbound: "zone" },
  {
    name: "zone",
    modules: [{ name: "worker.js", content: ZONE }],
    ...runtime(config),
    bindings: [{ name: "GATE", service: "gate" }],
  },
];
const dir = await mkdtemp(join(tmpdir(), "latchkey-host-"));
const workerd = await startWorkerd(dir, services);
after(async () => {
  await workerd.stop();
  await rm(dir, { recursive: true, force: true });
});

const sent = async (path: string, init: Parameters<typeof ask>[2] = {}) => {
  const answer = await ask(workerd.origin, path, init);
  assert.equal(answer.status, 200, answer.text);
  return answer.json() as Sent;
};

test("the upstream gets the public host, and the request goes to the upstream's", async () => {
  const got = await sent("/inside/a%20b?c=1", {
    method: "POST",
    body: "text",
    headers: { "Content-Type": "text/plain" },
  });
  assert.deepEqual(
    [got.method, got.url, got.target, got.body],
    ["POST", `${PUBLIC}/inside/a%20b?c=1`, "origin.app.latchkey.test", "text"],
  );
  assert.equal(got.headers["latchkey-gate-secret"], SECRET);
  assert.equal(got.headers["x-forwarded-host"], "app.latchkey.test");
});

test("without it, the upstream gets its own host, and nothing is overridden", async () => {
  const got = await sent("/usual/x");
  assert.deepEqual([got.url, got.target], ["https://origin.app.latchkey.test/usual/x", undefined]);
  assert.equal(got.headers["latchkey-via"], undefined);
});

test("a request that comes back because the hosts are not in one zone is 502 after one round, and the log says why", async () => {
  const answer = await ask(workerd.origin, "/outside/x");
  assertProblem(answer, "bad_gateway");
  assert.equal(answer.header("x-rounds"), "1", "rounds");
  const account = { email: newEmail(), password: PASSWORD };
  const { access_token } = JSON.parse(
    (await post(workerd.origin, "/auth/sign-up", account, { headers: { Origin: PUBLIC } })).text,
  );
  const own = await ask(workerd.origin, "/outside/own/x", { headers: { Authorization: `Bearer ${access_token}` } });
  assertProblem(own, "bad_gateway");
  assert.equal(own.header("x-rounds"), "1", "a token that was verified before does not let it pass either");
  await untilLogged(workerd.logs, /preserve_host came back/);
});

test("a client that claims to be a gate is rejected if it names this one, and its claim is ignored otherwise", async () => {
  assertProblem(await ask(workerd.origin, "/usual/x", { headers: { "Latchkey-Via": PUBLIC } }), "bad_gateway");
  const other = await sent("/usual/x", { headers: { "Latchkey-Via": "https://other.example" } });
  assert.equal(other.headers["latchkey-via"], undefined);
});
