// One backend for all kinds of callers, on the demo's route table: the page's script by token, a page that the API renders by
// the session's cookie, a command line by API key, and a client of another party by OAuth.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BrowserContext } from "playwright-core";
import { startThirdParty } from "../../demo-app/programs/third-party.ts";
import { Demo, launch } from "../harness/browser.ts";
import { shoot } from "../harness/pictures.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD, post, signIn } from "../harness/visitor.ts";

const [{ origin, stop }, browser] = await Promise.all([startStack(), launch()]);
const thirdParty = await startThirdParty(origin);
after(() => Promise.all([browser.close(), stop(), thirdParty.stop()]));
const PROGRAM = fileURLToPath(new URL("../../demo-app/programs/notes.ts", import.meta.url));

const NOTE = { method: "POST", body: '{"text":"x"}', headers: { "Content-Type": "application/json" } };

/** The status of a program's call with a key or a token. */
const status = async (path: string, bearer: string, { headers, ...init }: RequestInit = {}) =>
  (await fetch(`${origin}${path}`, { ...init, headers: { ...headers, Authorization: `Bearer ${bearer}` } })).status;

/** The demo's command line. */
async function notes(key: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, LATCHKEY_API_KEY: key, LATCHKEY_ORIGIN: origin };
  const run = promisify(execFile)(process.execPath, [PROGRAM, ...args], { env });
  return run.then(
    ({ stdout }) => stdout,
    ({ stderr }: { stderr: string }) => `failed: ${stderr}`,
  );
}

async function person(): Promise<{ context: BrowserContext; demo: Demo; email: string }> {
  const context = await browser.newContext({ reducedMotion: "reduce", bypassCSP: true });
  const demo = await Demo.open(context, origin);
  const email = newEmail();
  await demo.signUp(email, PASSWORD);
  return { context, demo, email };
}

test("the page's script by token, the rendered page by cookie and a command line by API key have the same notes", async () => {
  const { context, demo, email } = await person();
  await demo.page.getByLabel("New note").fill("from <b>the page</b>");
  await demo.button("Add note").click();
  await demo.part("notes-list").getByText("from <b>the page</b>").waitFor();

  const rendered = await context.newPage();
  const complaints: string[] = [];
  rendered.on("console", (message) => complaints.push(message.text()));
  await rendered.goto(`${origin}/notes`);
  await rendered.getByText("from <b>the page</b>").waitFor();
  assert.equal(await rendered.locator("script").count(), 0);
  await rendered.getByLabel("New note").fill("from the form");
  await rendered.getByRole("button", { name: "Add note" }).click();
  await rendered.getByText("from the form").waitFor();
  await rendered.reload();
  assert.equal(await rendered.getByRole("listitem").count(), 2, "a reload adds nothing");

  const { token } = await signIn(origin, { email, password: PASSWORD });
  const created = await post(
    origin,
    "/auth/api-keys",
    { name: "cli", scopes: ["notes:read", "notes:write"] },
    { token },
  );
  const { key } = created.json();
  assert.match(await notes(key), /^\S+ {2}from the form\n\S+ {2}from <b>the page<\/b>\n$/);
  const id = (await notes(key, "add", "from", "the", "command", "line")).trim();
  await rendered.reload();
  await rendered.getByText("from the command line").waitFor();
  await rendered.getByRole("button", { name: "Remove: from the form" }).click();
  await until("it is removed", async () => (await rendered.getByRole("listitem").count()) === 2);
  assert.equal(await notes(key, "remove", id), "");
  assert.match(await notes(key, "remove", id), /^failed: not_found: /);
  assert.match(await notes("lk_demo_x"), /^failed: invalid_token: /);
  assert.match(await notes(""), /^failed: Set LATCHKEY_API_KEY/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("each credential counts only where the routes say so", async () => {
  const { context, demo, email } = await person();
  const { token } = await signIn(origin, { email, password: PASSWORD });
  const created = await post(origin, "/auth/api-keys", { name: "reader", scopes: ["notes:read"] }, { token });
  const { key } = created.json();
  assert.deepEqual(
    await Promise.all([status("/api/notes", key), status("/api/me", key), status("/notes", key)]),
    [200, 401, 401],
    "an API key: notes, but no other part of the API and no page",
  );
  assert.equal(await status("/api/notes", key, NOTE), 403, "and it may only read");
  assert.deepEqual(await Promise.all([status("/api/notes", token), status("/api/me", token)]), [200, 200]);
  // The page's cookie is no credential of the API.
  assert.equal(await demo.page.evaluate(async () => (await fetch("/api/notes")).status), 401);
  await context.close();
});

test("the rendered page of a visitor without a session leads to the sign-in, and back", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${origin}/notes`);
  await page.getByRole("link", { name: "Sign in" }).click();
  const demo = new Demo(page);
  await demo.part("sign-in-form").waitFor();
  await demo.needAccount();
  await demo.fill(newEmail(), PASSWORD);
  await demo.button("Create account").click();
  await page.waitForURL(`${origin}/notes`);
  await page.getByText("You have no notes yet.").waitFor();
  // A user who is signed in already goes there at once.
  await page.goto(`${origin}/?return_to=%2Fnotes`);
  await page.waitForURL(`${origin}/notes`);
  await page.getByRole("heading", { name: "Your notes" }).waitFor();
  await context.close();
});

test("a client of another party: the user permits it and withdraws that, in the demo's settings", async () => {
  const { context, demo } = await person();
  await demo.page.getByLabel("New note").fill("to be read by another app");
  await demo.button("Add note").click();
  await demo.part("notes-list").getByText("to be read by another app").waitFor();

  const app = await context.newPage();
  await app.goto(thirdParty.origin);
  await app.getByRole("link", { name: "Connect my notes" }).click();
  await app.getByText("Read your notes").waitFor();
  await app.getByRole("button", { name: "Deny" }).click();
  await app.getByText("You did not permit it.").waitFor();
  await app.getByRole("link", { name: "Connect my notes" }).click();
  await app.getByRole("button", { name: "Allow" }).click();
  await app.getByText("to be read by another app").waitFor();
  assert.equal(new URL(app.url()).origin, thirdParty.origin);

  await demo.openAccount();
  const row = demo.part("grants-list").getByRole("listitem");
  await row.getByText("Reading list").waitFor();
  await row.getByText("Read your notes").waitFor();
  await shoot(demo.page, "account-connected-apps");
  await row.getByRole("button", { name: "Disconnect" }).click();
  await demo.button("Yes, disconnect").click();
  await demo.page.getByText("Reading list is disconnected.").waitFor();
  await demo.page.getByText("No app is connected.").waitFor();
  await until("its token is rejected", async () => {
    await app.reload();
    return (await app.getByText("Your notes are not connected any more.").count()) === 1;
  });
  await context.close();
});

test("a client of another party: a user without a session signs in first, and is then asked", async () => {
  const context = await browser.newContext();
  const app = await context.newPage();
  await app.goto(thirdParty.origin);
  await app.getByRole("link", { name: "Connect my notes" }).click();
  const demo = new Demo(app);
  await demo.part("sign-in-form").waitFor();
  await demo.needAccount();
  await demo.fill(newEmail(), PASSWORD);
  await demo.button("Create account").click();
  await app.getByRole("button", { name: "Allow" }).click();
  await app.waitForURL(`${thirdParty.origin}/`);
  // Another provider leads back to the app's page, with a session; the page goes on.
  await context.clearCookies();
  await app.goto(`${thirdParty.origin}/connect`);
  await demo.button("Continue with Demo provider").click();
  await app.getByLabel("E-mail").fill(newEmail());
  await app.getByRole("button", { name: "Continue" }).click();
  await app.getByRole("button", { name: "Allow" }).click();
  await app.waitForURL(`${thirdParty.origin}/`);
  await context.close();
});
