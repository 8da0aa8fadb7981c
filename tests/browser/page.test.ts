// The built package in a bare page, as `tests/harness/page.ts` serves it: no bundler, a strict policy, the real
// service.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { blocksUnder } from "../documents/blocks.ts";
import { launch } from "../harness/browser.ts";
import { startPage } from "../harness/page.ts";
import { serveModule } from "../harness/page-module.ts";
import { startStack } from "../harness/stack.ts";
import { newEmail, PASSWORD, signUp } from "../harness/visitor.ts";

const [stack, browser] = await Promise.all([startStack({ config: { sign_up: "open" } }), launch()]);
const page = await startPage({ service: stack.origin });
after(() => Promise.all([browser.close(), page.stop(), stack.stop()]));

test("check_55 a bare page under a strict policy: sign up, call the API, reload, sign out, and no violation", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const complaints: string[] = [];
  tab.on("console", (message) => /policy|trusted/i.test(message.text()) && complaints.push(message.text()));
  tab.on("pageerror", (error) => complaints.push(String(error)));
  await tab.goto(page.origin);
  const credentials = { email: newEmail(), password: PASSWORD };
  const first = await tab.evaluate(async (who) => {
    const auth = await latchkey.createClient({ service: location.origin, vault: "page" });
    const session = await auth.signUp(who);
    const answer = await auth.fetch("/api/me");
    return { session, status: answer.status, me: (await answer.json()) as { id: string } };
  }, credentials);
  assert.equal(first.status, 200);
  assert.equal(first.session.user.email, credentials.email);
  assert.equal(first.me.id, first.session.user.id);

  await tab.reload();
  const second = await tab.evaluate(async () => {
    const auth = await latchkey.createClient({ service: location.origin, vault: "page" });
    const { status } = await auth.fetch("/api/me");
    const id = auth.session?.id;
    await auth.signOut();
    return { status, id, after: auth.status };
  });
  assert.deepEqual(second, { status: 200, id: first.session.id, after: "signed-out" });
  assert.deepEqual(complaints, []);

  const called = page.seen.filter(({ path }) => path === "/api/me");
  assert.equal(called.length, 2);
  for (const { headers } of called) assert.match(headers.authorization ?? "", /^Bearer ./, "the harness sees requests");
  await context.close();
});

test("the app in README.md works as it stands there: an incorrect password, a sign-in, a call, a reload", async () => {
  const [code = ""] = (await blocksUnder("README.md", "An app that you have")).filter((each) =>
    each.includes("import"),
  );
  await serveModule(page, "/app.js", code);
  const form = '<form><input name="email"><input name="password" type="password"><button>Sign in</button></form>';
  const html = `<!doctype html><script type="module" src="/app.js"></script>${form}<output></output>`;
  page.on("/app", (_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end(html));
  const email = newEmail();
  await signUp(stack.origin, { email });

  const context = await browser.newContext();
  const tab = await context.newPage();
  const output = tab.locator("output");
  const submit = async (password: string) => {
    await tab.locator("[name=email]").fill(email);
    await tab.locator("[name=password]").fill(password);
    await tab.getByRole("button").click();
  };
  await tab.goto(`${page.origin}/app`);
  await output.getByText("signed-out").waitFor();
  await submit("not the password");
  await output.getByText("invalid_credentials").waitFor();
  await submit(PASSWORD);
  await output.getByText('{"notes":[]}').waitFor();
  await tab.reload();
  await output.getByText(`Signed in as ${email}`).waitFor();
  await context.close();
});

test("a test's own response replaces the stack's until it is removed", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  page.on("/auth/refresh", (_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end("<p>Hi"));
  await tab.goto(page.origin);
  const status = await tab.evaluate(async () => {
    const auth = await latchkey.createClient({ service: location.origin, vault: "page" });
    while (auth.status === "loading") await new Promise<void>((changed) => auth.subscribe(changed));
    return auth.status;
  });
  assert.equal(status, "offline", "a captive portal is no sign-out");
  page.off("/auth/refresh");
  await tab.reload();
  const freed = await tab.evaluate(async () => {
    const auth = await latchkey.createClient({ service: location.origin, vault: "page" });
    while (auth.status === "loading") await new Promise<void>((changed) => auth.subscribe(changed));
    return auth.status;
  });
  assert.equal(freed, "signed-out");
  await context.close();
});
