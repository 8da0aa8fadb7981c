// Sign-in with another provider in Chromium: the demo's provider, the demo's page, and bare pages with other policies.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { AuthClient } from "latchkey-auth";
import type { Page } from "playwright-core";
import { Demo, launch } from "../harness/browser.ts";
import { startPage } from "../harness/page.ts";
import { startStack } from "../harness/stack.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";

declare global {
  var auth: AuthClient;
  var outcome: Promise<unknown>;
}

/** A page without restrictions of its own. */
const ANY = "default-src * data: 'unsafe-inline'; script-src * 'unsafe-inline' 'wasm-unsafe-eval'; form-action *";

const [stack, browser] = await Promise.all([startStack({ config: { sign_up: "open" } }), launch()]);
// Another origin of the same site: the service allows all origins of this machine.
const elsewhere = await startPage({ csp: ANY });
for (const path of ["/back", "/linked"]) {
  elsewhere.on(path, (_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end("A page."));
}
after(() => Promise.all([browser.close(), stack.stop(), elsewhere.stop()]));

/** The user answers at the demo's provider. */
async function answer(page: Page, email: string | null): Promise<void> {
  await page.getByRole("heading", { name: "Demo provider" }).waitFor();
  if (email !== null) await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: email === null ? "Cancel" : "Continue" }).click();
}

/** A page with a client. */
async function open(origin: string, service = stack.origin): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await start(page, origin, service);
  return page;
}

async function start(page: Page, url: string, service = stack.origin): Promise<void> {
  await page.goto(url);
  await page.evaluate(async (service) => {
    globalThis.auth = await latchkey.createClient({ service, vault: "page" });
  }, service);
  await page.waitForFunction(() => auth.status !== "loading");
}

const state = (page: Page) =>
  page.evaluate(() => ({
    status: auth.status,
    email: auth.session?.user.email,
    verified: auth.session?.user.emailVerified,
  }));

test("the demo's form leads to the provider and back, and the user is signed in", async () => {
  const context = await browser.newContext();
  const demo = await Demo.open(context, stack.origin);
  const email = newEmail();
  const button = demo.page.getByRole("button", { name: /Demo provider/ });
  await button.click();
  await answer(demo.page, null);
  await demo.page.waitForURL((url) => url.origin === stack.origin && url.pathname === "/");
  await button.click();
  await answer(demo.page, email);
  await demo.part("app").waitFor();
  assert.ok((await demo.page.content()).includes(email));
  assert.equal(new URL(demo.page.url()).search, "");
  await context.close();
});

test("a page of another origin: returnTo, a refusal, and a path of another origin", async () => {
  const page = await open(elsewhere.origin);
  const email = newEmail();
  const code = await page.evaluate(() =>
    auth.signInWith("demo", { returnTo: "https://evil.example/" }).catch((error) => error.code),
  );
  assert.equal(code, "invalid_request");
  await page.evaluate(() => void auth.signInWith("demo", { returnTo: "/back?x=1" }));
  await answer(page, null);
  await page.waitForURL(`${elsewhere.origin}/back?x=1&error=provider_failed`);
  await start(page, elsewhere.origin);
  await page.evaluate(() => void auth.signInWith("demo", { returnTo: "/back" }));
  await answer(page, email);
  await page.waitForURL(`${elsewhere.origin}/back`);
  await start(page, elsewhere.origin);
  assert.deepEqual(await state(page), { status: "signed-in", email, verified: true });
  await page.context().close();
});

test("a window of its own: the page keeps its state, also if the user closes the window or refuses", async () => {
  const page = await open(elsewhere.origin);
  const email = newEmail();
  const begin = async () => {
    const popup = page.waitForEvent("popup");
    await page.evaluate(() => {
      globalThis.outcome = auth.signInWith("demo", { popup: true }).then(
        (result) => result.status,
        (error) => (typeof error.code === "string" ? error.code : error.name),
      );
    });
    return popup;
  };
  const outcome = () => page.evaluate(() => outcome);
  await (await begin()).close();
  assert.equal(await outcome(), "NotAllowedError");
  await answer(await begin(), null);
  assert.equal(await outcome(), "provider_failed");
  assert.equal((await state(page)).status, "signed-out");
  // A message of another window, or of another page, changes nothing.
  const popup = await begin();
  await page.evaluate(() => {
    window.postMessage({ latchkey: "provider", id: "0".repeat(32), error: null });
    new BroadcastChannel("latchkey-provider").postMessage({ latchkey: "provider", id: "x", error: null });
  });
  const closed = popup.waitForEvent("close");
  await answer(popup, email);
  assert.equal(await outcome(), "signed-in");
  await closed;
  assert.deepEqual(await state(page), { status: "signed-in", email, verified: true });
  await page.context().close();
});

test("a window of its own, although the page's Cross-Origin-Opener-Policy cuts the connection", async () => {
  const page = await browser.newPage();
  // The demo's own origin, whose pages have that policy. The package is that of a bare page.
  await page.goto(`${stack.origin}/`);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  // Playwright gives every page the focus. In a browser the user's window has it.
  await page.evaluate(() => {
    document.hasFocus = () => false;
  });
  const popup = page.waitForEvent("popup");
  await page.evaluate(async () => {
    const id = "0123456789abcdef";
    const opened = window.open(`/auth/providers/demo/start?return_to=/&popup=${id}`, "_blank", "popup");
    globalThis.outcome = new Promise((resolve) => {
      new BroadcastChannel("latchkey-provider").onmessage = ({ data }) => resolve([data, opened?.closed]);
    });
  });
  await answer(await popup, newEmail());
  assert.deepEqual(await page.evaluate(() => outcome), [
    { latchkey: "provider", id: "0123456789abcdef", error: null, methods: [] },
    true,
  ]);
  await page.close();
});

test("a user links the provider, sees it in the list, and unlinks it", async () => {
  const page = await open(elsewhere.origin);
  const [email, other] = [newEmail(), newEmail()];
  await page.evaluate(
    async ([email = "", password = ""]) => void (await auth.signUp({ email, password })),
    [email, PASSWORD],
  );
  assert.deepEqual(await page.evaluate(() => auth.providers.linked()), []);
  await page.evaluate(() => void auth.providers.link("demo", { returnTo: "/linked" }));
  await answer(page, other);
  await page.waitForURL(`${elsewhere.origin}/linked`);
  await start(page, elsewhere.origin);
  assert.deepEqual(await page.evaluate(() => auth.providers.linked()), [{ name: "demo", label: "Demo provider" }]);
  await page.evaluate(() => auth.providers.unlink("demo"));
  assert.deepEqual(await page.evaluate(() => auth.providers.linked()), []);
  const code = await page.evaluate(() => auth.providers.unlink("demo").catch((error) => error.code));
  assert.equal(code, "not_found");
  await page.context().close();
});
