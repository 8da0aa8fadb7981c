// The lab at /lab, in Chromium against the demo: what its four columns show when a user's credentials end, what the table has
// afterwards, and that the pages can be used by everyone.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { Demo, launch } from "../harness/browser.ts";
import { startStack } from "../harness/stack.ts";
import { STEP_LIMIT, until } from "../harness/until.ts";
import { newEmail, ownPage, PASSWORD, signIn, signUp } from "../harness/visitor.ts";

/** Seconds: short, so that a token can be seen to expire, and long for the slowest machine's requests. */
const TOKEN_LIFE = 15;
const KINDS = ["session", "none", "bound", "strict"] as const;
type Kind = (typeof KINDS)[number];

const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
/** No rule of the style depends on both the width and the colours. */
const LOOKS = { wide: [1280, "light"], "narrow-dark": [360, "dark"] } as const;

const ADMIN = randomBytes(32).toString("base64url");
const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const [stack, browser] = await Promise.all([
  // A short window, so that a cookie is soon an old one.
  startStack({
    lab: true,
    config: {
      ...{ access_token_ttl: TOKEN_LIFE, replay_window: 2 },
      admin_credentials: [createHash("sha256").update(ADMIN).digest("hex")],
    },
  }),
  launch(),
]);
after(() => Promise.all([browser.close(), stack.stop()]));

/** A visitor in the lab. */
class Lab {
  readonly page: Page;
  readonly complaints: string[] = [];
  constructor(page: Page) {
    this.page = page;
    // Rejected calls are the lab's subject; the browser reports each of them.
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !/status of (401|503)/.test(message.text()))
        this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }
  column(kind: Kind) {
    return this.page.getByTestId(`column-${kind}`);
  }
  button(name: string) {
    return this.page.getByRole("button", { name, exact: true });
  }
  calls(outcome: string, kinds: readonly Kind[]) {
    return Promise.all(kinds.map((kind) => this.column(kind).getByText(outcome, { exact: true }).waitFor()));
  }
  /** For how long a column accepted the old credential, in milliseconds, once it has rejected it. */
  async kept(kind: Kind): Promise<number> {
    const shown = this.page.getByTestId(`kept-${kind}`);
    await shown.getByText("was rejected").waitFor();
    const text = (await shown.getByRole("strong").textContent()) ?? "";
    const [, number, unit] = /^([\d.,]+) (ms|s)$/.exec(text) ?? assert.fail(text);
    return Number(number?.replaceAll(",", "")) * (unit === "s" ? 1000 : 1);
  }
  /** Waits until a column shows a figure like this. */
  shows(kind: Kind, name: string, expected: RegExp) {
    const figure = this.column(kind).locator("div").filter({ hasText: name }).getByRole("definition");
    return figure.filter({ hasText: expected }).waitFor();
  }
  /** What axe-core finds to be serious or critical. */
  async violations(): Promise<string[]> {
    await this.page.evaluate(axe);
    return this.page.evaluate(async () => {
      type Axe = { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
      const { violations } = await (window as unknown as { axe: Axe }).axe.run();
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" ")}`);
    });
  }
  async close() {
    assert.deepEqual(this.complaints, []);
    await this.page.context().close();
  }
}

/** A new visitor's own browser, with one page. */
async function newPage(options: Parameters<typeof browser.newContext>[0] = {}): Promise<Page> {
  return (await browser.newContext(options)).newPage();
}

/** The lab, by its address, as a new visitor. */
async function open(part = ""): Promise<{ lab: Lab; email: string }> {
  const page = await newPage();
  const email = newEmail("lab");
  const signedUp = await page.request.post(`${stack.origin}/auth/sign-up`, {
    data: { email, password: PASSWORD },
    headers: ownPage(stack.origin),
  });
  assert.equal(signedUp.status(), 201);
  const lab = new Lab(page);
  await page.goto(`${stack.origin}/lab${part}`);
  if (part === "") await lab.calls("accepted 200", KINDS);
  return { lab, email };
}

/** The answers to the calls of the column `none`: when they arrived, and when the token expires, in milliseconds since the epoch. */
function answersOfNone(page: Page): { at: number; status: number; expires: number }[] {
  const answers: { at: number; status: number; expires: number }[] = [];
  page.on("response", (response) => {
    const at = Date.now();
    if (new URL(response.url()).pathname !== "/lab/api/none") return;
    const claims = response.request().headers().authorization?.split(".")[1] ?? "";
    const { exp } = JSON.parse(Buffer.from(claims, "base64url").toString());
    answers.push({ at, status: response.status(), expires: exp * 1000 });
  });
  return answers;
}

describe("the lab", { concurrency: 4 }, () => {
  test("a ban ends a session and a strict token at once, a bounded one within its bound, a pure JWT when it expires", async (t) => {
    const { lab, email } = await open();
    const answers = answersOfNone(lab.page);
    await lab.button("Ban").click();
    const entries = await Promise.all(KINDS.map(async (kind) => [kind, await lab.kept(kind)]));
    const kept = Object.fromEntries(entries) as Record<Kind, number>;
    t.diagnostic(JSON.stringify(kept));
    assert.equal(kept.session, 0);
    assert.equal(kept.strict, 0);
    assert.ok(kept.bound <= 5000, `${kept.bound} ms`);
    const rejected = answers.filter(({ status }) => status === 401);
    assert.ok(rejected.length > 0);
    for (const { at, expires } of rejected) assert.ok(at >= expires, `rejected ${expires - at} ms before it expires`);
    // The visitor is not the user who was banned.
    await signIn(stack.origin, { email, password: PASSWORD }, { ttl: TOKEN_LIFE });
    await lab.close();
  });

  test("a sign-out elsewhere, another role, another password: at once, and within a bound of one second", async () => {
    const { lab } = await open();
    await lab.page.getByRole("slider").press("Home");
    await lab.column("bound").getByText('revocation = "1s"').waitFor();
    for (const name of ["Sign out elsewhere", "Change role", "Change password"]) {
      await lab.button(name).click();
      await lab.page.getByTestId("trial").getByRole("heading", { name }).waitFor();
      const [session, bound, strict] = await Promise.all([lab.kept("session"), lab.kept("bound"), lab.kept("strict")]);
      assert.deepEqual([session, strict], [0, 0], name);
      assert.ok(bound <= 1000, `${name}: ${bound} ms`);
    }
    const rows = lab.page.getByTestId("trials").getByRole("row");
    await until("each action has its row", async () => (await rows.count()) === 1 + 3);
    await lab.close();
  });

  test("what each column asks of the store, and what works without it", async () => {
    const { lab } = await open();
    const renewed = lab.page.waitForResponse(
      (response) => response.url().endsWith("/lab/control/users") && response.request().method() === "POST",
    );
    // A press of a key on a button that is disabled for a moment would be lost.
    const disabled = await lab.button("Ban").evaluateHandle((button) => {
      const seen: string[] = [];
      const look = () => seen.push(button.outerHTML);
      new MutationObserver(look).observe(button, { attributeFilter: ["aria-disabled"] });
      return seen;
    });
    await renewed;
    await lab.calls("accepted 200", KINDS);
    assert.deepEqual(await disabled.jsonValue(), [], "a renewal of the user disables no button");
    for (const [kind, lookups] of [
      ["session", /^1\.\d+ calls$/],
      ["none", /^0\.\d+ calls$/],
      ["bound", /^0\.\d+ calls$/],
      ["strict", /^2\.\d+ calls$/],
    ] as const)
      await lab.shows(kind, "Look-ups per request", lookups);
    // A cookie is a fraction of a token.
    await lab.shows("session", "Credential", /^1\d\d bytes$/);
    await lab.shows("none", "Credential", /^[5-9]\d\d bytes$/);
    await lab.shows("session", "Stored", /^\d+ bytes per session$/);
    await lab.shows("none", "Stored", /^nothing$/);

    await lab.page.getByRole("slider").press("Home");
    await lab.page.getByRole("switch").click();
    await lab.calls("unavailable 503", ["session", "bound", "strict"]);
    await lab.page.getByText("a sign-in gets 503 unavailable, and a refresh gets 503 unavailable").waitFor();
    await lab.calls("accepted 200", ["none"]);
    await lab.page.getByRole("switch").click();
    await lab.calls("accepted 200", KINDS);
    await lab.close();
  });

  test("everything by keyboard; it fits wide and narrow, light and dark; axe-core finds nothing serious", async () => {
    const page = await newPage({ reducedMotion: "reduce" });
    const lab = new Lab(page);
    await page.goto(stack.origin);
    await new Demo(page).signUp(newEmail("lab"), PASSWORD);
    await page.getByRole("link", { name: "Open the lab" }).click();
    await lab.calls("accepted 200", KINDS);
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await page.getByRole("link", { name: "The table" }).focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("comparison").waitFor();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await lab.calls("accepted 200", KINDS);
    await page.getByRole("slider").focus();
    await page.keyboard.press("End");
    await lab.column("bound").getByText('revocation = "60s"').waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "Sign out elsewhere");
    await page.keyboard.press("Enter");
    assert.equal(await lab.kept("session"), 0);
    assert.equal(await focused(), "Sign out elsewhere", "the focus stays");
    await lab.button("Pause calls").click();
    const looksRight = async (id: string) => {
      for (const [look, [width, colorScheme]] of Object.entries(LOOKS)) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        // Charts are drawn anew after the window has another size.
        const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
        await until(`${id}, ${look}: it fits`, fits);
        assert.deepEqual(await lab.violations(), [], `${id}, ${look}`);
        await page.screenshot({ path: `${SCREENSHOTS}lab-${id}-${look}.png`, fullPage: true });
      }
    };
    await page.getByTestId("trials").waitFor();
    await looksRight("trials");
    await page.getByRole("link", { name: "The table" }).click();
    await page.getByTestId("comparison").waitFor();
    await looksRight("comparison");
    await page.getByRole("link", { name: "Attack it" }).click();
    const read = page.getByTestId("attack-read");
    await read.getByRole("button").click();
    await read.getByTestId("verdict").waitFor();
    await looksRight("attack-read");
    // axe-core has posted messages to the app's frame: they are not for it.
    await read.frameLocator("iframe").getByText("Signed in as").waitFor();
    await lab.close();
  });

  test("each attack: what the page says of it, and the answers that it shows", async () => {
    const { lab } = await open("#attack");
    // The verdict, and the last answer.
    const expected: Record<string, [verdict: string, answer: RegExp]> = {
      read: ["stopped", /200 accepted: it was stolen/],
      replay: ["stopped", /401 session_ended, reason reused/],
      forgery: ["stopped", /403 request_forgery/],
      fixation: ["stopped", /401 session_ended/],
      origin: ["stopped", /origin_not_allowed/],
      claim: ["stopped", /401 invalid_token/],
      "no-signature": ["stopped", /401 invalid_token/],
      "alg-none": ["stopped", /401 invalid_token/],
      hmac: ["stopped", /401 invalid_token/],
      expired: ["stopped", /401 invalid_token/],
      audience: ["stopped", /401 invalid_token/],
      inject: ["it works", /200 an access token, \d+ characters/],
      offline: ["stopped", /signed_out/],
      race: ["stopped", /200 a new access token/],
      clock: ["stopped", /^1$/],
    };
    await lab.page.getByTestId("attack-read").waitFor();
    assert.equal(await lab.page.locator(".attacks > li").count(), Object.keys(expected).length);
    const card = (id: string) => lab.page.getByTestId(`attack-${id}`);
    for (const id of Object.keys(expected)) await card(id).getByRole("button", { name: "Try it" }).click();
    for (const [id, [verdict, answer]] of Object.entries(expected)) {
      await card(id)
        .getByTestId("verdict")
        .waitFor({ timeout: 2 * STEP_LIMIT });
      const last = await card(id).locator(".exchange-answer").last().textContent();
      assert.equal(await card(id).getByTestId("verdict").textContent(), verdict, `${id}: ${last}`);
      assert.match(last ?? "", answer, id);
    }
    const forged = await card("forgery").locator(".exchange-request").allTextContents();
    for (const by of ["form: POST", "fetch: POST", "image: GET"])
      assert.ok(
        forged.some(
          (text) => text.startsWith(`${by} /lab/api/session, without the cookie`) && text.includes("cross-site"),
        ),
        `${by}, from the other site: ${forged}`,
      );
    const genuine = await card("claim").locator(".exchange-answer").first().textContent();
    assert.match(genuine ?? "", /200 accepted, roles \["editor"\]/, "the genuine token is accepted");
    assert.match((await card("read").locator(".exchange-answer").first().textContent()) ?? "", /found in 0$/);
    // The app in the frame has been attacked by the same search; it is not signed in any longer than it is shown.
    assert.equal(await card("read").getByTestId("verdict-beside").textContent(), "it works");
    await card("read").frameLocator("iframe").getByText("Signed in as").waitFor();
    const stored = () => lab.page.evaluate(() => localStorage.getItem("access_token"));
    assert.match((await stored()) ?? "", /^eyJ/);
    await lab.page.screenshot({ path: `${SCREENSHOTS}lab-attacks-wide.png`, fullPage: true });
    // On localhost the vault tells developers of each origin that it has rejected; the page's own policy was not even asked.
    assert.match(lab.complaints.splice(0).join("\n"), /^(\[latchkey\] apiOrigins: found .*(\n|$)){4}$/);
    await lab.page.getByRole("link", { name: "The table" }).click();
    await until("the app's token is gone", async () => (await stored()) === null);
    await lab.close();
  });

  test("one page of the demo can be framed, by the lab alone, and may do less than the others", async () => {
    const policyOf = async (path: string) => {
      const { headers } = await fetch(`${stack.origin}${path}`, { redirect: "manual" });
      for (const name of ["embedder-policy", "opener-policy", "resource-policy"])
        assert.match(headers.get(`cross-origin-${name}`) ?? "", /^(require-corp|same-origin)$/, `${path}: ${name}`);
      return (headers.get("content-security-policy") ?? "").split("; ");
    };
    const usual = await policyOf("/");
    assert.ok(usual.includes("frame-ancestors 'none'") && usual.includes("default-src 'none'"));
    for (const path of ["/mailbox", "/nothing", "/lab.html", "/lab-usual-app/x"])
      assert.deepEqual(await policyOf(path), usual, path);
    const lab = await policyOf("/lab");
    assert.deepEqual(
      lab.filter((directive) => !usual.includes(directive)),
      ["frame-src 'self'"],
    );
    assert.ok(usual.every((directive) => lab.includes(directive)));
    assert.deepEqual(await policyOf("/lab-usual-app"), [
      ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self'"],
      ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'"],
      ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
    ]);
  });

  test("throw-away users are deleted when another part is opened, and when the page is left", async () => {
    const { lab, email } = await open();
    const { page } = lab;
    const { body } = await signIn(stack.origin, { email, password: PASSWORD }, { ttl: TOKEN_LIFE });
    const prefix = `lab.${body.session.user.id.slice(0, 16).toLowerCase()}.`;
    const left = async () => {
      const found: string[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const response = await fetch(`${stack.origin}/admin/users?limit=100${cursor && `&cursor=${cursor}`}`, {
          headers: { Authorization: `Bearer ${ADMIN}` },
        });
        const list = (await response.json()) as { users: { email: string }[]; next_cursor: string | null };
        found.push(...list.users.map((user) => user.email).filter((address) => address.startsWith(prefix)));
        cursor = list.next_cursor;
      }
      return found;
    };
    assert.ok((await left()).length > 0);
    await page.getByRole("link", { name: "Attack it" }).click();
    await until("its user is deleted", async () => (await left()).length === 0);
    // A page that is left tells its vault, which may be too busy to send anything in time.
    await until(
      "a page that is left has deleted its user",
      async () => {
        await page.goto(`${stack.origin}/lab`);
        await lab.calls("accepted 200", KINDS);
        const before = await left();
        await page.goto(`${stack.origin}/mailbox`);
        return until("gone", async () => !(await left()).some((user) => before.includes(user)), 5).catch(() => false);
      },
      120,
    );
    await lab.close();
  });

  test("the lab's API reaches only the visitor's own throw-away users", async () => {
    const [visitor, other] = [
      await signUp(stack.origin, { ttl: TOKEN_LIFE }),
      await signUp(stack.origin, { ttl: TOKEN_LIFE }),
    ];
    const control = (token: string, method: string, path: string) =>
      fetch(`${stack.origin}/lab/control/${path}`, { method, headers: { Authorization: `Bearer ${token}` } });
    const created = await control(visitor.token, "POST", "users");
    assert.equal(created.status, 201);
    const { id } = (await created.json()) as { id: string };
    const realUser = other.body.session.user.id;
    for (const [token, path] of [
      [other.token, `users/${id}/ban`],
      [visitor.token, `users/${realUser}/ban`],
      [visitor.token, `users/${id}/delete`],
      [visitor.token, "users/nobody/ban"],
    ] as const)
      assert.equal((await control(token, "POST", path)).status, 404, path);
    assert.equal((await control("none", "POST", `users/${id}/ban`)).status, 401);
    assert.equal((await control(visitor.token, "POST", `users/${id}/ban`)).status, 200);
    assert.equal((await control(visitor.token, "DELETE", `users/${id}`)).status, 204);
    await signIn(stack.origin, other, { ttl: TOKEN_LIFE });
  });
});

// Alone, because a retired key ends the tokens of all users.
test("a retired key ends tokens and no session; the table has the figures, and exports them as JSON and as a picture", async () => {
  const { lab, email } = await open();
  const { page } = lab;
  await page.getByRole("slider").press("Home");
  await lab.button("Retire the signing key").click();
  await page.getByTestId("trial").getByRole("heading", { name: "Retire the signing key" }).waitFor();
  for (const kind of ["none", "bound", "strict"] as const) assert.ok((await lab.kept(kind)) <= 10_000, kind);
  await lab.calls("accepted 200", ["session"]);

  const file = async (name: string) => {
    const arrives = page.waitForEvent("download");
    await lab.button(name).click();
    return readFile(await (await arrives).path());
  };
  const report = async () => JSON.parse((await file("Export as JSON")).toString());
  const findsInTable = async (found: string) => {
    await page.getByRole("link", { name: "Side by side" }).click();
    await page.getByRole("link", { name: "The table" }).click();
    await page.getByTestId("comparison").getByText(found).first().waitFor();
  };
  // In localStorage itself, and as a property of the window.
  const { token } = await signIn(stack.origin, { email, password: PASSWORD }, { ttl: TOKEN_LIFE });
  await page.evaluate((planted) => localStorage.setItem("planted", planted), token);
  await findsInTable("found in 2 of 12 places");
  await page.evaluate(() => localStorage.removeItem("planted"));
  await findsInTable("found in 0 of 12 places");

  await lab.button("Measure everything").click();
  const cells = page.getByTestId("comparison").getByRole("listitem");
  const isWhole = async () => !(await cells.allTextContents()).some((text) => /not measured/.test(text));
  await until("everything is measured", isWhole, 180);
  const { table, trials, costs, script } = await report();
  assert.equal(table.length, 13);
  assert.deepEqual(
    trials.map(({ action }: { action: string }) => action),
    ["sign-out", "ban", "role", "password", "key"],
  );
  for (const { action, kept } of trials.slice(0, 4)) {
    assert.deepEqual([kept.session.ms, kept.strict.ms], [0, 0], action);
    assert.ok(kept.bound.ms <= 1000, action);
  }
  // The account; the account and the object that knows of removed keys. Now and then a call also renews a copy.
  for (const [kind, least] of [
    ["session", 1],
    ["strict", 2],
  ] as const)
    assert.ok(costs[kind].lookups >= least && costs[kind].lookups < least + 1, `${kind}: ${costs[kind].lookups}`);
  assert.equal(script.found, 0);
  const picture = await file("Export as a picture");
  assert.equal(picture.subarray(1, 4).toString(), "PNG");
  assert.ok(picture.length > 50_000, `${picture.length} bytes`);
  await lab.close();
});
