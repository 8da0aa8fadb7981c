// `npm create latchkey-auth`: what it makes installs from the packed packages, compiles, builds, passes its own tests,
// and runs in Chromium, on a machine without Rust.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch } from "../harness/browser.ts";
import { freePort } from "../harness/port.ts";
import { until } from "../harness/until.ts";
import { newEmail } from "../harness/visitor.ts";
import { call, Project, pack } from "./project.ts";

const PASSWORD = "a long and unusual sentence";

let browser: Browser;
before(async () => {
  await pack();
  browser = await launch();
});
after(() => browser?.close());

async function open(url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext()).newPage();
  const complaints: string[] = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

/** As a user with a keyboard does it: the fields by their labels, then the return key. */
async function signUp(page: Page): Promise<string> {
  const email = newEmail("created");
  await page.getByRole("button", { name: "No account yet? Create one" }).click();
  await page.getByRole("button", { name: "Create account" }).waitFor();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password", { exact: true }).press("Enter");
  await page.getByText(`Signed in as ${email}`).waitFor();
  return email;
}

async function callApi(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Call the API" }).click();
  await page.getByText(/^The API knows you as [0-9a-f]{64}\.$/).waitFor();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
}

async function signUpStatus(origin: string): Promise<number> {
  const headers = { Origin: origin, "Latchkey-Client": "tests/1", "Content-Type": "application/json" };
  const body = JSON.stringify({ email: newEmail("created"), password: PASSWORD });
  return (await fetch(`${origin}/auth/sign-up`, { method: "POST", headers, body })).status;
}

/** Serves the built page by the Worker, as it is deployed, and uses it. */
async function useBuilt(project: Project): Promise<void> {
  const port = await freePort();
  await project.edit("wrangler.toml", "localhost:5173", `localhost:${port}`);
  const origin = `http://localhost:${port}`;
  const secrets = await call("npx", ["latchkey-worker", "secret", "--local", "--if-missing"], project.folder);
  assert.equal(secrets.code, 0, secrets.output);
  const args = ["wrangler", "dev", "--ip", "localhost", "--port", String(port), "--inspector-port", "0"];
  const server = await project.serve("npx", args, `${origin}/healthz`);
  const { page, complaints } = await open(`${origin}/any/path`);
  await signUp(page);
  await callApi(page);
  await signOut(page);
  const response = await fetch(`${origin}/`);
  assert.match(
    response.headers.get("content-security-policy") ?? "",
    /script-src 'self' 'wasm-unsafe-eval';.*trusted-types/,
  );
  assert.deepEqual(complaints, []);
  await server.stop();
}

// npm waits as much as it computes.
describe("created projects", { concurrency: 2 }, () => {
  test("there is no Rust on the PATH", async () => {
    const { code } = await call("sh", ["-c", "command -v cargo || command -v rustc"]);
    assert.notEqual(code, 0);
  });

  describe("react, with the API in the same Worker", { concurrency: 1 }, () => {
    let project: Project;
    before(async () => {
      project = await Project.create("react", "worker");
    });

    test("its types are right, its tests pass, and it builds", async () => {
      await project.script("check");
      assert.match(await project.script("test"), /Tests +4 passed \(4\)/);
      await project.script("build");
    });

    test("wrangler would deploy it", async () => {
      const { output, code } = await call("npx", ["wrangler", "deploy", "--dry-run"], project.folder);
      assert.equal(code, 0, output);
      assert.match(output, /env\.API \(react-worker#Api\)/);
    });

    test("npm run dev: one origin, edits of the page and of the configuration take effect, Ctrl-C ends everything", async () => {
      const dev = await project.dev();
      const { page, complaints } = await open(dev.origin);
      const email = await signUp(page);
      await callApi(page);
      assert.match(await project.read(".dev.vars"), /^LATCHKEY_KEYRING_SECRET="[A-Za-z0-9+/]{43}="\n$/);
      assert.match(await project.read(".gitignore"), /^\.dev\.vars\*$/m);

      // Hot: the page is not loaded again, and shows what it showed before.
      await page.evaluate(() => Object.assign(window, { stays: true }));
      await project.edit("src/App.tsx", "Your account", "Hello");
      // A change that comes before the development server watches the file is not seen, so the file is saved again.
      await until("the page's edit takes effect", async () => {
        await project.edit("src/App.tsx", "Hello", "Hello");
        const shown = page.getByRole("heading", { name: "Hello" }).waitFor({ timeout: 5_000 });
        return shown.then(
          () => true,
          () => false,
        );
      });
      assert.ok(await page.evaluate(() => "stays" in window));
      await page.getByText(/^The API knows you as/).waitFor();

      await project.edit("worker/api.ts", '"/api/me"', '"/api/you"');
      await until("the API's edit takes effect", async () => {
        await page.getByRole("button", { name: "Call the API" }).click();
        return page.getByText("The API answered with 404.").isVisible();
      });
      await project.edit("worker/api.ts", '"/api/you"', '"/api/me"');

      await project.edit("wrangler.toml", 'sign_up = "open"', 'sign_up = "opened"');
      await dev.prints(/sign_up: found .*opened/);
      await project.edit("wrangler.toml", 'sign_up = "opened"', 'sign_up = "closed"');
      await until("sign-up is closed", async () => (await signUpStatus(dev.origin)) === 403);
      await project.edit("wrangler.toml", 'sign_up = "closed"', 'sign_up = "open"');
      await until("the API answers again", async () => {
        await page.getByRole("button", { name: "Call the API" }).click();
        return page.getByText(/^The API knows you as/).isVisible();
      });

      await page.reload();
      await page.getByText(`Signed in as ${email}`).waitFor();
      await signOut(page);
      assert.deepEqual(
        complaints.filter((text) => !/status of (404|503)/.test(text)),
        [],
      );

      await dev.stop();
      await dev.leavesNothing();
    });

    test("without the plugin: a development server of one's own with absolute URLs, and one with a proxy", async () => {
      const [page, service] = [await freePort(), await freePort()];
      const pageOrigin = `http://localhost:${page}`;
      const serviceOrigin = `http://localhost:${service}`;
      const config = (server: string) =>
        `import react from "@vitejs/plugin-react";\nexport default { plugins: [react()], server: ${server} };\n`;
      const vite = ["vite", "--config", "own.config.js", "--port", String(page), "--strictPort"];
      const use = async () => {
        const own = await project.serve("npx", vite, pageOrigin);
        const { page, complaints } = await open(pageOrigin);
        await signUp(page);
        await callApi(page);
        await signOut(page);
        assert.deepEqual(complaints, []);
        await own.stop();
      };

      await project.edit("wrangler.toml", "http://localhost:5173", serviceOrigin);
      const args = ["wrangler", "dev", "--ip", "localhost", "--port", String(service), "--inspector-port", "0"];
      const worker = await project.serve("npx", args, `${serviceOrigin}/healthz`);
      await project.edit("src/main.ts", "location.origin", `"${serviceOrigin}"`);
      await project.edit("src/api.ts", '"/api/me"', `"${serviceOrigin}/api/me"`);
      await project.write("own.config.js", config("{}"));
      await use();

      await project.edit("wrangler.toml", serviceOrigin, pageOrigin);
      await project.edit("src/main.ts", `"${serviceOrigin}"`, "location.origin");
      await project.edit("src/api.ts", `"${serviceOrigin}/api/me"`, '"/api/me"');
      const proxy = `{ target: "${serviceOrigin}", ws: true }`;
      await project.write("own.config.js", config(`{ proxy: { "/auth": ${proxy}, "/api": ${proxy} } }`));
      await until("the Worker has the new issuer", async () => {
        const metadata = await fetch(`${serviceOrigin}/.well-known/oauth-authorization-server`);
        return ((await metadata.json()) as { issuer: string }).issuer === pageOrigin;
      });
      await use();
      await worker.stop();
      await project.edit("wrangler.toml", pageOrigin, "http://localhost:5173");
    });

    test("the built page works behind the gate, under its Content-Security-Policy", () => useBuilt(project));
  });

  describe("plain HTML, with an API reached by URL", { concurrency: 1 }, () => {
    let project: Project;
    before(async () => {
      project = await Project.create("plain", "url");
    });

    test("its types are right, its tests pass, and it builds", async () => {
      await project.script("check");
      assert.match(await project.script("test"), /Tests +4 passed \(4\)/);
      await project.script("build");
    });

    test("npm run dev: one origin, the API accepts only the gate's requests, nothing is left when Vite is killed", async () => {
      const [port, api] = [await freePort(), await freePort()];
      await project.edit("wrangler.toml", "localhost:5173", `localhost:${port}`);
      for (const file of ["wrangler.toml", "api/server.ts"]) await project.edit(file, "3001", String(api));
      const dev = await project.dev(port);
      const { page, complaints } = await open(dev.origin);
      await signUp(page);
      await callApi(page);
      const direct = await fetch(`http://127.0.0.1:${api}/api/me`, { headers: { "Latchkey-Subject": "anyone" } });
      assert.equal(direct.status, 403);

      await project.edit("index.html", "Your account", "Hello");
      await page.getByRole("heading", { name: "Hello" }).waitFor();
      await project.edit("api/server.ts", "{ id: user?.subject,", '{ id: "user 1",');
      await until("the API's edit takes effect", async () => {
        await page.getByRole("button", { name: "Call the API" }).click();
        return page.getByText(/^The API knows you as user 1/).isVisible();
      });
      await signOut(page);
      assert.deepEqual(
        complaints.filter((text) => !/status of 50[234]/.test(text)),
        [],
      );

      dev.kill();
      await dev.leavesNothing();
    });
  });

  for (const frontend of ["vue", "svelte", "plain"] as const) {
    test(`${frontend}, with the API in the same Worker: its types are right, its tests pass, and the built page works`, async () => {
      const project = await Project.create(frontend, "worker");
      await project.script("check");
      assert.match(await project.script("test"), /Tests +4 passed \(4\)/);
      await project.script("build");
      await useBuilt(project);
    });
  }
});
