// `<SignIn>` in a page, as a user finds it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { en } from "latchkey-auth/texts/en";
import type { Page } from "playwright-core";
import { until } from "../../harness/until.ts";
import type { Framework, Options, World } from "./world.ts";

const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/** The form as a user finds it: by labels, names and roles. */
export class Form {
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
  /** It says this, or has said it: for a message that counts down while the test looks. */
  readonly hasSaid = (text: string) =>
    until(`the form says ${text}`, async () =>
      (await this.page.evaluate(() => window.said)).some((said) => said.includes(text)),
    );
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

/** Opens pages of this world. */
export function forms(world: World) {
  return async (framework: Framework, options?: Options, style?: boolean): Promise<Form> => {
    let form: Form | undefined;
    await world.open(framework, (page) => (form = new Form(page)), options, style);
    assert.ok(form);
    await form.page.getByRole("form").waitFor({ state: "attached" });
    return form;
  };
}
