// Apps of frameworks that render pages on a server, with the session that the gate has seen on the request.
// docs/server-rendering.md shows their files.
import assert from "node:assert/strict";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { until } from "../harness/until.ts";
import { newEmail } from "../harness/visitor.ts";
import { ENV, installIn, viteBin } from "./bundlers.ts";
import { program, type Server, serve } from "./server.ts";
import { PROJECT, run } from "./tarball.ts";

/** What the gate sends to these servers. */
export const SECRET = "the gate's secret, of more than 32 bytes";

interface Framework {
  /** Arguments of Node that build the app, in its directory. */
  readonly build: readonly string[];
  /** Arguments of Node that serve it. */
  readonly serve: (port: string) => readonly string[];
  /** What it put out for browsers. */
  readonly output: string;
  /** The folder of its assets, below the app's path. */
  readonly assets: string;
}

const FRAMEWORKS = {
  next: {
    build: [program("next/dist/bin/next"), "build"],
    serve: (port) => [program("next/dist/bin/next"), "start", "--port", port],
    output: ".next/static",
    assets: "_next",
  },
  sveltekit: {
    build: [viteBin(8), "build"],
    serve: () => ["build/index.js"],
    output: "build/client",
    assets: "_app",
  },
  nuxt: {
    build: [program(".bin/nuxt"), "build"],
    serve: () => [".output/server/index.mjs"],
    output: ".output/public",
    assets: "_nuxt",
  },
  "react-router": {
    build: [program("@react-router/dev/bin.cjs"), "build"],
    serve: () => [program("@react-router/serve/bin.cjs"), "build/server/index.js"],
    output: "build/client",
    assets: "assets",
  },
} satisfies Record<string, Framework>;

export type RenderedName = keyof typeof FRAMEWORKS;
export const RENDERED_NAMES = Object.keys(FRAMEWORKS) as RenderedName[];

const SOURCES = fileURLToPath(new URL("apps/rendered", import.meta.url));
const appOf = (name: RenderedName) => join(PROJECT, `rendered-${name}`);
/** Where it is below the gate's origin, without a slash at its end. */
const pathOf = (name: RenderedName) => `/rendered-${name}`;

export async function buildRendered(name: RenderedName): Promise<void> {
  const app = appOf(name);
  await cp(join(SOURCES, name), app, { recursive: true });
  if (name === "sveltekit") await installIn(app);
  await run(process.execPath, [...FRAMEWORKS[name].build], { cwd: app, env: ENV });
}

export function serveRendered(name: RenderedName, port: number): Promise<Server> {
  const env = { PORT: String(port), HOST: "localhost", NITRO_PORT: String(port), GATE_SECRET: SECRET };
  const probe = new Request(`http://localhost:${port}${pathOf(name)}/`, {
    headers: { "Latchkey-Gate-Secret": SECRET, Accept: "text/html" },
  });
  return serve(name, FRAMEWORKS[name].serve(String(port)), { cwd: appOf(name), env, probe });
}

/** The pages know the user, the assets need not. One of the servers runs at a time, as the upstream `rendered`. */
export function routesOf(name: RenderedName): Record<string, unknown>[] {
  const methods = ["GET", "HEAD"];
  const [path, upstream] = [pathOf(name), "rendered"];
  return [
    { path, methods, access: "optional", upstream },
    { path: `${path}/*`, methods, access: "optional", upstream },
    { path: `${path}/${FRAMEWORKS[name].assets}/*`, methods, access: "public", cache: "upstream", upstream },
  ];
}

/** Records in the page each text that its `<p>` has, from the first byte on. */
function recordTexts(): void {
  const texts: string[] = [];
  Object.assign(globalThis, { texts });
  const note = () => {
    const text = document.querySelector("p")?.textContent;
    if (text !== undefined && text !== texts.at(-1)) texts.push(text);
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
}

const textsOf = (page: Page) => page.evaluate(() => (globalThis as unknown as { texts: string[] }).texts);

export interface Surroundings {
  readonly browser: Browser;
  /** The gate's origin. */
  readonly gate: string;
  /** Lets the page sign up, at an app without server rendering. */
  signUp(page: Page, email: string): Promise<void>;
}

/** The app for a user who signs in, reloads, calls the API and signs out. */
export async function visitRendered(name: RenderedName, { browser, gate, signUp }: Surroundings): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(recordTexts);
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  const email = newEmail(name);
  const open = async () => {
    const response = await page.goto(`${gate}${pathOf(name)}`);
    assert.equal(response?.status(), 200);
    return (await response?.text()) ?? "";
  };
  const shows = (text: string) => page.locator("p").filter({ hasText: text }).waitFor();
  const press = (label: string) => page.getByRole("button", { name: label, exact: true }).click();

  const anonymous = await open();
  await shows("Signed out");
  assert.match(anonymous, /One moment/, "without a session, only the vault knows");
  assert.deepEqual(await textsOf(page), ["One moment…", "Signed out"]);

  await signUp(page, email);
  const found: string[] = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && found.push(message.text()));
  page.on("pageerror", (error) => found.push(String(error)));
  const html = await open();
  assert.ok(html.includes(email), "the first HTML has the user's address");
  assert.doesNotMatch(html, /One moment|Signed out/);
  // A call waits for the vault, so from its answer on the page shows what the vault says. A click before hydration has
  // no effect.
  const answer = page.locator("output").filter({ hasText: '"id"' });
  await until("a call is answered", async () => {
    if (await answer.isVisible()) return true;
    await press("Call");
    return false;
  });
  assert.deepEqual(await textsOf(page), [`Signed in as ${email}`], "nothing else was shown meanwhile");

  await press("Sign out");
  await shows("Signed out");
  const after = await open();
  await shows("Signed out");
  assert.ok(!after.includes(email));
  assert.deepEqual(found, []);
  await context.close();
}

/** Files for browsers in which what only servers need would be. */
export async function filesWithServerCode(name: RenderedName): Promise<string[]> {
  const dir = join(appOf(name), FRAMEWORKS[name].output);
  const files = (await readdir(dir, { recursive: true })).filter((file) => file.endsWith(".js"));
  assert.ok(files.length > 0);
  const texts = await Promise.all(files.map((file) => readFile(join(dir, file), "utf8")));
  return files.filter((_, index) => /latchkey-gate-secret|GATE_SECRET/.test(texts[index] ?? ""));
}
