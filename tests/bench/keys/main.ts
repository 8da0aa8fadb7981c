// What an API key costs at the gate, beside an access token: the same gate, route and request, in one run.
//   npm run bench -- keys [options]
//
// warm: a credential that the isolate knows. cold: the first use of each of many tokens, whose signature must be
// verified, and the first use of each of many keys, about which their accounts are asked, which also store when they were
// used. strict: a known token and a key about which the account is asked again, because the route says so.
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "../../../tools/signals.mjs";
import { UNLIMITED } from "../../harness/stack.ts";
import { AUDIENCE, builtWorker, ISSUER, runtime, wranglerConfig } from "../gate/candidates.ts";
import { measure, type Slice } from "../gate/measure.ts";
import { Mint } from "../gate/tokens.ts";
import { bundle } from "../harness/bundle.ts";
import { edgeWorker, figuresOf, readCommandLine, wholeNumber } from "../harness/options.ts";
import { pin } from "../harness/server-process.ts";
import { spread } from "../harness/statistics.ts";
import { type RunningWorkerd, startWorkerd } from "../harness/workerd.ts";

const USAGE = `npm run bench -- keys [options]
  --rounds N       how often each load takes its turn (20)
  --requests N     requests of one turn (500)
  --first-uses N   how many new tokens and new keys one turn uses (100)
  --out FILE       where the figures are written (target/bench/keys.json)
  --no-build       measure what was built last`;

const options = readCommandLine(
  process.argv.slice(2),
  USAGE,
  {
    rounds: { type: "string", default: "20" },
    requests: { type: "string", default: "500" },
    "first-uses": { type: "string", default: "100" },
    out: { type: "string", default: figuresOf("keys") },
  },
  ({ rounds, requests, out, "first-uses": firstUses }) => ({
    rounds: wholeNumber("rounds", rounds),
    requests: wholeNumber("requests", requests),
    firstUses: wholeNumber("first-uses", firstUses),
    out,
  }),
);

/** As few headers as a program sends. */
const request = (path: string, credential: string) =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost:8787\r\nAuthorization: Bearer ${credential}\r\n\r\n`, "latin1");

async function start(dir: string): Promise<RunningWorkerd> {
  const config = await wranglerConfig(edgeWorker);
  const route = { methods: ["GET"], access: ["token", "api-key"], upstream: "bench" };
  const table = {
    ...{ issuer: ISSUER, audience: AUDIENCE, sign_up: "open", api_keys: {}, ...UNLIMITED },
    upstreams: { bench: { service: "UPSTREAM" } },
    routes: [
      { path: "/api/*", ...route },
      { path: "/strict/*", ...route, revocation: "strict" },
    ],
  };
  return startWorkerd(join(dir, "gate"), [
    await builtWorker(edgeWorker, "gate", table, [{ name: "UPSTREAM", service: "upstream" }]),
    {
      ...runtime(config),
      name: "upstream",
      modules: [await bundle(new URL("../gate/workers/upstream.ts", import.meta.url))],
    },
  ]);
}

/** How many keys an account may have. */
const KEYS_OF_ACCOUNT = 50;

let accounts = 0;

/** Keys that were never used, of as many accounts as they need. */
async function newKeys(origin: string, count: number): Promise<string[]> {
  const headers = { "Content-Type": "application/json", "Latchkey-Client": "latchkey-bench/1" };
  const send = async (path: string, body: unknown, more: Record<string, string> = {}) => {
    const answer = await fetch(`${origin}${path}`, {
      method: "POST",
      headers: { ...headers, ...more },
      body: JSON.stringify(body),
    });
    if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { access_token: string; key: string };
  };
  const keys: string[] = [];
  while (keys.length < count) {
    accounts += 1;
    const email = `keys-${accounts}@example.com`;
    const user = await send("/auth/sign-up", { email, password: "correct horse battery staple" });
    for (let i = 0; i < KEYS_OF_ACCOUNT && keys.length < count; i++) {
      const made = await send("/auth/api-keys", { name: "bench" }, { Authorization: `Bearer ${user.access_token}` });
      keys.push(made.key);
    }
  }
  return keys;
}

const dir = await mkdtemp(join(tmpdir(), "latchkey-bench-keys-"));
process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
const server = await start(dir);
try {
  const mint = await Mint.of(server.origin, server.storage);
  const [key = ""] = await newKeys(server.origin, 1);
  const pinned = (await pin(process.pid, 1)) && (await pin(server.pid, 0));
  const repeated = (path: string, credential: string) => [request(path, credential)];
  const loads = {
    "token warm": () => repeated("/api/x", mint.token()),
    "key warm": () => repeated("/api/x", key),
    "token cold": () => mint.tokens(options.firstUses).map((token) => request("/api/x", token)),
    "key cold": async () => (await newKeys(server.origin, options.firstUses)).map((key) => request("/api/x", key)),
    "token strict": () => repeated("/strict/x", mint.token()),
    "key strict": () => repeated("/strict/x", key),
  };
  const names = Object.keys(loads) as (keyof typeof loads)[];
  const slices = Object.fromEntries(names.map((name) => [name, [] as Slice[]])) as Record<keyof typeof loads, Slice[]>;
  for (let round = 0; round <= options.rounds; round++) {
    for (const [at] of names.entries()) {
      const name = names[(at + round) % names.length] as keyof typeof loads;
      const requests = await loads[name]();
      // A request that is measured as the first use must not be sent before.
      const isCold = name === "token cold" || name === "key cold";
      const [warm = Buffer.alloc(0)] = isCold ? loads["key warm"]() : requests;
      const warmUp = Array.from({ length: 100 }, () => warm);
      const slice = await measure(server, warmUp, requests, isCold ? options.firstUses : options.requests);
      // The first round is for the compilers in V8.
      if (round > 0) slices[name].push(slice);
    }
  }
  const ratio = (one: keyof typeof loads, other: keyof typeof loads, of: "cpu" | "p50") =>
    spread(slices[one].map((slice, i) => slice[of] / (slices[other][i] as Slice)[of]));
  const results = {
    pinned,
    cpu: Object.fromEntries(names.map((name) => [name, spread(slices[name].map(({ cpu }) => cpu))])),
    p50: Object.fromEntries(names.map((name) => [name, spread(slices[name].map(({ p50 }) => p50))])),
    ratios: {
      "key to token, warm": ratio("key warm", "token warm", "cpu"),
      "key to token, cold": ratio("key cold", "token cold", "cpu"),
      "key to token, strict": ratio("key strict", "token strict", "cpu"),
      "key, cold to warm": ratio("key cold", "key warm", "cpu"),
      "key to token, warm, p50": ratio("key warm", "token warm", "p50"),
      "key to token, cold, p50": ratio("key cold", "token cold", "p50"),
      "key to token, strict, p50": ratio("key strict", "token strict", "p50"),
    },
  };
  for (const [name, { median, quartiles }] of Object.entries(results.cpu))
    console.log(
      `${name}: ${median.toFixed(0)} µs of CPU time a request (${quartiles.map((q) => q.toFixed(0)).join("–")})`,
    );
  for (const [name, { median, quartiles }] of Object.entries(results.ratios))
    console.log(`${name}: ${median.toFixed(2)} (${quartiles.map((q) => q.toFixed(2)).join("–")})`);
  await mkdir(join(options.out, ".."), { recursive: true });
  await writeFile(options.out, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\nWritten to ${options.out}`);
} finally {
  await server.stop();
}
