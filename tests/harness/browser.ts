// Chromium, driven by Playwright: the installed one, or the one that CHROME_PATH names.
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { STEP_LIMIT } from "./until.ts";

const executablePath = process.env.CHROME_PATH || "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-background-networking"];

export function launch(...more: string[]): Promise<Browser> {
  return launchWith({ more });
}

/** Launches Chromium with the back/forward cache, which Playwright disables by default. */
export function launchCaching(): Promise<Browser> {
  return launchWith({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
}

/**
 * A browser with a new profile that sends third-party cookies, as Chromium does by default. Contexts of {@link launch}
 * are incognito and send none, and neither does a profile with Debian's preferences.
 */
export async function launchProfile(...more: string[]): Promise<BrowserContext> {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-profile-"));
  await mkdir(join(dir, "Default"));
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  await writeFile(join(dir, "Default", "Preferences"), JSON.stringify(preferences));
  const options = { executablePath, args: [...ARGS, ...more], ignoreHTTPSErrors: true };
  const context = patient(await chromium.launchPersistentContext(dir, options));
  // Chromium's processes may still write to it.
  context.on("close", () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  return context;
}

async function launchWith({ more = [], ignoreDefaultArgs = [] }: { more?: string[]; ignoreDefaultArgs?: string[] }) {
  const browser = await chromium.launch({ executablePath, args: [...ARGS, ...more], ignoreDefaultArgs });
  browser.on("context", patient);
  return browser;
}

/** One limit for every step of every test: see {@link STEP_LIMIT}. */
function patient(context: BrowserContext): BrowserContext {
  context.setDefaultTimeout(STEP_LIMIT);
  return context;
}

/** The demo's parts, by the test ids and accessible names that it guarantees. */
export class Demo {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  static async open(context: BrowserContext, origin: string): Promise<Demo> {
    const demo = new Demo(await context.newPage());
    await demo.page.goto(`${origin}/`);
    return demo;
  }

  part(id: string) {
    return this.page.getByTestId(id);
  }
  async text(id: string): Promise<string> {
    return (await this.part(id).textContent()) ?? "";
  }
  button(name: string) {
    return this.page.getByRole("button", { name, exact: true });
  }

  async fill(email: string, password: string): Promise<void> {
    await this.page.getByLabel("E-mail address", { exact: true }).fill(email);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
  }
  /** Switches the form from signing in to signing up. */
  async needAccount(): Promise<void> {
    await this.button("No account yet? Create one").click();
    await this.button("Create account").waitFor();
  }
  async haveAccount(): Promise<void> {
    await this.button("Already have an account? Sign in").click();
    await this.button("Sign in").waitFor();
  }
  /** What the form says in its message, once it says something of this kind, and the form can be used again. */
  async refusal(text = /\S/): Promise<string> {
    const form = this.page.getByRole("form").and(this.page.locator('[aria-busy="false"]'));
    const message = form.getByRole("alert").filter({ hasText: text });
    await message.waitFor();
    return (await message.textContent()) ?? "";
  }
  async signUp(email: string, password: string): Promise<void> {
    await this.needAccount();
    await this.fill(email, password);
    await this.button("Create account").click();
    await this.arrives();
  }
  async signIn(email: string, password: string): Promise<void> {
    await this.part("sign-in-form").waitFor();
    await this.fill(email, password);
    await this.button("Sign in").click();
    await this.arrives();
  }
  /** Waits for the app. If it does not appear, the error says what the page shows instead. */
  async arrives(): Promise<void> {
    try {
      await this.part("app").waitFor();
    } catch (error) {
      const shown = await this.page.locator("body").ariaSnapshot();
      throw new Error(`the app does not appear. The page shows:\n${shown}`, { cause: error });
    }
  }
  /** Goes to the settings of the account. */
  async openAccount(): Promise<void> {
    await this.page.getByRole("link", { name: "Account", exact: true }).click();
    await this.part("profile-form").waitFor();
  }
  async signOut(): Promise<void> {
    await this.button("Sign out").click();
    await this.part("sign-in-form").waitFor();
  }

  /**
   * Presses "Call /api/me" and returns what the API says about its caller. The vault handles a 401 by a
   * renewal.
   */
  async callMe(): Promise<string> {
    const call = this.button("Call /api/me");
    const answered = this.page.waitForResponse(
      (response) => new URL(response.url()).pathname === "/api/me" && response.status() === 200,
    );
    await call.click();
    await answered;
    // The button is enabled again when the response is shown.
    await call.click({ trial: true });
    return this.text("me-result");
  }

  /** The statuses of all calls that the app lists. */
  callStatuses(): Promise<string[]> {
    return this.part("call-log")
      .getByRole("row")
      .getByText(/^(\d{3}|[a-z_]+)$/)
      .allTextContents();
  }

  async refreshes(): Promise<number> {
    return Number(await this.text("refresh-count"));
  }
}

/** Records, from the start of every document of this page, which of the demo's parts have ever existed. */
export async function watchParts(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const seen = new Set<string>();
    Object.defineProperty(window, "__partsSeen", { value: seen });
    const look = () => {
      for (const part of document.querySelectorAll("[data-testid]")) seen.add(part.getAttribute("data-testid") ?? "");
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
    look();
  });
  return () => page.evaluate(() => [...(window as unknown as { __partsSeen: Set<string> }).__partsSeen]);
}
