// The ways of `<SignIn>` besides the password, in each framework, in Chromium, with the fake service in the page.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { de as german } from "latchkey-auth/texts/de";
import { en } from "latchkey-auth/texts/en";
import { launch } from "../harness/browser.ts";
import { until } from "../harness/until.ts";
import { type Form, forms } from "./sign-in/form.ts";
import { ADA, FRAMEWORKS, startWorld } from "./sign-in/world.ts";

const browser = await launch();
after(() => browser.close());
const open = forms(await startWorld(browser));
const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
await mkdir(SCREENSHOTS, { recursive: true });
const [words, worte] = await Promise.all([en.ways(), german.ways()]);
const FAKE = { mail: true, passkeys: true, providers: [{ name: "google", label: "Google", email: "ada@example.com" }] };

const code = (form: Form) => form.page.getByRole("textbox", { name: words.code.mail });
const mailed = (form: Form) => form.page.evaluate(() => window.service.mails[0]?.code ?? "");
const gone = (form: Form) => form.page.getByRole("form").waitFor({ state: "detached" });

for (const framework of FRAMEWORKS) {
  describe(`<SignIn> of latchkey-auth/${framework}, other ways`, { concurrency: 3 }, () => {
    test("a code by mail, by keyboard alone: wrong, then pasted as it is in the mail; tells the app once", async () => {
      const form = await open(framework, { fake: FAKE });
      const { keyboard } = form.page;
      await form.button(words.sendCode).waitFor();
      await form.email().focus();
      await keyboard.type("new@example.com");
      await form.button(words.sendCode).focus();
      await keyboard.press("Enter");
      await form.hasFocus("code");
      assert.deepEqual(await form.violations(), []);
      assert.equal(await form.page.getByRole("form").getAttribute("aria-label"), words.title.code);
      await keyboard.type("BBBBBBBB");
      await keyboard.press("Enter");
      await form.says(words.errors.code_invalid);
      await form.hasFocus("code");
      await code(form).fill("");
      await keyboard.insertText(`${(await mailed(form)).toLowerCase()} `);
      await keyboard.press("Enter");
      await gone(form);
      assert.equal((await form.sessions()).length, 1);
      assert.equal(await form.page.evaluate(() => localStorage.getItem("latchkey-auth.requested-code")), null);
      await form.close();
    });

    test("a forgotten password: the code, a new password, and the user is signed in", async () => {
      const form = await open(framework, { fake: FAKE });
      await form.email().fill(ADA.email);
      await form.button(words.forgot).click();
      await form.hasFocus("email");
      assert.equal(await form.email().inputValue(), ADA.email);
      await form.page.keyboard.press("Enter");
      await form.hasFocus("code");
      const password = form.page.getByRole("textbox", { name: words.newPassword });
      assert.deepEqual(
        [await password.getAttribute("autocomplete"), await code(form).getAttribute("autocomplete")],
        ["new-password", "one-time-code"],
      );
      assert.equal(await code(form).inputValue(), "", "nothing of the step before");
      await form.page.keyboard.type(await mailed(form));
      await password.fill("short");
      await form.page.keyboard.press("Enter");
      await form.hasFocus("password");
      assert.deepEqual(await form.violations(), []);
      await password.fill("a new password for Ada");
      await form.page.keyboard.press("Enter");
      await gone(form);
      await form.close();
    });

    test("a second factor: the code of the app, and a recovery code", async () => {
      const form = await open(framework, { fake: FAKE, users: [{ ...ADA, totp: true }] });
      await form.fill(ADA.email, ADA.password);
      await form.page.keyboard.press("Enter");
      await form.hasFocus("code");
      assert.deepEqual(await form.violations(), []);
      assert.deepEqual(await form.sessions(), []);
      await form.page.keyboard.type("000000");
      await form.page.keyboard.press("Enter");
      await form.says(words.errors.code_invalid);
      await form.page
        .getByRole("textbox", { name: words.code.totp })
        .fill(await form.page.evaluate(() => window.service.totpCode("ada@example.com")));
      await form.page.keyboard.press("Enter");
      await gone(form);
      assert.equal((await form.sessions()).length, 1);
      await form.close();
    });

    test("a passkey: by its button, and to sign up without a password", async () => {
      const form = await open(framework, { fake: FAKE });
      await form.button(en.switch["sign-in"]).click();
      await form.email().fill("new@example.com");
      await form.button(words.passkey["sign-up"]).click();
      await gone(form);
      assert.deepEqual(await form.page.evaluate(() => window.service.authenticator.passkeys), ["new@example.com"]);
      assert.equal((await form.sessions()).length, 1);
      await form.close();
      const other = await open(framework, { fake: FAKE, passkeyOf: "new@example.com" });
      await other.page.evaluate(() => Object.assign(window.service.authenticator, { answer: "cancel" }));
      await other.button(words.passkey["sign-in"]).click();
      await other.says(words.errors.cancelled);
      await other.page.evaluate(() => Object.assign(window.service.authenticator, { answer: "confirm" }));
      assert.equal(await other.email().getAttribute("autocomplete"), "username webauthn");
      // As if the user chose it among the suggestions.
      await until("it is offered", () =>
        other.page.evaluate(() => {
          window.service.authenticator.autofill();
          return window.sessions.length > 0;
        }),
      );
      await gone(other);
      await other.close();
    });

    test("a mail's link shows its code in another browser, and fills it in where it was requested", async () => {
      const other = await open(framework, { fake: FAKE, at: "/#kind=sign_in&code=BCDF-GHJK" });
      await other.page.getByText("BCDF-GHJK").waitFor();
      assert.deepEqual(await other.violations(), []);
      assert.equal(new URL(other.page.url()).hash, "", "a reload does not begin it again");
      await other.close();
      const form = await open(framework, { fake: FAKE });
      await form.email().fill(ADA.email);
      await form.button(words.sendCode).click();
      await code(form).waitFor();
      // The link opens the page anew; the fake service of the new page does not know the code.
      await form.page.goto(`${form.page.url()}?again#kind=sign_in&code=BCDF-GHJK`);
      await until("the code is filled in", async () => (await code(form).inputValue()) === "BCDF-GHJK");
      assert.match((await form.page.locator("[part=intro]").textContent()) ?? "", /ada@example\.com/);
      await form.close();
    });

    test("a mail that cannot be sent, too many attempts, no network: says so, and works again", async () => {
      const form = await open(framework, { fake: FAKE });
      const send = form.button(words.sendCode);
      await form.email().fill(ADA.email);
      await form.set({ mailUnavailable: true });
      await send.click();
      await form.says(words.errors.mail_unavailable);
      await form.set({ mailUnavailable: false, rateLimited: 2 });
      await send.click();
      await form.hasSaid(`${en.errors.rate_limited} Try again in 2 seconds.`);
      await form.set({ rateLimited: false, offline: true });
      await form.says(en.waitIsOver);
      await send.click();
      await form.says(en.errors.network);
      await form.set({ offline: false });
      await send.click();
      await code(form).waitFor();
      await until("the message is gone", async () => (await form.message().textContent()) === "");
      const again = form.page.getByRole("button", { name: /another code/i });
      assert.equal(await again.getAttribute("aria-disabled"), "true");
      await form.close();
    });
  });
}

test("what a provider leads back with is explained, and is no longer in the address", async () => {
  const form = await open("react", { fake: FAKE, at: "/?from=mail&error=email_taken", lang: "de" });
  await form.says(worte.errors.provider_conflict);
  assert.equal(new URL(form.page.url()).search, "?from=mail");
  await form.close();
  const theirs = await open("react", { fake: FAKE, at: "/?error=of-the-app" });
  await theirs.button(words.sendCode).waitFor();
  assert.deepEqual(
    [await theirs.message().textContent(), new URL(theirs.page.url()).search],
    ["", "?error=of-the-app"],
  );
  await theirs.close();
});

test("the optional style: nothing that axe-core objects to, light and dark, wide and narrow, in each step", async () => {
  const form = await open("react", { fake: FAKE, users: [{ ...ADA, totp: true }] }, true);
  const look = async (step: string) => {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [1280, 320]) {
        await form.page.emulateMedia({ colorScheme });
        await form.page.setViewportSize({ width, height: 720 });
        assert.deepEqual(await form.violations(), [], `${step}, ${colorScheme}, ${width}`);
        assert.equal(await form.page.evaluate(() => document.documentElement.scrollWidth), width, step);
        await form.page.screenshot({
          path: `${SCREENSHOTS}sign-in-${step}-${colorScheme}-${width}.png`,
          fullPage: true,
        });
      }
    }
  };
  await form.button(words.sendCode).waitFor();
  await look("ways");
  await form.email().fill(`${"a".repeat(50)}@${"b".repeat(60)}.example.com`);
  await form.button(words.sendCode).click();
  await code(form).waitFor();
  await look("code");
  await form.button(words.back).click();
  await form.fill(ADA.email, ADA.password);
  await form.page.keyboard.press("Enter");
  await form.page.getByRole("textbox", { name: words.code.totp }).waitFor();
  await look("totp");
  await form.close();
});
