// Every way to sign in, and what the user changes about the account, in the demo: the real Worker, its mailbox, and
// Chromium's own authenticator.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Demo, launch } from "../harness/browser.ts";
import { newestMail } from "../harness/mailbox.ts";
import { startStack } from "../harness/stack.ts";
import { totp } from "../harness/totp.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";

const [{ origin, stop }, browser] = await Promise.all([startStack({ config: { sign_up: "open" } }), launch()]);
after(() => Promise.all([browser.close(), stop()]));
const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
await mkdir(SCREENSHOTS, { recursive: true });

/** A user with a separate browser profile. */
async function person() {
  const context = await browser.newContext({ reducedMotion: "reduce" });
  const demo = await Demo.open(context, origin);
  await demo.button("Send me a code by e-mail").waitFor();
  return { context, demo, email: newEmail(), page: demo.page };
}

const mail = (to: string, kind: string) => newestMail(origin, to, kind);

/** In each look: nothing is too wide, and there is a picture. */
async function shoot({ page }: Demo, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 360]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 860 });
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(wider, 0, `${name}, ${colorScheme}, ${width}`);
      await page.screenshot({ path: `${SCREENSHOTS}${name}-${colorScheme}-${width}.png`, fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}

test("a code by mail: signs up, and its link fills the code in where it was requested, and shows it elsewhere", async () => {
  const { context, demo, email, page } = await person();
  await shoot(demo, "way-start");
  await page.getByLabel("E-mail address").fill(email);
  await demo.button("Send me a code by e-mail").click();
  await page.getByRole("textbox", { name: "Code from the e-mail" }).waitFor();
  await shoot(demo, "way-code");
  const { link = "", code = "" } = await mail(email, "sign_up");

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto(link);
  await other.getByText(code).waitFor();
  assert.equal(await other.getByRole("button", { name: "Sign in", exact: true }).count(), 0);
  await elsewhere.close();

  const tab = await context.newPage();
  await tab.goto(link);
  const field = tab.getByRole("textbox", { name: "Code from the e-mail" });
  await until("the code is filled in", async () => (await field.inputValue()) === code);
  await tab.getByRole("button", { name: "Sign in", exact: true }).click();
  const arrived = new Demo(tab);
  await arrived.part("app").waitFor();
  assert.equal(await arrived.text("user-email"), email);
  await arrived.openAccount();
  await tab.getByText("verified", { exact: true }).waitFor();
  await context.close();
});

test("a forgotten password is replaced, and the old one no longer works", async () => {
  const { context, demo, email, page } = await person();
  await demo.signUp(email, PASSWORD);
  await demo.signOut();
  await page.getByLabel("E-mail address").fill(email);
  await demo.button("Forgot your password?").click();
  await demo.button("Send the code").click();
  const { code = "" } = await mail(email, "password_reset");
  await page.getByRole("textbox", { name: "Code from the e-mail" }).fill(code);
  await page.getByLabel("New password", { exact: true }).last().fill("a wholly new password");
  await shoot(demo, "way-reset");
  await demo.button("Change the password").click();
  await demo.part("app").waitFor();
  await demo.signOut();
  await demo.fill(email, PASSWORD);
  await demo.button("Sign in").click();
  await demo.refusal();
  await demo.fill(email, "a wholly new password");
  await demo.button("Sign in").click();
  await demo.part("app").waitFor();
  await context.close();
});

test("two-step sign-in: an app by its key, its code at the next sign-in, and a recovery code", async () => {
  const { context, demo, email, page } = await person();
  await demo.signUp(email, PASSWORD);
  await demo.openAccount();
  await demo.button("Set up an app").click();
  const secret = await demo.text("totp-secret");
  await shoot(demo, "account-app");
  await page.getByRole("textbox", { name: "Code from the app" }).fill(await totp(secret));
  await page.keyboard.press("Enter");
  const codes = demo.part("recovery-codes").getByRole("listitem");
  await codes.first().waitFor();
  assert.equal(await codes.count(), 10);
  await shoot(demo, "account-recovery");
  const recovery = (await codes.first().textContent()) ?? "";
  await demo.button("I have saved them").click();
  await page.getByText("on", { exact: true }).waitFor();

  await demo.signOut();
  await demo.fill(email, PASSWORD);
  await demo.button("Sign in").click();
  const code = page.getByRole("textbox", { name: "Code from the app" });
  await code.waitFor();
  await shoot(demo, "way-second-factor");
  assert.equal(await demo.part("app").count(), 0);
  // The code of the step that has been used is not accepted again; that of the next one is.
  await code.fill(await totp(secret, 1));
  await demo.button("Confirm").click();
  await demo.part("app").waitFor();

  await demo.signOut();
  await demo.fill(email, PASSWORD);
  await demo.button("Sign in").click();
  await demo.button("Use a recovery code instead").click();
  await page.getByRole("textbox", { name: "Recovery code" }).fill(recovery.toLowerCase());
  await page.keyboard.press("Enter");
  await demo.part("app").waitFor();
  await context.close();
});

test("passkeys: sign-up with one and nothing else, a second one, its name, and the suggestions of the address field", async () => {
  const { context, demo, page } = await person();
  // Chromium's own authenticator, by the DevTools protocol; nothing of the page is replaced.
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const authenticator = async () => {
    const options = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true } as const;
    const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: { protocol: "ctap2", transport: "internal", automaticPresenceSimulation: true, ...options },
    });
    return authenticatorId;
  };
  const first = await authenticator();
  await demo.needAccount();
  await demo.button("Sign up with a passkey").click();
  await demo.part("app").waitFor();
  const { id } = JSON.parse(await demo.callMe());
  await demo.openAccount();
  const rows = demo.part("passkeys-list").getByRole("listitem");
  await rows.first().waitFor();
  await rows.first().getByRole("button", { name: "Remove" }).click();
  await demo.button("Yes, remove").click();
  await page.getByText("only way to sign in").waitFor();

  // Another device.
  const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId: first });
  await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: first });
  await authenticator();
  await page.getByLabel("New passkey’s name").fill("Phone");
  await demo.button("Add a passkey").click();
  await demo.part("passkeys-list").getByText("Phone").waitFor();
  await rows.last().getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Name of the passkey").fill("Laptop");
  await page.keyboard.press("Enter");
  await demo.part("passkeys-list").getByText("Laptop").waitFor();
  await shoot(demo, "account-passkeys");
  await rows.last().getByRole("button", { name: "Remove" }).click();
  await demo.button("Yes, remove").click();
  await until("one passkey is left", async () => (await rows.count()) === 1);
  assert.equal(credentials.length, 1);

  await demo.button("Sign out").click();
  // The address's field offers the passkey, and the authenticator answers at once: the user only has to be there.
  await until("the passkey was used", async () => /used just now/.test((await rows.first().textContent()) ?? ""));
  await page.getByRole("link", { name: "Home", exact: true }).click();
  assert.equal(JSON.parse(await demo.callMe()).id, id);
  await context.close();
});

test("another provider: signs up and in; one that is linked to another account is explained; linked and unlinked", async () => {
  const { context, demo, email, page } = await person();
  const approve = async (address: string) => {
    await page.waitForURL(/\/demo-provider\/authorize/);
    await page.getByLabel("E-mail").fill(address);
    await page.getByRole("button", { name: "Continue" }).click();
  };
  await demo.button("Continue with Demo provider").click();
  await approve(email);
  await demo.part("app").waitFor();
  assert.equal(await demo.text("user-email"), email);
  await demo.signOut();

  // The same user of the provider belongs to one account only.
  const theirs = newEmail();
  await demo.signUp(theirs, PASSWORD);
  await demo.openAccount();
  const card = demo.part("providers-list");
  await card.getByRole("button", { name: "Link Demo provider" }).click();
  await approve(email);
  await page.getByText("This is linked to another account already").waitFor();
  await card.getByRole("button", { name: "Link Demo provider" }).click();
  await approve(newEmail());
  await card.getByText("linked").waitFor();
  await shoot(demo, "account-providers");
  await card.getByRole("button", { name: "Unlink Demo provider" }).click();
  await page.getByText("Demo provider was unlinked.").waitFor();
  await context.close();
});

test("the account: profile, the proof of the address, another address, another password", async () => {
  const { context, demo, email, page } = await person();
  await demo.signUp(email, PASSWORD);
  await demo.openAccount();
  await page.getByLabel("Name", { exact: true }).fill("Ada Lovelace");
  await demo.button("Save").click();
  await page.getByText("Your profile was saved.").waitFor();

  await demo.button("Verify it").click();
  const proof = await mail(email, "email_verification");
  await demo
    .part("email-form")
    .getByRole("textbox")
    .fill(proof.code ?? "");
  await page.keyboard.press("Enter");
  await page.getByText("verified", { exact: true }).waitFor();

  const next = newEmail("ada.lovelace");
  await demo.button("Change it").click();
  await demo.part("email-form").getByRole("textbox").fill(next);
  await page.keyboard.press("Enter");
  const change = await mail(next, "email_change");
  await page.getByRole("textbox", { name: "Code from the e-mail" }).fill(change.code ?? "");
  await page.keyboard.press("Enter");
  await page.getByText("Your address was changed.").waitFor();
  assert.equal(await demo.text("account-email"), next);
  await mail(email, "email_changed");

  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByLabel("New password", { exact: true }).fill("yet another password");
  await demo.button("Change password").click();
  await page.getByText("Your password was changed.").waitFor();
  await shoot(demo, "account");
  await page.reload();
  await demo.part("app").waitFor();
  assert.match((await page.locator(".top-bar-user").textContent()) ?? "", /Ada Lovelace/);
  await context.close();
});

test("the code of a mail's link is filled in for its own step only, and once", async () => {
  const { context, demo, email, page } = await person();
  await demo.signUp(email, PASSWORD);
  await demo.openAccount();
  await demo.button("Verify it").click();
  const field = page.getByRole("textbox", { name: "Code from the e-mail" });
  await field.waitFor();
  const { link = "", code = "" } = await mail(email, "email_verification");
  await page.goto(link);
  await until("the code is filled in", async () => (await field.inputValue()) === code.replace("-", ""));
  await demo.button("Confirm").click();
  await page.getByText("Your address is verified.").waitFor();
  await demo.button("Change it").click();
  await page.getByLabel("New address").fill("no address");
  await demo.button("Send a code").click();
  await page.getByText("This isn't an e-mail address.").waitFor();
  assert.equal(await page.getByText("Your address is verified.").count(), 0);
  await page.getByLabel("New address").fill(newEmail());
  await demo.button("Send a code").click();
  await field.waitFor();
  assert.equal(await field.inputValue(), "");
  await page.reload();
  await page.getByText("verified", { exact: true }).waitFor();
  assert.equal(await field.count(), 0, "there is nothing to verify");
  await context.close();
});
