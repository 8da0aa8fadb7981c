// API keys for programs, in the demo's account settings.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { decodeJwt } from "jose";
import { Demo, launch } from "../harness/browser.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { shoot } from "../harness/pictures.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";

const admin = newCredential();
const [{ origin, stop }, browser] = await Promise.all([
  startStack({ config: { admin_credentials: [admin.hash] } }),
  launch(),
]);
after(() => Promise.all([browser.close(), stop()]));

const { get, put } = operator(origin, admin.secret);

/** A signed-in user in the settings of the account. */
async function person({ roles = [] }: { roles?: string[] } = {}) {
  const context = await browser.newContext({ reducedMotion: "reduce", bypassCSP: true });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const demo = await Demo.open(context, origin);
  const email = newEmail();
  await demo.signUp(email, PASSWORD);
  if (roles.length > 0) {
    const [{ id }] = (await get(`?email=${encodeURIComponent(email)}`)).json().users;
    assert.equal((await put(`/${id}/roles`, { roles })).status, 200);
    await demo.page.reload();
  }
  await demo.openAccount();
  return { context, demo, page: demo.page };
}

/** A program that uses a key. */
const program = (key: string, path: string, init: RequestInit = {}) =>
  fetch(`${origin}${path}`, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key}` } });

test("an API key: its terms, shown once, used by a program within its scopes, renamed, and revoked", async () => {
  const { context, demo, page } = await person({ roles: ["editor", "auditor"] });
  await demo.button("New API key").click();
  await demo.button("Create the key").click();
  await page.getByText("Give the key a name by which you will recognise it.").waitFor();
  await page.getByLabel("Name of the new key").fill("Nightly backup");
  await page.getByLabel("Networks").fill("10.0.0.1/8");
  await demo.button("Create the key").click();
  await page.getByText("Networks are at most 32 addresses or ranges").waitFor();
  await page.getByLabel("Networks").fill("127.0.0.0/8, ::1");
  await page.getByLabel("Valid for").selectOption("30 days");
  await shoot(page, "account-api-key-new");
  await demo.button("Create the key").click();
  const key = await demo.text("api-key");
  assert.match(key, /^lk_demo_[0-9A-Za-z]{76}$/);
  await demo.button("Copy the key").click();
  await demo.button("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
  await shoot(page, "account-api-key-created");

  const rows = demo.part("api-keys-list").getByRole("listitem");
  const row = rows.filter({ hasText: "Nightly backup" });
  await row.getByText("Only from 127.0.0.0/8, ::1/128").waitFor();
  await row.getByText("Not used yet, expires in 30 days").waitFor();
  assert.deepEqual(await (await program(key, "/api/notes")).json(), { notes: [] });
  const body = { method: "POST", body: '{"text":"x"}', headers: { "Content-Type": "application/json" } };
  assert.equal((await program(key, "/api/notes", body)).status, 403, "the key may only read");
  assert.equal((await program(key, "/api/me")).status, 401, "the route takes no keys");

  await page.reload();
  await row.getByText("Used just now").waitFor();
  assert.equal(await page.getByText(key).count(), 0, "it is shown once");
  await row.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Name of the API key").fill("Weekly backup");
  await page.keyboard.press("Enter");
  await page.getByText("The API key was renamed.").waitFor();
  await rows.filter({ hasText: "Weekly backup" }).getByRole("button", { name: "Revoke" }).click();
  await demo.button("Yes, revoke").click();
  await page.getByText("The API key was revoked.").waitFor();
  await until("no key is left", async () => (await rows.count()) === 0);
  await until("the gate rejects the key", async () => (await program(key, "/api/notes")).status === 401);
  await context.close();
});

test("API keys: one that writes and does not expire; all are revoked at once", async () => {
  const { context, demo, page } = await person();
  const rows = demo.part("api-keys-list").getByRole("listitem");
  const keys: string[] = [];
  for (const name of ["Build", "Import"]) {
    await demo.button("New API key").click();
    await page.getByLabel("Name of the new key").fill(name);
    assert.equal(await demo.part("api-key-roles").count(), 0, "the user has no roles");
    await page.getByLabel("Add and remove notes").check();
    await page.getByLabel("Valid for").selectOption("No expiry");
    await page.keyboard.press("Tab");
    await demo.button("Create the key").click();
    keys.push(await demo.text("api-key"));
    await demo.button("I have saved it").click();
    await rows.filter({ hasText: name }).getByText("Not used yet, does not expire").waitFor();
  }
  const [first = ""] = keys;
  const body = { method: "POST", body: '{"text":"from a program"}', headers: { "Content-Type": "application/json" } };
  assert.equal((await program(first, "/api/notes", body)).status, 201);
  await shoot(page, "account-api-keys");
  await demo.button("Revoke all").click();
  await demo.button("Yes, revoke all").click();
  await page.getByText("All API keys were revoked.").waitFor();
  await until("no key is left", async () => (await rows.count()) === 0);
  for (const key of keys) await until("revoked", async () => (await program(key, "/api/notes")).status === 401);
  // The page's own calls go on, with the token.
  await page.getByRole("link", { name: "Home", exact: true }).click();
  await demo.part("notes-list").getByText("from a program").waitFor();
  await context.close();
});

test("API keys: some of the user's own roles, and what the key may do in words", async () => {
  const { context, demo, page } = await person({ roles: ["editor", "auditor"] });
  await demo.button("New API key").click();
  const words = demo.part("api-key-words");
  await words.getByText("A program with this key may read your notes. It may not add or remove notes.").waitFor();
  await page.getByLabel("Name of the new key").fill("Reports");
  await page.getByLabel("Read your notes").uncheck();
  await words.getByText("may not read or change your notes.").waitFor();
  await demo.button("Create the key").click();
  await page.getByText("Choose at least one thing that the key may do.").waitFor();
  const roles = demo.part("api-key-roles");
  assert.deepEqual(
    await roles.getByRole("checkbox").evaluateAll((all) => all.map((box) => box.getAttribute("value"))),
    ["editor", "auditor"],
  );
  await roles.getByLabel("editor").check();
  await words.getByText("It also has your role editor, for as long as you do.").waitFor();
  await demo.button("Create the key").click();
  const key = await demo.text("api-key");
  const row = demo.part("api-keys-list").getByRole("listitem").filter({ hasText: "Reports" });
  await row.getByText("Role: editor", { exact: true }).waitFor();
  const exchanged = await program(key, "/auth/token", { method: "POST" });
  const { access_token } = (await exchanged.json()) as { access_token: string };
  assert.deepEqual(decodeJwt(access_token).roles, ["editor"]);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("Denied.", "NotAllowedError"));
  });
  await demo.button("Copy the key").click();
  await page.getByText("Your browser does not allow that. Select the text and copy it.").waitFor();
  await demo.button("I have saved it").click();
  await until("the focus is back", () => page.evaluate(() => document.activeElement?.textContent === "New API key"));
  await context.close();
});
