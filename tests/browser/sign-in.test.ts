// `<SignIn>` of each framework in Chromium, under a policy without inline styles, with the fake service in the page.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { de } from "latchkey-auth/texts/de";
import { en } from "latchkey-auth/texts/en";
import { launch } from "../harness/browser.ts";
import { until } from "../harness/until.ts";
import { type Form, forms } from "./sign-in/form.ts";
import { ADA, FRAMEWORKS, ORIGIN, startWorld } from "./sign-in/world.ts";

const browser = await launch();
after(() => browser.close());
const open = forms(await startWorld(browser));
const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
await mkdir(SCREENSHOTS, { recursive: true });

for (const framework of FRAMEWORKS) {
  describe(`<SignIn> of latchkey-auth/${framework}`, { concurrency: 3 }, () => {
    test("signs in by keyboard alone, tells the app once, and is gone", async () => {
      const form = await open(framework);
      const { keyboard } = form.page;
      await keyboard.press("Tab");
      assert.equal(await form.focused(), "email");
      await keyboard.type(ADA.email);
      await keyboard.press("Tab");
      await keyboard.type(ADA.password);
      await keyboard.press("Tab");
      assert.equal(await form.focused(), "reveal");
      await keyboard.press("Space");
      assert.equal(await form.password().getAttribute("type"), "text");
      assert.equal(await form.button(en.reveal).getAttribute("aria-pressed"), "true");
      assert.equal(await form.password().inputValue(), ADA.password);
      await keyboard.press("Tab");
      assert.equal(await form.focused(), "submit");
      await keyboard.press("Shift+Tab");
      await keyboard.press("Shift+Tab");
      await keyboard.press("Enter");
      await form.page.getByRole("form").waitFor({ state: "detached" });
      assert.equal((await form.sessions()).length, 1);
      assert.deepEqual(await form.requests(), ["POST /auth/sign-in"]);
      await form.close();
    });

    test("goes on to the page for which the service needs a signed-in user, if it is one of this origin", async () => {
      const form = await open(framework, {
        at: `/app?return_to=${encodeURIComponent("/oauth/consent?request=a.b&x=1")}`,
      });
      await form.fill(ADA.email, ADA.password);
      await form.button(en.submit["sign-in"]).click();
      await form.page.waitForURL(`${ORIGIN}/oauth/consent?request=a.b&x=1`);
      await form.close();
      const at = "/app?return_to=%2F%2Fevil.example%2F";
      const other = await open(framework, { at });
      await other.fill(ADA.email, ADA.password);
      await other.button(en.submit["sign-in"]).click();
      await other.page.getByRole("form").waitFor({ state: "detached" });
      assert.deepEqual([other.page.url(), (await other.sessions()).length], [ORIGIN + at, 1]);
      await other.close();
    });

    test("signs up, with what browsers and password managers need to know", async () => {
      const form = await open(framework);
      const autocomplete = async () => [
        await form.email().getAttribute("autocomplete"),
        await form.password().getAttribute("autocomplete"),
      ];
      assert.deepEqual(await autocomplete(), ["username", "current-password"]);
      await form.fill("bob@example.com", "Tr0ub4dor&3 is long");
      await form.button(en.switch["sign-in"]).click();
      await form.hasFocus("email");
      assert.deepEqual(await autocomplete(), ["username", "new-password"]);
      assert.equal(await form.password().inputValue(), "Tr0ub4dor&3 is long", "what was typed is kept");
      await form.button(en.submit["sign-up"]).click();
      await form.page.getByRole("form").waitFor({ state: "detached" });
      assert.deepEqual(await form.requests(), ["POST /auth/sign-up"]);
      assert.equal((await form.sessions()).length, 1);
      await form.close();
    });

    test("says what is wrong with a field, and goes there; sends nothing", async () => {
      const form = await open(framework, { mode: "sign-up" });
      await form.fill("ada", "short");
      await form.button(en.submit["sign-up"]).click();
      await form.hasFocus("email");
      assert.deepEqual(await form.violations(), []);
      assert.equal(await form.email().getAttribute("aria-invalid"), "true");
      assert.equal(await described(form, "email"), en.problems.email);
      await form.page.keyboard.type("@example.com");
      assert.equal(await form.email().getAttribute("aria-invalid"), "false");
      await form.page.keyboard.press("Enter");
      await form.hasFocus("password");
      assert.match(await described(form, "password"), /^8 to 128 characters/);
      assert.deepEqual(await form.requests(), []);
      await form.close();
    });

    test("a wrong password, a taken address: says so, keeps what was typed, and goes to the field", async () => {
      const form = await open(framework);
      await form.fill(ADA.email, "wrong");
      await form.page.keyboard.press("Enter");
      await form.says(en.errors.invalid_credentials);
      await form.hasFocus("password");
      assert.match(await described(form, "password"), new RegExp(en.errors.invalid_credentials));
      assert.deepEqual([await form.email().inputValue(), await form.password().inputValue()], [ADA.email, "wrong"]);
      assert.deepEqual(await form.violations(), []);
      await form.button(en.switch["sign-in"]).click();
      await form.password().fill(ADA.password);
      await form.button(en.submit["sign-up"]).click();
      await form.says(en.errors.email_taken);
      await form.hasFocus("email");
      await form.close();
    });

    test("after too many attempts: counts down, sends nothing meanwhile, then works", async () => {
      const form = await open(framework, { lang: "en" });
      await form.set({ rateLimited: 2 });
      await form.fill(ADA.email, ADA.password);
      const pressed = await pressesAtMessage(form);
      await form.page.keyboard.press("Enter");
      await form.hasSaid(`${en.errors.rate_limited} Try again in 2 seconds.`);
      await form.hasFocus("message");
      assert.equal(await pressed(), "true", "aria-disabled");
      assert.equal((await form.requests()).length, 1);
      await form.hasSaid("Try again in 1 second.");
      await form.says(en.waitIsOver);
      await form.button(en.submit["sign-in"]).click();
      await form.page.getByRole("form").waitFor({ state: "detached" });
      await form.close();
    });

    test("without a network: says so, and works again as soon as there is one", async () => {
      const form = await open(framework);
      await form.set({ offline: true });
      await form.fill(ADA.email, ADA.password);
      await form.page.keyboard.press("Enter");
      await form.says(en.errors.network);
      assert.equal(await form.password().inputValue(), ADA.password);
      await form.set({ offline: false });
      await form.button(en.submit["sign-in"]).click();
      await form.page.getByRole("form").waitFor({ state: "detached" });
      await form.close();
    });

    test("while a call is under way: says so, the button keeps the focus, and a second press sends nothing", async () => {
      const form = await open(framework);
      const end = await withoutEnd(form);
      await form.fill(ADA.email, ADA.password);
      const submit = form.button(en.submit["sign-in"]);
      await submit.focus();
      await form.page.keyboard.press("Enter");
      await form.page.getByRole("status").filter({ hasText: en.busy["sign-in"] }).waitFor();
      assert.equal(await form.focused(), "submit");
      assert.equal(await submit.getAttribute("aria-disabled"), "true");
      assert.equal(await form.page.getByRole("form").getAttribute("aria-busy"), "true");
      await form.page.keyboard.press("Enter");
      await end();
      await form.page.getByRole("form").waitFor({ state: "detached" });
      assert.equal((await form.requests()).length, 1);
      await form.close();
    });

    test("says why the user was signed out", async () => {
      const form = await open(framework, { ended: "idle", lang: "de" });
      await form.says(de.ended.idle);
      assert.equal(await form.page.getByRole("form").getAttribute("lang"), "de");
      assert.deepEqual(await form.violations(), []);
      await form.close();
    });

    test("a client that cannot start: the user reads what it means, the developer why", async () => {
      const form = await open(framework, { failing: true });
      await form.says(en.errors.invalid_options);
      await until("it is reported", () => form.complaints.some((text) => text.includes("ftp://example.com")));
      await form.page.context().close();
    });

    test("rendered by a server: nothing is submitted before the script has run, and what was typed is kept", async () => {
      const form = await open(framework, { hydrated: true, mode: "sign-up" });
      await form.fill("bob@example.com", "Tr0ub4dor&3 is long");
      const { page } = form;
      const address = page.url();
      await page.keyboard.press("Enter");
      await form.button(en.submit["sign-up"]).click();
      assert.equal(page.url(), address);
      await page.addScriptTag({ url: "/app.js", type: "module" });
      assert.equal(await form.password().inputValue(), "Tr0ub4dor&3 is long");
      await until("the form works", async () => {
        await form
          .button(en.submit["sign-up"])
          .click({ timeout: 500 })
          .catch(() => {});
        return (await form.sessions()).length > 0;
      });
      assert.deepEqual(await form.requests(), ["POST /auth/sign-up"]);
      await form.close();
    });

    test("without sign-up there is no switch", async () => {
      const form = await open(framework, { signUp: false });
      assert.equal(await form.button(en.switch["sign-in"]).count(), 0);
      await form.close();
    });

    test("the optional style: nothing that axe-core objects to, light and dark, wide and narrow", async () => {
      const form = await open(framework, { mode: "sign-up" }, true);
      for (const colorScheme of ["light", "dark"] as const) {
        for (const width of [1280, 320]) {
          await form.page.emulateMedia({ colorScheme });
          await form.page.setViewportSize({ width, height: 720 });
          await form.fill("ada", "short");
          await form.button(en.submit["sign-up"]).click();
          assert.deepEqual(await form.violations(), [], `${colorScheme}, ${width}`);
          assert.equal(await form.page.evaluate(() => document.documentElement.scrollWidth), width);
          await form.page.screenshot({ path: `${SCREENSHOTS}sign-in-${framework}-${colorScheme}-${width}.png` });
        }
      }
      await form.close();
    });
  });
}

/**
 * Has the page press the button at the form's next message, which may be gone before the test could. Gives what the button's
 * `aria-disabled` was. From then on the service would answer.
 */
async function pressesAtMessage({ page }: Form): Promise<() => Promise<string | null>> {
  await page.evaluate(() => {
    const seen = window.said.length;
    const pressed = new Promise<string | null>((done) => {
      const look = setInterval(() => {
        const submit = document.querySelector<HTMLElement>("[part=submit]");
        if (window.said.length === seen || submit === null) return;
        clearInterval(look);
        window.service.faults.rateLimited = false;
        done(submit.getAttribute("aria-disabled"));
        submit.click();
      }, 10);
    });
    Object.assign(window, { pressed });
  });
  return () => page.evaluate(() => (window as unknown as { pressed: Promise<string | null> }).pressed);
}

/** Has each call to the service take until the test ends it. */
async function withoutEnd(form: Form): Promise<() => Promise<void>> {
  const delayMs = 3_600_000;
  await form.page.evaluate((delay) => {
    const real = window.setTimeout;
    const held = (act: () => void, ms?: number) => {
      if (ms !== delay) return real(act, ms);
      Object.assign(window, { endCall: act });
      return 0;
    };
    Object.assign(window, { setTimeout: held });
  }, delayMs);
  await form.set({ delayMs });
  return () => form.page.evaluate(() => (window as unknown as { endCall(): void }).endCall());
}

/** The text by which a field is described. */
function described(form: Form, field: "email" | "password"): Promise<string> {
  return form[field]().evaluate((input) =>
    (input.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.textContent)
      .join(" "),
  );
}
