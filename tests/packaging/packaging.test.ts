// What users get from the registry: packed, installed, built by their bundlers, run in Chromium under a strict policy
// against the real Worker. Each app is opened at the gate's own origin, behind it, and at an origin of its own on the
// same site.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { launch } from "../harness/browser.ts";
import { freePort } from "../harness/port.ts";
import { startStack } from "../harness/stack.ts";
import { newEmail } from "../harness/visitor.ts";
import { BUNDLER_NAMES, type BundlerName, buildApp, cdn, inTwoLanes, outputFiles, outputOf } from "./bundlers.ts";
import { PACKAGE_FILES } from "./files.ts";
import {
  buildRendered,
  filesWithServerCode,
  RENDERED_NAMES,
  routesOf,
  SECRET,
  serveRendered,
  visitRendered,
} from "./rendered.ts";
import { copyChecks, RUNNERS, runChecks } from "./runners.ts";
import { cdnPolicy, DEVELOPMENT_NAMES, policy, serveApps, serveCdn, serveDevelopment, serveNext } from "./server.ts";
import { installedPackages, installTarball, PROJECT, pack, run } from "./tarball.ts";
import { errorLines, markedLines, RESOLUTIONS } from "./types.ts";

const tarball = await installTarball();
const port = await freePort();
const gate = `http://localhost:${port}`;
const contentSecurityPolicy = policy(gate);
const files = await serveCdn();
cdn.origin = files.origin;
const policyOf = (name: BundlerName, query: URLSearchParams) =>
  name === "cdn"
    ? cdnPolicy(contentSecurityPolicy, files.origin, query.get("worker-src") ?? undefined)
    : contentSecurityPolicy;
const builds = [
  ...BUNDLER_NAMES.map((name) => () => buildApp(name)),
  ...RENDERED_NAMES.map((name) => () => buildRendered(name)),
];
const [apps, browser] = await Promise.all([serveApps(policyOf), launch(), inTwoLanes(builds)]);
const next = await serveNext(await freePort(), contentSecurityPolicy);
const renderedPort = await freePort();
const rendered = { url: `http://localhost:${renderedPort}`, secret_binding: "GATE_SECRET" };

const devPort = await freePort();
const everyone = { methods: ["GET", "HEAD"], access: "public", cache: "upstream" };
const stack = await startStack({
  port,
  secrets: { GATE_SECRET: SECRET },
  config: {
    sign_up: "open",
    email_headers: true,
    allowed_origins: [apps.origin, next.origin, `http://localhost:${devPort}`],
    upstreams: { apps: { url: apps.origin }, next: { url: next.origin }, rendered },
    routes: [
      { path: "/api/*", methods: ["GET"], access: "token", upstream: "demo" },
      { path: "/next/*", ...everyone, upstream: "next" },
      { path: "/next", ...everyone, upstream: "next" },
      ...RENDERED_NAMES.flatMap((name) => routesOf(name)),
      { path: "/*", ...everyone, upstream: "apps" },
    ],
  },
});
after(() => Promise.all([browser.close(), stack.stop(), next.stop(), apps.stop(), files.stop()]));

/** What attw prints. */
interface Attw {
  analysis: { types: unknown };
  problems?: Record<string, { entrypoint?: string; kind: string; resolutionKind?: string }[]>;
}

describe("the tarball", () => {
  const manifest = async () =>
    JSON.parse(await readFile(join(PROJECT, "node_modules/latchkey-auth/package.json"), "utf8"));

  test("check_58 holds exactly the files it should", () => assert.deepEqual(tarball.files, PACKAGE_FILES));

  test("check_58 brings no other package and runs nothing when it is installed", async () => {
    assert.deepEqual(await installedPackages(), ["latchkey-auth"]);
    const { scripts, dependencies, optionalDependencies, bundleDependencies, bin } = await manifest();
    const peers = (await manifest()).peerDependencies ?? {};
    const optional = (await manifest()).peerDependenciesMeta ?? {};
    assert.deepEqual([scripts, dependencies, optionalDependencies, bundleDependencies, bin], Array(5).fill(undefined));
    // A framework's adapter needs the framework, which its users have.
    for (const peer of Object.keys(peers)) assert.ok(optional[peer]?.optional, `${peer} is optional`);
  });

  test("the licences in it are the project's", async () => {
    for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) {
      const [packed, own] = [
        join(PROJECT, "node_modules/latchkey-auth", name),
        new URL(`../../${name}`, import.meta.url),
      ];
      assert.equal(await readFile(packed, "utf8"), await readFile(own, "utf8"), name);
    }
  });

  test("publint reports nothing", async () => {
    const pkgDir = join(PROJECT, "node_modules/latchkey-auth");
    const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  test("attw reports nothing, for latchkey-worker too", async () => {
    const attw = fileURLToPath(new URL("node_modules/.bin/attw", import.meta.url));
    const files = ["./vault-worker.js", "./vault_bg.wasm", "./sign-in.css"]; // Addresses for bundlers, not modules.
    for (const { path } of [tarball, await pack("edge-worker/package")]) {
      const args = [path, "--profile", "esm-only", "--format", "json", "--exclude-entrypoints", ...files];
      const { stdout } = await run(attw, args).catch((error: { stdout: string }) => error);
      const { analysis, problems } = JSON.parse(stdout) as Attw;
      assert.deepEqual(analysis.types, { kind: "included" });
      // Modules only: for `require` there is nothing, and Node's oldest resolution knows no "exports".
      const found = Object.values(problems ?? {}).flat();
      assert.deepEqual(
        found.filter(({ resolutionKind = "" }) => !["node10", "node16-cjs"].includes(resolutionKind)),
        [],
        path,
      );
    }
  });

  for (const resolution of RESOLUTIONS) {
    test(`its types, found as ${resolution.moduleResolution} does: uses compile, misuses don't`, async () => {
      const marked = await markedLines();
      assert.ok(marked.length > 20);
      assert.deepEqual(await errorLines(resolution), marked);
    });
  }

  test("a server may import it; creating a client there fails with a code", async () => {
    const script = `import { createClient } from "latchkey-auth";
      createClient({ service: "https://a.example" }).catch((error) => console.log(error.code));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: PROJECT });
    assert.equal(stdout, "invalid_options\n");
  });
});

describe("test runners", async () => {
  await copyChecks();
  for (const runner of RUNNERS) {
    test(`check_55 ${runner.name}`, async () => assert.match(await runChecks(runner), runner.says));
  }
});

/** What the page says of itself while a test runs: errors, and answers it didn't expect. */
function complaints(page: Page): string[] {
  const found: string[] = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && found.push(message.text()));
  page.on("pageerror", (error) => found.push(String(error)));
  return found;
}

/** Lets a page be served with another policy. */
async function changePolicy(page: Page, change: (policy: string) => string): Promise<void> {
  await page.route(/\/(bare|next)\/?(\?|$)/, async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    const changed = change(headers["content-security-policy"] ?? "");
    await route.fulfill({ response, headers: { ...headers, "content-security-policy": changed } });
  });
}

interface Use {
  vault?: "page";
  /** Further parameters of the page's address. */
  more?: Record<string, string>;
  /** Whether the page is served as in production. */
  strict?: boolean;
}

/** The app in one page, for a new user. */
async function use(name: BundlerName, origin: string, { vault, more, strict = true }: Use = {}): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const found = complaints(page);
  const wasm: string[] = [];
  page.on("request", (request) => new URL(request.url()).pathname.endsWith(".wasm") && wasm.push(request.url()));
  if (!strict) await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  // Turbopack adds scripts by their bare addresses when a part of the app is loaded later, as page mode is.
  if (name === "next" && vault && strict)
    await changePolicy(page, (policy) => policy.replace(/; require-trusted-types.*/, ""));
  const email = newEmail(name);
  const says = (what: string, id = "status") => page.locator(`#${id}`).filter({ hasText: what }).waitFor();
  const press = (label: string) => page.getByRole("button", { name: label, exact: true }).click();
  const call = async () => {
    await press("call");
    await says('"id"', "result");
    return page.locator("#result").textContent();
  };
  const query = new URLSearchParams({ service: gate, email, ...(vault ? { vault } : {}), ...more });
  await page.goto(`${origin}/${name}${name === "next" ? "" : "/"}?${query}`);
  await says("signed-out");
  if (["next", "astro", "sveltekit", "nuxt"].includes(name)) {
    assert.equal(await page.locator("#server").textContent(), "function", "imported on the server");
  }
  if (strict) assert.ok(await page.evaluate(() => crossOriginIsolated), "COOP and COEP are in force");
  await press("sign up");
  await says(`signed-in ${email}`);
  const me = await call();
  await page.reload();
  await says(`signed-in ${email}`);
  assert.equal(await call(), me, "the same user after the reload");
  await press("sign out");
  await says("signed-out");
  assert.equal(new Set(wasm).size, 1, `one module is fetched: ${wasm}`);
  assert.equal(page.workers().length, vault === "page" ? 0 : 1, "where the vault runs");
  assert.deepEqual(found, []);
  await context.close();
}

for (const name of BUNDLER_NAMES) {
  const own = name === "next" ? next.origin : apps.origin;
  describe(`built by ${name}`, () => {
    test("exactly one .wasm comes out", async () => {
      const files = await outputFiles(name, ".wasm");
      assert.equal(files.length, 1, files.join(", "));
    });
    test("check_55 app, service and API on one origin, under the strict policy", () => use(name, gate));
    test("check_55 app and service on two origins of one site, under the strict policy", () => use(name, own));
    test('check_55 vault: "page", under the strict policy', () => use(name, gate, { vault: "page" }));
  });
}

test("check_55 SvelteKit compiles <SignIn> of the package, and renders it on the server", async () => {
  const html = await readFile(join(outputOf("sveltekit"), "form.html"), "utf8");
  assert.match(html, /<form part="latchkey sign-up" lang="en"/);
  assert.match(html, /autocomplete="new-password"/);
});

for (const name of DEVELOPMENT_NAMES) {
  test(`check_55 the development server of ${name}, without configuration`, async () => {
    const dev = await serveDevelopment(name, devPort);
    try {
      await use(name, dev.origin, { strict: false });
      await use(name, dev.origin, { strict: false, vault: "page" });
    } finally {
      await dev.stop();
    }
  });
}

for (const name of RENDERED_NAMES) {
  test(`pages that ${name} renders know the session from the first byte on`, async () => {
    const server = await serveRendered(name, renderedPort);
    try {
      await visitRendered(name, { browser, gate, signUp });
      assert.deepEqual(await filesWithServerCode(name), [], "what browsers get has nothing of latchkey-auth/server");
    } finally {
      await server.stop();
    }
  });
}

/** At the app without a bundler. */
async function signUp(page: Page, email: string): Promise<void> {
  await page.goto(`${gate}/bare/?${new URLSearchParams({ email })}`);
  await page.getByRole("button", { name: "sign up", exact: true }).click();
  await page
    .locator("#status")
    .filter({ hasText: `signed-in ${email}` })
    .waitFor();
}

test("check_55 a bundle on a CDN, the vault's files at addresses of the page's origin, and no worker-src blob:", async () => {
  const more = {
    "worker-src": "'self'",
    workerUrl: "/bare/latchkey/latchkey-auth/vault-worker.js",
    wasmUrl: "/bare/latchkey/latchkey-auth/vault_bg.wasm",
  };
  await use("cdn", gate, { more });
});

test("check_55 a bundle on a CDN and a policy without worker-src blob:: the error states the solutions", async () => {
  const page = await browser.newPage();
  await page.goto(`${gate}/cdn/?worker-src='self'`);
  const status = page.locator("#status").filter({ hasText: "vault_unavailable" });
  await status.waitFor();
  assert.match((await status.textContent()) ?? "", /set workerUrl and wasmUrl.*worker-src blob:.*vault: "page"/);
  await page.close();
});

test("check_55 a policy without 'wasm-unsafe-eval': the error says what to allow", async () => {
  const page = await browser.newPage();
  await page.route("**/*", async (route) => {
    const response = await route.fetch();
    const strict = contentSecurityPolicy.replace(" 'wasm-unsafe-eval'", "");
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": strict } });
  });
  await page.goto(`${gate}/bare/`);
  await page.locator("#status").filter({ hasText: "vault_unavailable" }).waitFor();
  assert.match((await page.locator("#status").textContent()) ?? "", /script-src 'wasm-unsafe-eval'/);
  await page.close();
});
