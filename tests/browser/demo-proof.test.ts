// The demo's dialog in which a user proves a credential again, or the second factor, before a change: what it offers to
// which account, and that the change goes on afterwards. The service and its mailbox are real, and so is the demand for a
// second factor. That a sign-in was too long ago is said in place of the service, which says so after 10 minutes.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { codeOf, enrol } from "../harness/authenticator-app.ts";
import { Demo, launch } from "../harness/browser.ts";
import { newestMail } from "../harness/mailbox.ts";
import { shoot } from "../harness/pictures.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD, signIn } from "../harness/visitor.ts";

const [{ origin, stop }, browser] = await Promise.all([startStack(), launch()]);
after(() => Promise.all([browser.close(), stop()]));

async function person() {
  const context = await browser.newContext({ reducedMotion: "reduce", bypassCSP: true });
  const demo = await Demo.open(context, origin);
  const { page } = demo;
  const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
  const method = (name: string) => dialog.getByRole("button", { name, exact: true });
  return { context, demo, page, dialog, method, email: newEmail() };
}

/** The next request for this is answered as 10 minutes after the sign-in. tests/worker shows which methods are named then. */
const later = (page: Page, path: string, methods: string[]) =>
  page.route(
    `${origin}${path}`,
    (route) => {
      const problem = {
        type: "about:blank",
        title: "Prove it.",
        status: 403,
        code: "reauthentication_required",
        methods,
      };
      return route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(problem) });
    },
    { times: 1 },
  );

/**
 * The next call of this route of the API is answered by the gate's challenge for an authentication that is too old: with
 * its token, and with the one that the client then tries, because it may say more.
 */
const tooOld = (page: Page, path: string, methods: string[]) =>
  page.route(
    `${origin}${path}`,
    (route) =>
      route.fulfill({
        status: 401,
        contentType: "application/problem+json",
        headers: { "WWW-Authenticate": 'Bearer error="insufficient_user_authentication", max_age="120"' },
        body: JSON.stringify({ type: "about:blank", title: "Again.", status: 401, code: "step_up_required", methods }),
      }),
    { times: 2 },
  );

/** Waits until the element with the focus has this name, or is in a field with this label. */
const focusOn = (page: Page, name: string) =>
  until(`the focus is on ${name}`, () =>
    page.evaluate((wanted) => {
      const element = document.activeElement as HTMLElement | null;
      const label = (element as HTMLInputElement | null)?.labels?.[0] ?? element;
      return label?.textContent === wanted;
    }, name),
  );

/** Waits until the form can be sent again, and what was typed into the field with this label is selected, to be replaced. */
async function canTypeAgain(page: Page, form: Locator, name: string): Promise<void> {
  await form.locator("[type=submit]:not([aria-busy])").waitFor();
  await until(`${name} is selected`, () =>
    page.evaluate((wanted) => {
      const field = document.activeElement;
      if (!(field instanceof HTMLInputElement) || field.labels?.[0]?.textContent !== wanted) return false;
      return field.value !== "" && field.selectionStart === 0 && field.selectionEnd === field.value.length;
    }, name),
  );
}

/** A code of six digits that the app does not show at about this time. */
function wrongCode(uri: string): string {
  const shown = [-3, -2, -1, 0, 1, 2, 3].map((steps) => codeOf(uri, steps));
  return ["000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"].find(
    (code) => !shown.includes(code),
  ) as string;
}

test("an account with a passkey only: no password is asked for; cancelled by Escape, then proved by keyboard", async () => {
  const { context, demo, page, dialog, method } = await person();
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true } as const;
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", automaticPresenceSimulation: true, ...options },
  });
  await demo.needAccount();
  await demo.button("Sign up with a passkey").click();
  await demo.part("app").waitFor();
  await demo.openAccount();

  await later(page, "/auth/second-factor/totp", ["passkey"]);
  await demo.button("Set up an app").press("Enter");
  await focusOn(page, "Use a passkey");
  assert.equal(await dialog.getByRole("textbox").count(), 0, "nothing to type");
  assert.equal(await demo.part("other-ways").count(), 0, "no other way");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await focusOn(page, "Set up an app");
  assert.equal(await page.getByRole("alert").count(), 0, "cancelled is no error");
  assert.equal(await demo.part("totp-secret").count(), 0);

  await later(page, "/auth/second-factor/totp", ["passkey"]);
  await page.keyboard.press("Enter");
  await method("Use a passkey").waitFor();
  await focusOn(page, "Use a passkey");
  await page.keyboard.press("Enter");
  await demo.part("totp-secret").waitFor();
  assert.equal(await dialog.count(), 0);
  await focusOn(page, "Code from the app");
  await context.close();
});

test("a password and an authenticator app: the code of the app, after a wrong one; in another session a recovery code", async () => {
  const [one, two] = await Promise.all([person(), person()]);
  const { email } = one;
  await one.demo.signUp(email, PASSWORD);
  await two.demo.signIn(email, PASSWORD);
  // The app is added in a third session. The other two have proved one factor only.
  const { uri, recoveryCodes } = await enrol(origin, (await signIn(origin, { email, password: PASSWORD })).token);

  await one.demo.openAccount();
  await one.demo.button("New API key").click();
  await one.page.getByLabel("Name of the new key").fill("Backup");
  await one.page.keyboard.press("Enter");
  await focusOn(one.page, "Code from the app");
  const offered = await one.demo.part("other-ways").getByRole("button").allTextContents();
  assert.deepEqual(offered, ["Use a recovery code"]);
  await one.page.keyboard.type(wrongCode(uri));
  await one.page.keyboard.press("Enter");
  await one.dialog.getByRole("alert").filter({ hasText: "This code is wrong." }).waitFor();
  await canTypeAgain(one.page, one.dialog, "Code from the app");
  await shoot(one.page, "account-proof");
  await one.page.keyboard.type(codeOf(uri, 1));
  await one.page.keyboard.press("Enter");
  assert.match(await one.demo.text("api-key"), /^lk_demo_/, "the key is created without another press");
  await one.context.close();

  // In the dialog that deletes the account, the proof is asked for in a second one.
  await two.demo.openAccount();
  await two.demo.button("Delete account").click();
  await two.demo.part("delete-form").getByLabel("Password", { exact: true }).fill(PASSWORD);
  await two.page.keyboard.press("Enter");
  await focusOn(two.page, "Code from the app");
  await two.method("Cancel").press("Enter");
  await two.dialog.waitFor({ state: "detached" });
  await canTypeAgain(two.page, two.demo.part("delete-form"), "Password");
  await two.page.keyboard.press("Enter");
  await two.method("Use a recovery code").click();
  await focusOn(two.page, "Recovery code");
  await two.page.keyboard.type(recoveryCodes[0] ?? "");
  await two.page.keyboard.press("Enter");
  await two.demo.part("sign-in-form").waitFor();
  await two.context.close();
});

test("a code by mail or the provider, for an account without a password; a password, also one that was typed already", async () => {
  const { context, demo, page, dialog, method, email } = await person();
  await demo.button("Continue with Demo provider").click();
  const approve = async (at: Page) => {
    await at.getByLabel("E-mail").fill(email);
    await at.getByRole("button", { name: "Continue" }).click();
  };
  await page.waitForURL(/\/demo-provider\/authorize/);
  await approve(page);
  await demo.part("app").waitFor();
  await demo.openAccount();

  await later(page, "/auth/second-factor/totp", ["email_code", "provider"]);
  await demo.button("Set up an app").click();
  await method("Use Demo provider").waitFor();
  await method("Send me a code").click();
  await focusOn(page, "Code from the e-mail");
  const { code = "", link = "" } = await newestMail(origin, email, "reauthentication");
  // The link shows the code to type where it was requested.
  const tab = await context.newPage();
  await tab.goto(link);
  await tab
    .getByText("Enter it in the window in which you requested it.")
    .filter({ hasText: code.replace("-", "") })
    .waitFor();
  await tab.close();
  await page.keyboard.type(code);
  await page.keyboard.press("Enter");
  await demo.part("totp-secret").waitFor();
  await demo.button("Cancel").click();

  await later(page, "/auth/second-factor/totp", ["email_code", "provider"]);
  await demo.button("Set up an app").click();
  await method("Use Demo provider").click();
  const [popup] = await Promise.all([page.waitForEvent("popup"), method("Continue with Demo provider").click()]);
  await approve(popup);
  await demo.part("totp-secret").waitFor();
  await demo.button("Cancel").click();

  // The first password of the account, and then a change of the address that asks for it.
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await demo.button("Change password").click();
  await page.getByText("Your password was changed.").waitFor();
  await demo.button("Change it").click();
  await demo.part("email-form").getByLabel("New address").fill(newEmail());
  await later(page, "/auth/email/change", ["password", "email_code"]);
  await page.keyboard.press("Enter");
  await focusOn(page, "Password");
  await page.keyboard.type("not the password");
  await page.keyboard.press("Enter");
  await dialog.getByText("That isn't your password.").waitFor();
  await canTypeAgain(page, dialog, "Password");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await demo.part("email-form").getByLabel("Code from the e-mail").waitFor();

  await later(page, "/auth/password", ["password", "email_code"]);
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByLabel("New password", { exact: true }).fill("yet another password");
  await page.keyboard.press("Enter");
  await page.getByText("Your password was changed.").waitFor();
  assert.equal(await dialog.count(), 0, "what was typed is proof enough");
  await context.close();
});

test("routes of the API that require more: without a second factor that is said; with one, and for a sign-in that is too old, the call goes on", async () => {
  const { context, demo, page, dialog } = await person();
  const email = newEmail();
  await demo.signUp(email, PASSWORD);

  await demo.button("Call /api/two-factors").press("Enter");
  await page.getByRole("alert").filter({ hasText: "your account has one. Turn on two-step sign-in" }).waitFor();
  assert.equal(await dialog.count(), 0, "there is nothing to ask for");

  await tooOld(page, "/api/recent", ["password"]);
  await demo.button("Call /api/recent").press("Enter");
  await focusOn(page, "Password");
  await shoot(page, "call-proof");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  assert.match(await demo.text("me-result"), /a proof of the last 2 minutes/);
  assert.equal(await dialog.count(), 0);
  assert.equal(await page.getByRole("alert").count(), 0);

  const { uri } = await enrol(origin, (await signIn(origin, { email, password: PASSWORD })).token);
  await demo.button("Call /api/two-factors").press("Enter");
  await focusOn(page, "Code from the app");
  await page.keyboard.press("Escape");
  await page.getByRole("alert").filter({ hasText: "Nothing was confirmed" }).waitFor();
  await focusOn(page, "Call /api/two-factors");
  await page.keyboard.press("Enter");
  await focusOn(page, "Code from the app");
  await page.keyboard.type(codeOf(uri, 1));
  await page.keyboard.press("Enter");
  await until("the API answers", async () => /two factors/.test(await demo.text("me-result")));
  await demo.button("Call /api/two-factors").press("Enter");
  await until(
    "without another question",
    async () => (await demo.text("call-log")).split("/api/two-factors").length === 5,
  );
  assert.equal(await dialog.count(), 0);
  await context.close();
});
