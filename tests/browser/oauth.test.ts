// OAuth in Chromium: a client's page of another site, the demo's sign-in page, consent and devices.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { Demo, launch } from "../harness/browser.ts";
import { ask } from "../harness/http.ts";
import { startStack } from "../harness/stack.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";

const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/** The client's page: 127.0.0.1 and localhost are two sites. */
const client = http.createServer((request, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const target = url.searchParams.get("target");
  if (url.pathname === "/frame")
    response.end(`<!doctype html><title>Client</title><iframe src="${escaped(target)}"></iframe>`);
  else if (url.pathname === "/post") {
    const fields = [...url.searchParams].filter(([name]) => name !== "target");
    const inputs = fields.map(
      ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
    );
    response.end(
      `<!doctype html><title>Client</title><form method="post" action="${escaped(target)}">${inputs.join("")}<button>Send</button></form>`,
    );
  } else response.end(`<!doctype html><title>Client</title><a href="${escaped(target)}">Sign in</a>`);
});
await new Promise<void>((resolve) => client.listen(0, "127.0.0.1", resolve));
const CLIENT = `http://127.0.0.1:${(client.address() as AddressInfo).port}`;
const escaped = (text: string | null) => (text ?? "").replaceAll("&", "&amp;").replaceAll('"', "&quot;");

declare global {
  interface Window {
    opened: Window | null;
  }
}

const NAMES = {
  calendar: "Calendar",
  hostile: "\u202Egnihsihp\u202C <img src=x onerror=alert(1)> of a long name",
};
const WEB = "https://calendar.example/callback";
const redirect_uris = ["http://127.0.0.1/callback"];
const [stack, browser] = await Promise.all([
  startStack({
    config: {
      sign_up: "open",
      oauth: {
        scopes: {
          "notes:read": { description: "Read your notes" },
          "notes:write": { description: "Create, change and delete your notes" },
        },
        clients: {
          calendar: { name: NAMES.calendar, redirect_uris, scopes: ["notes:read", "notes:write"] },
          web: { name: NAMES.calendar, redirect_uris: [WEB], scopes: ["notes:read", "notes:write"] },
          hostile: { name: NAMES.hostile, redirect_uris, scopes: ["notes:read"] },
          tv: { name: "Television", dpop: false, grants: ["device_code"], scopes: ["notes:read"] },
        },
      },
    },
  }),
  launch(),
]);
after(() => Promise.all([browser.close(), stack.stop(), new Promise((resolve) => client.close(resolve))]));
const { origin } = stack;

const request = (more: Record<string, string> = {}) =>
  `${origin}/oauth/authorize?${new URLSearchParams({
    ...{ client_id: "calendar", redirect_uri: `${CLIENT}/callback`, response_type: "code", state: "s" },
    ...{ scope: "openid email notes:read notes:write", code_challenge_method: "S256" },
    code_challenge: createHash("sha256").update(randomBytes(32)).digest("base64url"),
    ...more,
  })}`;

async function open(more: { colorScheme?: "light" | "dark"; width?: number } = {}): Promise<Page> {
  const { colorScheme = "light", width = 1280 } = more;
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
  return context.newPage();
}

/** The user follows a link of the client's page. */
async function follow(page: Page, url: string): Promise<void> {
  await page.goto(`${CLIENT}/?${new URLSearchParams({ target: url })}`);
  await page.getByRole("link").click();
}

async function signUp(page: Page, email = newEmail()): Promise<string> {
  const demo = new Demo(page);
  await demo.needAccount();
  await demo.fill(email, PASSWORD);
  await demo.button("Create account").click();
  return email;
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function answered(page: Page): Promise<URLSearchParams> {
  await page.waitForURL((url) => url.origin === CLIENT && url.pathname === "/callback");
  return new URL(page.url()).searchParams;
}

describe("OAuth in a browser", { concurrency: 3 }, () => {
  test("from a client's page of another site: sign-up, consent, and back", async () => {
    const page = await open();
    await follow(page, request());
    const email = await signUp(page);
    await page.getByRole("heading", { name: "Calendar asks for access to your account" }).waitFor();
    await page.getByText(email).waitFor();
    await page.getByText("an app on this device", { exact: true }).waitFor();
    await button(page, "Allow").click();
    const answer = await answered(page);
    assert.deepEqual([answer.get("state"), answer.get("iss"), answer.get("error")], ["s", origin, null]);
    assert.ok(answer.get("code"));
    assert.equal(
      await page.evaluate(() => document.referrer),
      "",
      "the client learns no address of the service's pages",
    );
    // The navigation begins at another site, and the Strict cookie arrives nevertheless.
    await follow(page, request());
    await page.getByText(email).waitFor();
    await button(page, "Deny").click();
    assert.equal((await answered(page)).get("error"), "access_denied");
    await page.context().close();
  });

  test("by keyboard alone, and with another account", async () => {
    const page = await open();
    await follow(page, request());
    const first = await signUp(page);
    await page.getByText(first).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Use another account");
    await page.keyboard.press("Enter");
    const second = await signUp(page);
    await page.getByText(second).waitFor();
    for (const name of ["Use another account", "Allow"]) {
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), name);
    }
    await page.keyboard.press("Enter");
    assert.ok((await answered(page)).get("code"));
    await page.context().close();
  });

  test("a frame shows nothing, and a form of another site approves nothing", async () => {
    const page = await open();
    await follow(page, request());
    await signUp(page);
    await button(page, "Allow").waitFor();
    const consent = page.url();
    const fields = await page.evaluate(() =>
      Object.fromEntries([...document.querySelectorAll("input")].map(({ name, value }) => [name, value])),
    );
    for (const target of [request(), consent, `${origin}/oauth/device`]) {
      await page.goto(`${CLIENT}/frame?${new URLSearchParams({ target })}`);
      const frame = page.frames().find((each) => each !== page.mainFrame());
      assert.ok(frame, "there is a frame");
      assert.equal(await frame.locator("button, a.button").count(), 0, target);
      assert.ok(frame.url().startsWith("chrome-error://"), frame.url());
    }
    const query = new URLSearchParams({ target: `${origin}/oauth/consent`, decision: "allow", ...fields });
    await page.goto(`${CLIENT}/post?${query}`);
    const refused = page.waitForResponse(`${origin}/oauth/consent`);
    await page.getByRole("button").click();
    assert.equal((await refused).status(), 403);
    await page.goto(consent);
    await button(page, "Allow").click();
    assert.ok((await answered(page)).get("code"), "the request was not used up");
    await page.context().close();
  });

  test("a script of the app's own page reads no page and sends no form", async () => {
    const page = await open();
    await page.goto(`${origin}/oauth/device`);
    await signUp(page);
    await page.getByLabel("Code").waitFor();
    // The demo's page has the origin of the service.
    await page.goto(`${origin}/`);
    await new Demo(page).part("app").waitFor();
    const { user_code } = await begin();
    const found = await page.evaluate(
      async ([authorize, body]) => {
        const leading = await (await fetch(authorize as string)).text();
        const path = /url=([^"]+)"/.exec(leading)?.[1] ?? "";
        const form = { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" } };
        const statuses = await Promise.all([
          fetch(path).then(({ status }) => status),
          fetch("/oauth/device").then(({ status }) => status),
          fetch("/oauth/device", { ...form, body: body as string }).then(({ status }) => status),
        ]);
        return { path, statuses };
      },
      [request().slice(origin.length), `user_code=${user_code}`],
    );
    assert.match(found.path, /^\/oauth\/consent\?request=/);
    assert.deepEqual(found.statuses, [403, 403, 403]);
    for (const path of [found.path, "/oauth/device"]) {
      const popup = page.waitForEvent("popup");
      await page.evaluate((path) => {
        window.opened = window.open(path);
      }, path);
      await (await popup).getByRole("button").first().waitFor();
      assert.equal(await page.evaluate(() => window.opened?.closed ?? true), true, `${path} is out of reach`);
      await (await popup).close();
    }
    await page.context().close();
  });

  test("a device: the code is typed, or comes with a link; nothing happens before the user has decided", async () => {
    const page = await open();
    const device = await begin();
    await page.goto(`${origin}/oauth/device`);
    await signUp(page);
    await page.getByLabel("Code").fill(device.user_code.toLowerCase().replace("-", ""));
    await page.keyboard.press("Enter");
    await page.getByText(device.user_code).waitFor();
    for (const text of ["203.0.113.7", "Television/4.2 (living room)", "less than a minute ago"]) {
      await page.getByText(text).first().waitFor();
    }
    await button(page, "Allow").click();
    await page.getByRole("heading", { name: "The device is connected" }).waitFor();
    const poll = (device_code: string) =>
      ask(origin, "/oauth/token", {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({
          ...{ grant_type: "urn:ietf:params:oauth:grant-type:device_code", client_id: "tv" },
          device_code,
        }).toString(),
      });
    assert.equal((await poll(device.device_code)).status, 200);
    const other = await begin();
    // An attacker's page sends the link.
    await follow(page, other.verification_uri_complete);
    await page.getByLabel("Code").waitFor();
    assert.equal(await page.getByLabel("Code").inputValue(), other.user_code);
    assert.equal((await poll(other.device_code)).json().error, "authorization_pending");
    await page.context().close();
  });

  test("light and dark, wide and narrow: nothing that axe-core objects to, nothing too wide; screenshots", async () => {
    await mkdir(SCREENSHOTS, { recursive: true });
    // These three have every colour and every part of the others.
    const looks: [colorScheme: "light" | "dark", width: number, only?: string[]][] = [
      ["light", 1280, ["consent", "device-wrong", "device-confirm"]],
      ["dark", 360],
    ];
    for (const [colorScheme, width, only] of looks) {
      const page = await open({ colorScheme, width });
      await page.goto(`${origin}/oauth/device`);
      await signUp(page, `ada@${colorScheme}.example.com`);
      await page.getByLabel("Code").waitFor();
      for (const [name, show] of Object.entries(await pages(page))) {
        if (only?.includes(name) === false) continue;
        await show();
        const look = `${name} ${colorScheme} ${width}`;
        assert.deepEqual(await violations(page), [], look);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${look} is ${overflow} px too wide`);
        await page.screenshot({ path: `${SCREENSHOTS}oauth-${name}-${colorScheme}-${width}.png`, fullPage: true });
      }
      await page.context().close();
    }
  });
});

async function begin(): Promise<{ user_code: string; device_code: string; verification_uri_complete: string }> {
  const answer = await ask(origin, "/oauth/device_authorization", {
    method: "POST",
    headers: {
      ...{ "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Television/4.2 (living room)" },
      "CF-Connecting-IP": "203.0.113.7",
    },
    body: "client_id=tv&scope=notes%3Aread",
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}

/** Everything that the user can see, on the screen of this page. */
async function pages(page: Page): Promise<Record<string, () => Promise<void>>> {
  const device = await begin();
  const heading = (name: string) => page.getByRole("heading", { name }).waitFor();
  return {
    consent: async () => {
      await follow(page, request({ client_id: "web", redirect_uri: WEB }));
      await button(page, "Allow").waitFor();
    },
    "consent-hostile": async () => {
      await follow(page, request({ client_id: "hostile", scope: "notes:read" }));
      await button(page, "Allow").waitFor();
    },
    again: async () => {
      await follow(page, request({ prompt: "login" }));
      await heading("Confirm that it is you");
    },
    error: async () => {
      await follow(page, request({ redirect_uri: "https://evil.example/" }));
      await heading("That did not work");
    },
    device: async () => {
      await page.goto(device.verification_uri_complete);
      await heading("Connect a device");
    },
    "device-wrong": async () => {
      await page.goto(`${origin}/oauth/device?user_code=BBBB-BBBB`);
      await button(page, "Continue").click();
      await page.getByRole("alert").waitFor();
    },
    "device-confirm": async () => {
      await page.goto(device.verification_uri_complete);
      await button(page, "Continue").click();
      await button(page, "Allow").waitFor();
    },
    "device-done": async () => {
      await button(page, "Allow").click();
      await heading("The device is connected");
    },
  };
}

/** The policy allows the page no script; the test's own runs in a world of its own, as an extension's would. */
async function violations(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const expression = `${axe}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`;
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    ...{ expression, contextId: executionContextId, awaitPromise: true, returnByValue: true },
  });
  await session.detach();
  assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
  return result.value;
}
