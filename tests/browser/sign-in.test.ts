// `<SignIn>` of each framework in Chromium, under a policy without inline styles, with the fake service in the page.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { de } from "latchkey-auth/texts/de";
import { en } from "latchkey-auth/texts/en";
import type { Page } from "playwright-core";
import { launch } from "../harness/browser.ts";
import { until } from "../harness/until.ts";
import { ADA, FRAMEWORKS, type Framework, type Options, startWorld } from "./sign-in/world.ts";

const browser = await launch();
after(() => browser.close());
const world = await startWorld(browser);
const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
await mkdir(SCREENSHOTS, { recursive: true });

/** The form as a user finds it: by labels, names and roles. */
class Form {
  readonly page: Page;
  readonly complaints: string[] = [];
  constructor(page: Page) {
    this.page = page;
    page.on(
      "console",
      (message) => ["error", "warning"].includes(message.type()) && this.complaints.push(message.text()),
    );
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }
  readonly email = () => this.page.getByLabel(en.email);
  readonly password = () => this.page.getByLabel(en.password, { exact: true });
  readonly button = (name: string) => this.page.getByRole("button", { name, exact: true });
  readonly message = () => this.page.getByRole("alert");
  readonly says = (text: string) => this.message().filter({ hasText: text }).waitFor();
  readonly sessions = () => this.page.evaluate(() => window.sessions);
  readonly requests = () =>
    this.page.evaluate(() => window.service.requests.filter((each) => /sign-(in|up)/.test(each)));
  readonly focused = () =>
    this.page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute("name") ?? element?.getAttribute("part") ?? element?.tagName;
    });
  readonly hasFocus = (name: string) => until(`the focus is on ${name}`, async () => (await this.focused()) === name);
  async set(faults: Record<string, unknown>) {
    await this.page.evaluate((given) => Object.assign(window.service.faults, given), faults);
  }
  async fill(email: string, password: string) {
    await this.email().fill(email);
    await this.password().fill(password);
  }
  /** Rules of WCAG 2.2 and good practice that axe-core checks. */
  async violations() {
    await this.page.evaluate(axe);
    return this.page.evaluate(async () => {
      const { violations } = await (
        window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }
      ).axe.run();
      return violations.map(({ id }) => id);
    });
  }
  /** Leaves the page, which has complained about nothing. */
  async close() {
    assert.deepEqual(this.complaints, []);
    await this.page.context().close();
  }
}

async function open(framework: Framework, options?: Options, style?: boolean): Promise<Form> {
  let form: Form | undefined;
  await world.open(framework, (page) => (form = new Form(page)), options, style);
  assert.ok(form);
  await form.page.getByRole("form").waitFor({ state: "attached" });
  return form;
}

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
      await form.page.keyboard.press("Enter");
      await form.says(`${en.errors.rate_limited} Try again in 2 seconds.`);
      await form.hasFocus("message");
      await form.set({ rateLimited: false });
      const submit = form.button(en.submit["sign-in"]);
      assert.equal(await submit.getAttribute("aria-disabled"), "true");
      await submit.click({ force: true });
      assert.equal((await form.requests()).length, 1);
      await form.says("Try again in 1 second.");
      await form.says(en.waitIsOver);
      await submit.click();
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
      await form.set({ delayMs: 400 });
      await form.fill(ADA.email, ADA.password);
      const submit = form.button(en.submit["sign-in"]);
      await submit.focus();
      await form.page.keyboard.press("Enter");
      await form.page.getByRole("status").filter({ hasText: en.busy["sign-in"] }).waitFor();
      assert.equal(await form.focused(), "submit");
      assert.equal(await submit.getAttribute("aria-disabled"), "true");
      assert.equal(await form.page.getByRole("form").getAttribute("aria-busy"), "true");
      await form.page.keyboard.press("Enter");
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

/** The text by which a field is described. */
function described(form: Form, field: "email" | "password"): Promise<string> {
  return form[field]().evaluate((input) =>
    (input.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.textContent)
      .join(" "),
  );
}
