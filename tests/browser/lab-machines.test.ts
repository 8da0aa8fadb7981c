// “See the machines” in the demo's lab, and `latchkey-auth/devtools`, which it shows, in Chromium on the real Worker.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { Demo, launch } from "../harness/browser.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";

const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
const LOOKS = {
  ...{ wide: [1280, "light"], narrow: [360, "light"], dark: [1280, "dark"], "narrow-dark": [360, "dark"] },
} as const satisfies Record<string, readonly [number, "light" | "dark"]>;

const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const [stack, browser] = await Promise.all([startStack({ lab: true }), launch()]);
after(() => Promise.all([browser.close(), stack.stop()]));

test("a refresh, faults and what the service keeps are seen, stepped through, and shared as a link without a secret", async () => {
  const context = await browser.newContext({ reducedMotion: "reduce" });
  const complaints: string[] = [];
  const secrets: string[] = [];
  const email = newEmail("machines");
  const demo = await Demo.open(context, stack.origin);
  const { page } = demo;
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (/policy|trusted|violat/i.test(message.text())) complaints.push(message.text());
  });
  page.on("response", async (response) => {
    if (!response.url().includes("/auth/")) return;
    const cookie = /latchkey=([^;]+)/.exec((await response.headerValue("set-cookie").catch(() => null)) ?? "")?.[1];
    const token = /"access_token":"([^"]+)/.exec(await response.text().catch(() => ""))?.[1];
    secrets.push(...[cookie, token].filter((secret) => secret !== undefined));
  });
  await demo.signUp(email, PASSWORD);
  await page.goto(`${stack.origin}/lab#machines`);

  const { panel, state, steps, has, button, is, fact } = machinesOn(page);
  await is("signed-in");
  await page.getByTestId("account-side").getByText("(this one)").waitFor();

  // A refresh.
  const before = Number(await fact("Access tokens so far"));
  await button("Skip to the token's expiry").click();
  await has(new RegExp(`access token ${before + 1} has arrived`));
  await has(/^GET \/lab\/api\/strict: 200, \d+ ms$/);
  for (const [name, value] of [
    ["Access token expires", /^in \d/],
    ["Next refresh", /^in \d+:\d\d to \d+:\d\d$/],
    ["Tabs with this panel", /^1$/],
  ] as const)
    await until(`${name}: ${value}`, async () => value.test(await fact(name)));

  // Faults, each with the state that it leads to, and that it leaves when it is over.
  for (const [fault, code] of [
    ["Lost response", "network"],
    ["5xx", "unavailable"],
    ["Captive portal", "bad_response"],
  ] as const) {
    await page.getByRole("radio", { name: fault }).check();
    await button("Skip to the token's expiry").click();
    await is("offline");
    await until(`${fault}: ${code}`, async () => (await fact("Last error")) === code);
    await page.getByRole("radio", { name: "No fault" }).check();
    // The browser's event has the vault try again now, and not after its pause.
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await is("signed-in");
  }
  await page.getByRole("radio", { name: "Slow" }).check();
  await button("Skip to the token's expiry").click();
  await has(/^GET \/lab\/api\/strict: 200, \d{4,} ms$/);
  await page.getByRole("radio", { name: "Offline" }).check();
  await is("offline");
  await page.getByRole("radio", { name: "No fault" }).check();
  await is("signed-in");
  await has(/service: generation \d+ of this family, open families: 1,/);

  // By keyboard: back to the last time that the client was offline, and to the present.
  const back = panel.getByRole("button", { name: "Step back" });
  await back.focus();
  await until("a step back shows the state at that time", async () => {
    await page.keyboard.press("Enter");
    return (await state.textContent()) === "offline";
  });
  const place = await panel.locator("label", { hasText: /^Step \d+ of \d+$/ }).textContent();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await panel.getByText(new RegExp(`^Step ${Number(/\d+/.exec(place ?? "")) + 1} of \\d+$`)).waitFor();
  await button("Live").click();
  await is("signed-in");

  // The link, in another page of a visitor who is signed in.
  const lines = await steps.getByRole("listitem").allTextContents();
  await button("Share as a link").click();
  const field = panel.getByLabel("Link to this run");
  await until("the link", async () => (await field.inputValue()) !== "");
  const link = await field.inputValue();
  const other = await context.newPage();
  await other.goto(link);
  await other.getByText("Step 1 of").waitFor();
  const shared = await other.getByRole("list", { name: "Changes and calls" }).getByRole("listitem").allTextContents();
  // Something may have happened before the link was made.
  assert.deepEqual(shared.slice(0, lines.length), lines);
  assert.equal(await other.getByTestId("panel").locator('.states [aria-current="true"]').textContent(), "signed-in");
  await until("both tabs are counted", async () => (await fact("Tabs with this panel")) === "2");
  // A link that others have changed is ignored. A fault is one of the browser, so the other tab shows it.
  await other.goto(`${stack.origin}/lab#attack`);
  await other.getByTestId("panel").waitFor({ state: "detached" });
  await page.getByRole("radio", { name: "Slow" }).check();
  await other.goto(`${stack.origin}/lab#machines&latchkey-run=AAAA`);
  await other.getByText(/^Live: /).waitFor();
  assert.ok(await other.getByRole("radio", { name: "Slow" }).isChecked());
  await page.getByRole("radio", { name: "No fault" }).check();
  await other.close();

  // Nothing secret is in what the page shows, nor in the link.
  const shown = await everythingIn(page);
  const { runIn } = await import("../../sdk-wasm/dist/devtools/run.js");
  const run = JSON.stringify(await runIn(new URL(link).hash));
  assert.ok(secrets.length >= 4, `${secrets.length} secrets`);
  assert.ok(run.includes("has arrived"));
  for (const text of [shown, link, run]) {
    assert.doesNotMatch(text, /eyJ[\w-]{10,}/);
    assert.deepEqual(
      secrets.filter((secret) => text.includes(secret)),
      [],
    );
  }
  assert.ok(!run.includes(email) && !link.includes(email));

  await looksRight(page, "lab-machines");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a simulated session: time is skipped, awake and asleep, with faults, and the session ends by it", async () => {
  const context = await browser.newContext({ reducedMotion: "reduce" });
  const complaints: string[] = [];
  const sent: string[] = [];
  const email = newEmail("skips");
  const demo = await Demo.open(context, stack.origin);
  const { page } = demo;
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (/policy|trusted|violat/i.test(message.text())) complaints.push(message.text());
  });
  await demo.signUp(email, PASSWORD);
  await page.goto(`${stack.origin}/lab#machines`);
  await page.getByRole("link", { name: "A simulated session, in which time can be skipped" }).click();
  const { panel, state, steps, has, button, is, fact } = machinesOn(page);
  const shows = (name: string, value: RegExp) => until(`${name}: ${value}`, async () => value.test(await fact(name)));
  const side = page.getByTestId("simulated-side").getByRole("row");
  const skip = (label: string) => button(`Skip ${label}`).click();
  const fault = (name: string) => page.getByRole("radio", { name, exact: true }).check();
  await is("signed-in");
  page.on("request", (request) => {
    if (/\/(auth|api)\//.test(request.url())) sent.push(request.url());
  });

  // Awake: the vault renews the token after 4 minutes, and the panel counts from the skipped time.
  await shows("Access tokens so far", /^1$/);
  await skip("5 minutes");
  await has("skipped 5 minutes; service: generation 2, open");
  await page.getByText("Done: skipped 5 minutes. The client is signed-in, after 1 renewal.").waitFor();
  await has("access token 2 has arrived");
  await shows("Access tokens so far", /^2$/);
  await shows("Access token expires", /^in [1-4]:\d\d$/);
  await shows("Session expires if idle", /^in 6 d 23 h$/);
  await side.getByText("session-2 (this one)").waitFor();

  // Offline: the session stays, and the client is back with the network.
  await fault("Offline");
  await skip("5 minutes");
  await is("offline");
  await shows("Last error", /^network$/);
  await has("skipped 5 minutes; service: generation 2, open");
  await fault("No fault");
  await is("signed-in");
  for (const [name, code] of [
    ["Lost response", "network"],
    ["5xx", "unavailable"],
    ["Captive portal", "bad_response"],
  ] as const) {
    await fault(name);
    await skip("5 minutes");
    await is("offline");
    await until(`${name}: ${code}`, async () => (await fact("Last error")) === code);
    await fault("No fault");
    await skip("1 minute");
    await is("signed-in");
  }
  await fault("Slow");
  await button("Call the API").click();
  await skip("1 minute");
  await has(/^GET \/api\/notes: 200, \d{4,} ms$/);
  await fault("No fault");

  // In use for a day: the renewals are two lines, so that the run keeps what was before.
  const before = Number(await fact("Access tokens so far"));
  await skip("1 day");
  await has(/^skipped 1 day; service: generation \d+, open$/);
  const renewals = Number(await fact("Access tokens so far")) - before;
  assert.ok(renewals >= 359 && renewals <= 361, `${renewals} renewals`);
  await has(/^access tokens \d+ to \d+ have arrived$/);

  // Asleep: after 7 days the session has ended as idle; after 30, the cookie is gone, too.
  await page.getByRole("radio", { name: "Asleep" }).check();
  await skip("7 days");
  await is("signed-out");
  await shows("Last error", /^session_ended \(idle\)$/);
  await has(/^slept 7 days; service: generation \d+, ended as idle$/);
  await side
    .getByText(/, idle$/)
    .first()
    .waitFor();
  await button("Sign in again").click();
  await is("signed-in");
  // A renewal shows the vault that the browser keeps the cookie.
  await page.getByRole("radio", { name: "Awake" }).check();
  await skip("5 minutes");
  await has(/^skipped 5 minutes; service: generation 2, open$/);
  await until("renewed", async () => Number(await fact("Access tokens so far")) > before + renewals);
  await page.getByRole("radio", { name: "Asleep" }).check();
  await skip("30 days");
  await is("signed-out");
  await shows("Last error", /^session_ended \(none\)$/);
  await has("slept 30 days; service: generation 2, ended as idle");
  await side
    .getByText(/, idle$/)
    .nth(1)
    .waitFor();

  // By keyboard, back to a time when there was a session; its link, in another page.
  await panel.getByRole("button", { name: "Step back" }).focus();
  await until("a step back shows the state at that time", async () => {
    await page.keyboard.press("Enter");
    return (await state.textContent()) === "signed-in";
  });
  await button("Live").click();
  await is("signed-out");
  const earlier = await steps.getByRole("listitem").count();
  await button("Share as a link").click();
  const field = panel.getByLabel("Link to this run");
  await until("the link", async () => (await field.inputValue()) !== "");
  const link = await field.inputValue();
  const lines = await steps.getByRole("listitem").allTextContents();
  const other = await context.newPage();
  await other.goto(link);
  await other.getByText("Step 1 of").waitFor();
  const shared = other.getByRole("list", { name: "Changes and calls" }).getByRole("listitem");
  const found = await shared.allTextContents();
  // A line may have arrived while the link was made.
  assert.ok(found.length >= earlier, `${found.length} of ${earlier} lines`);
  assert.deepEqual(found, lines.slice(0, found.length));
  assert.ok(lines.some((line) => line.includes("skipped 1 day")));
  await other.close();

  const { runIn } = await import("../../sdk-wasm/dist/devtools/run.js");
  const run = JSON.stringify(await runIn(new URL(link).hash));
  assert.ok(run.includes("slept 30 days"));
  for (const text of [await everythingIn(page), link, run]) assert.doesNotMatch(text, /fake-token|correct horse/);
  assert.ok(!run.includes("@") && !link.includes("@"));
  assert.deepEqual(sent, [], "nothing of it reaches the real service");
  await looksRight(page, "lab-machines-simulated");
  assert.deepEqual(complaints, []);
  await context.close();
});

/** The panel in a page of the lab, and what a test does with it. */
function machinesOn(page: Page) {
  const panel = page.getByTestId("panel");
  const state = panel.locator('.states [aria-current="true"]');
  const steps = panel.getByRole("list", { name: "Changes and calls" });
  return {
    ...{ panel, state, steps },
    has: (text: string | RegExp) => steps.getByText(text).first().waitFor(),
    button: (name: string) => page.getByRole("button", { name, exact: true }),
    is: (expected: string) => until(expected, async () => (await state.textContent()) === expected),
    fact: async (name: string) =>
      (await panel.locator("dl > div", { hasText: name }).locator("dd").textContent()) ?? "",
  };
}

/** The markup of a page, and that inside of its components. */
function everythingIn(page: Page): Promise<string> {
  return page.evaluate(() => {
    const inner = [...document.querySelectorAll("*")].map(({ shadowRoot }) => shadowRoot?.innerHTML ?? "");
    return document.documentElement.outerHTML + inner.join("");
  });
}

/** In every look, nothing is too wide, and axe finds nothing serious. Takes a screenshot of each. */
async function looksRight(page: Page, name: string): Promise<void> {
  for (const [look, [width, colorScheme]] of Object.entries(LOOKS)) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    await until(`${look}: it fits`, fits);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      type Axe = { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
      const { violations: all } = await (window as unknown as { axe: Axe }).axe.run();
      return all
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" ")}`);
    });
    assert.deepEqual(violations, [], look);
    await page.screenshot({ path: `${SCREENSHOTS}${name}-${look}.png`, fullPage: true });
  }
}
