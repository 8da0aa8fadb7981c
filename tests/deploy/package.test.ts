// The package latchkey-worker as its users get it: packed, installed from the tarball outside of this repository, and
// used in both ways: `main` names its module, or a module of the user's own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { assertProblem, assertTokenResponse } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { freePort } from "../harness/port.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { workerProject } from "../harness/worker-project.ts";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const run = promisify(execFile);

interface Packed {
  name: string;
  path: string;
  files: string[];
  size: number;
  unpackedSize: number;
}
const { pack } = (await import(at("tools/pack.mjs"))) as { pack(): Promise<Packed[]> };
const packed = await pack();
const tarball = packed.find(({ name }) => name === "latchkey-worker") as Packed;

/** A Worker with routes of its own. `/panic` makes Rust panic: the next response that it constructs cannot be constructed. */
const OWN = `import latchkey from "latchkey-worker";

export * from "latchkey-worker";

let waiting = 0;
let panics = false;
globalThis.Response = new Proxy(Response, {
  construct(target, parts) {
    if (!panics) return new target(...parts);
    panics = false;
    throw new Error("made to fail");
  },
});

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/hello") return Response.json({ greeting: env.GREETING, waiting });
    const counted = { waitUntil: (promise) => (waiting++, ctx.waitUntil(promise)) };
    panics = pathname === "/panic";
    return latchkey.fetch(request, env, counted);
  },
};
`;

/** The same with types, as \`wrangler types\` generates them. */
const TYPED = `import latchkey from "latchkey-worker";

export * from "latchkey-worker";

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/hello") return new Response(env.GREETING);
    const account: DurableObjectStub = env.ACCOUNT.get(env.ACCOUNT.newUniqueId());
    return account ? latchkey.fetch(request, env, ctx) : new Response(null, { status: 503 });
  },
} satisfies ExportedHandler<Env>;
`;

const readme = await readFile(at("edge-worker/package/README.md"), "utf8");
const [, example = ""] = /```toml\n([\s\S]+?)```/.exec(readme) ?? [];
const main = 'main = "node_modules/latchkey-worker/index.js"';
const configuration = (entry: string, origin: string) => {
  const text = example
    .replace(main, `main = "${entry}"`)
    .replaceAll("https://app.example.com", origin)
    .replace(/\[\[services\]\][^[]*/, "")
    .replace('service = "API"', 'url = "https://api.acme.dev"\nsecret_binding = "GATE_SECRET"')
    .replace(/\[vars\.LATCHKEY\.keys\]\n.+\n/, "");
  return `${text}\n[vars]\nGREETING = "hello"\nGATE_SECRET = "${"s".repeat(43)}"\n`;
};

const project = await workerProject({}, tarball.path);
after(() => project.remove());
const installed = join(project.dir, "node_modules", "latchkey-worker");
const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
const port = await freePort();
const origin = `http://localhost:${port}`;
await writeFile(join(project.dir, "own.js"), OWN);
await writeFile(join(project.dir, "typed.ts"), TYPED);
for (const [name, entry] of [
  ["module.toml", "node_modules/latchkey-worker/index.js"],
  ["own.toml", "own.js"],
  ["typed.toml", "typed.ts"],
] as const)
  await writeFile(join(project.dir, name), configuration(entry, origin));

describe("the tarball of latchkey-worker", () => {
  test("contains what is needed, and neither sources nor tests", () => {
    const expected =
      /^(LICENSE-(APACHE|MIT|THIRD-PARTY)|README\.md|package\.json|index\.js|index_bg\.wasm|(index|vite)\.d\.ts|sbom\.cdx\.json|(\w+\.)?schema\.json|bin\/latchkey-worker\.mjs|(command|vite)\/[\w-]+\.js|command\/generated\/config_check_bg\.wasm)$/;
    assert.deepEqual(
      tarball.files.filter((file) => !expected.test(file)),
      [],
    );
    for (const file of ["LICENSE-MIT", "bin/latchkey-worker.mjs", "command/main.js", "index.js", "index_bg.wasm"])
      assert.ok(tarball.files.includes(file), file);
  });

  test("brings no other package and runs nothing when it is installed", async () => {
    const { scripts, dependencies, optionalDependencies, bundleDependencies } = manifest;
    assert.deepEqual([scripts, dependencies, optionalDependencies, bundleDependencies], Array(4).fill(undefined));
    const packages = (await readdir(join(project.dir, "node_modules"))).filter((name) => !name.startsWith("."));
    assert.deepEqual(packages, ["latchkey-worker", "wrangler"], "wrangler is this test's");
  });

  test("publint has nothing to say", async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  test("lists the crates that it contains with their checksums, and their licences", async () => {
    const bom = JSON.parse(await readFile(join(installed, "sbom.cdx.json"), "utf8"));
    assert.deepEqual(
      [bom.bomFormat, bom.specVersion, bom.metadata.component.purl],
      ["CycloneDX", "1.6", `pkg:npm/latchkey-worker@${manifest.version}`],
    );
    const lock = await readFile(at("Cargo.lock"), "utf8");
    const licences = await readFile(join(installed, "LICENSE-THIRD-PARTY"), "utf8");
    const components = bom.components as { name: string; version: string; hashes?: { content: string }[] }[];
    for (const name of ["worker", "jwt-simple", "argon2", "edge-worker", "auth-core", "config-check"])
      assert.ok(
        components.some((each) => each.name === name),
        name,
      );
    assert.ok(!components.some(({ name }) => ["syn", "wasm-bindgen-macro", "proptest"].includes(name)));
    for (const { name, version, hashes } of components.filter((each) => each.hashes)) {
      assert.ok(lock.includes(`name = "${name}"\nversion = "${version}"`), `${name} is in Cargo.lock`);
      assert.ok(lock.includes(hashes?.[0]?.content ?? "-"), `the checksum of ${name}`);
      assert.ok(licences.includes(`${name} ${version}`), `the licence of ${name}`);
    }
    const refs = new Set([
      bom.metadata.component["bom-ref"],
      ...bom.components.map((c: { "bom-ref": string }) => c["bom-ref"]),
    ]);
    for (const { ref, dependsOn } of bom.dependencies)
      for (const name of [ref, ...dependsOn]) assert.ok(refs.has(name), name);
  });

  test("its size, and those of the other packages", async (t) => {
    const figures = Object.fromEntries(packed.map(({ name, size, unpackedSize }) => [name, { size, unpackedSize }]));
    t.diagnostic(JSON.stringify(figures));
    await mkdir(at("target/test"), { recursive: true });
    await writeFile(at("target/test/packages.json"), `${JSON.stringify(figures, null, 2)}\n`);
    // With every way to sign in and the authorization server, the compressed Worker is 1.1 MB of it; the platform takes
    // 3 MB on its free plan.
    assert.ok(tarball.size < 1_500_000, `latchkey-worker: ${tarball.size} bytes`);
  });
});

for (const [what, config] of [
  ["the package's module", "module.toml"],
  ["a module of one's own", "own.toml"],
] as const) {
  test(`the dry run of a deployment of ${what} sends the WebAssembly once, unchanged`, async () => {
    const outdir = join(project.dir, `out-${config}`);
    const { code, stdout, stderr } = await project.wrangler(["deploy", "-c", config, "--dry-run", "--outdir", outdir]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /WARNING/);
    for (const binding of [
      "ACCOUNT",
      "DIRECTORY",
      "KEYRING",
      "REVOCATIONS",
      "LIMITER",
      "HASHER",
      "CLIENTS",
      "DEVICES",
      "LATCHKEY",
    ])
      assert.match(stdout, new RegExp(`env\\.${binding}\\b`));
    const sent = (await readdir(outdir)).filter((name) => name.endsWith(".wasm"));
    assert.equal(sent.length, 1, sent.join(", "));
    const [one, two] = [join(outdir, sent[0] ?? ""), join(installed, "index_bg.wasm")];
    assert.ok((await readFile(one)).equals(await readFile(two)));
  });
}

const health = async () => (await ask(origin, "/healthz")).status;
const signUp = async (email: string) =>
  assertTokenResponse(await post(origin, "/auth/sign-up", { email, password: PASSWORD }), 201, 300);

test("wrangler dev with the package's module: the service works", async () => {
  const dev = await project.dev(origin, ["-c", "module.toml", "--var", `LATCHKEY:${await openTable()}`]);
  try {
    await signUp(newEmail());
    assert.equal((await ask(origin, "/api/me")).status, 401);
  } finally {
    await dev.stop();
  }
});

test("wrangler dev with a module of one's own: its routes, the service, variables, ctx.waitUntil, and a panic", async () => {
  const dev = await project.dev(origin, ["-c", "own.toml", "--var", `LATCHKEY:${await openTable()}`]);
  try {
    const hello = async () => (await ask(origin, "/hello")).json();
    assert.deepEqual(await hello(), { greeting: "hello", waiting: 0 });
    const email = newEmail();
    await signUp(email);
    const failed = await post(origin, "/auth/sign-in", { email, password: `not ${PASSWORD}` });
    assertProblem(failed, "invalid_credentials");
    assert.equal((await hello()).waiting, 1, "the failure is recorded after the response, by the given context");

    const panicked = await ask(origin, "/panic");
    assert.equal(panicked.status, 503, panicked.text);
    await until("the log says so", () => dev.logs().includes("Critical"));
    assert.equal(await health(), 200, "the next request has a working instance");
    const signedIn = await post(origin, "/auth/sign-in", { email, password: PASSWORD });
    const token = assertTokenResponse(signedIn, 200, 300).access_token;
    const sessions = await ask(origin, "/auth/sessions", { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(sessions.status, 200, sessions.text);
  } finally {
    await dev.stop();
  }
});

test("a module of one's own in TypeScript, with the types that wrangler generates", async () => {
  const types = await project.wrangler(["types", "-c", "typed.toml", "worker.d.ts"]);
  assert.equal(types.code, 0, types.stderr);
  const options = { module: "esnext", moduleResolution: "bundler", target: "es2022", lib: ["es2023"], types: [] };
  const compilerOptions = { ...options, noEmit: true, strict: true, skipLibCheck: false };
  await writeFile(
    join(project.dir, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["worker.d.ts", "typed.ts"] }),
  );
  const compiled = await run(at("node_modules/.bin/tsc"), ["-p", project.dir, "--pretty", "false"]).catch(
    (error: { stdout: string }) => error,
  );
  assert.equal(compiled.stdout, "");
});

/** The table of the configuration, with sign-up permitted. */
async function openTable(): Promise<string> {
  const { parse } = await import("smol-toml");
  const { vars } = parse(configuration("own.js", origin)) as unknown as { vars: { LATCHKEY: object } };
  return JSON.stringify({ ...vars.LATCHKEY, sign_up: "open" });
}
