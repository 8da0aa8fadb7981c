// A server-rendered application in a real browser, without any script of Latchkey: Express behind a `session` route.
// The browser decides which request is a navigation, and which cookies it stores.
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { transform } from "esbuild";
import express from "express";
import type { BrowserContext, Page } from "playwright-core";
import { launch } from "../harness/browser.ts";
import { COOKIE } from "../harness/contract.ts";
import { generationOf } from "../harness/family.ts";
import { ask } from "../harness/http.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";
import { blocks } from "./vault/documented.ts";

const WINDOW = 6;

const application = express();
const notes: string[] = [];
const page = (who: string | undefined, text: string) => `<!doctype html><title>${text}</title>
  <link rel="icon" href="data:,"><h1>${who}</h1><img src="/app/picture" alt=""><script src="/app/script"></script>
  <a href="/app/notes">notes</a><form method="post" action="/app/notes"><button>add</button></form><p>${notes.length}</p>`;
application.get("/sign-in", (_, response) => void response.send("<!doctype html><title>sign in</title>"));
application.get(
  "/app/picture",
  (_, response) => void response.type("image/svg+xml").send('<svg xmlns="http://www.w3.org/2000/svg"/>'),
);
application.get("/app/script", (_, response) => {
  response
    .type("text/javascript")
    .send('for (let i = 0; i < 5; i += 1) fetch("/app/data/" + i).then((answer) => answer.text());');
});
application.get("/app/data/:number", (request, response) => void response.json(request.params));
application.get(["/app/", "/app/notes"], (request, response) => {
  response.cookie("theme", "dark").send(page(request.get("Latchkey-Subject"), request.path));
});
application.post("/app/notes", (request, response) => {
  notes.push(request.get("Latchkey-Subject") ?? "");
  response.redirect(303, "/app/notes");
});

const listener = application.listen(0, "127.0.0.1");
await new Promise((done) => listener.once("listening", done));
const admin = newCredential();
const [browser, stack] = await Promise.all([
  launch(),
  startStack({
    config: {
      sign_up: "open",
      replay_window: WINDOW,
      admin_credentials: [admin.hash],
      upstreams: { app: { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}` } },
      routes: [
        { path: "/sign-in", methods: ["GET"], access: "public", upstream: "app" },
        { path: "/app/*", methods: ["GET", "POST"], access: "session", upstream: "app" },
      ],
    },
  }),
]);
after(() => {
  listener.closeAllConnections();
  return Promise.all([browser.close(), stack.stop(), new Promise((done) => listener.close(done))]);
});

/** The session's cookie, as the browser sends it. */
async function cookieOf(tab: Page): Promise<string> {
  const cookies = await tab.context().cookies(stack.origin);
  return `${COOKIE}=${cookies.find(({ name }) => name === COOKIE)?.value}`;
}

test("check_25_check_26 a server-rendered app: navigations rotate, all requests of its pages are admitted, and a copied cookie is detected", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const statuses = new Map<string, Set<number>>();
  tab.on("response", (response) => {
    const { pathname } = new URL(response.url());
    statuses.set(pathname, (statuses.get(pathname) ?? new Set()).add(response.status()));
  });
  await tab.goto(`${stack.origin}/sign-in`);
  const id = await tab.evaluate(
    async (who) => {
      const headers = { "Content-Type": "application/json", "Latchkey-Client": "pages/1" };
      const answer = await fetch("/auth/sign-up", { method: "POST", headers, body: JSON.stringify(who) });
      return (await answer.json()).session.user.id as string;
    },
    { email: newEmail(), password: PASSWORD },
  );
  const first = await cookieOf(tab);
  assert.equal(generationOf(first), 1);

  // The user clicks from page to page; each page asks for a picture, a script and data.
  const wholly = () => tab.waitForResponse((response) => response.url().endsWith("/app/data/4"));
  const [entered] = [wholly(), await tab.goto(`${stack.origin}/app/`)];
  await entered;
  const shows = async (name: string, role: "link" | "button") => {
    const loaded = wholly();
    await tab.getByRole(role, { name, exact: true }).click();
    await loaded;
    assert.equal(await tab.getByRole("heading").textContent(), id);
  };
  const second = await until("a click rotates the session", async () => {
    await shows("notes", "link");
    const cookie = await cookieOf(tab);
    return cookie !== first && cookie;
  });
  assert.equal(generationOf(second), 2);
  await shows("notes", "link");
  await shows("add", "button");
  assert.equal(await tab.getByRole("paragraph").textContent(), "1", "the form was posted, and its redirect followed");
  assert.deepEqual(notes, [id]);
  assert.ok((await context.cookies()).some(({ name, value }) => name === "theme" && value === "dark"));
  const refused = [...statuses].filter(([, all]) => [...all].some((status) => status >= 400));
  assert.deepEqual(refused, [], "every request of the browser was admitted");
  for (const path of ["/app/picture", "/app/script", "/app/data/4"]) assert.ok(statuses.has(path), path);

  // A copy of the first cookie, after the user's browser has got newer ones.
  await until("the copy is rejected", async () => {
    const answer = await ask(stack.origin, "/app/data/0", { headers: { Cookie: first } });
    return answer.status === 401;
  });
  const answer = await tab.goto(`${stack.origin}/app/notes`);
  assert.equal(answer?.status(), 401, "the session has ended for the user too");
  const [event] = await operator(stack.origin, admin.secret).events(id);
  assert.deepEqual([event?.event, event?.generation], ["refresh_reused", 1]);
  await context.close();
});

test("documented: a session for each browser context by the API; a saved state that two browsers renew from ends as reused", async () => {
  const [source = ""] = blocks("End-to-end tests with saved browser state", "ts");
  const { code } = await transform(source, { loader: "ts" });
  const { signIn } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    signIn(context: BrowserContext, origin: string, email: string, password: string): Promise<void>;
  };
  const headers = { Origin: stack.origin, "Latchkey-Client": "e2e/1" };
  const who = { email: newEmail(), password: PASSWORD };
  const saved = await browser.newContext();
  const made = await saved.request.post(`${stack.origin}/auth/sign-up`, { headers, data: who });
  const { id } = ((await made.json()) as { session: { user: { id: string } } }).session.user;

  for (let round = 0; round < 2; round += 1) {
    const context = await browser.newContext();
    await signIn(context, stack.origin, who.email, who.password);
    const tab = await context.newPage();
    await tab.goto(`${stack.origin}/app/`);
    assert.equal(await tab.getByRole("heading").textContent(), id);
    await context.close();
  }

  const state = await saved.storageState();
  const renewed = async (context: BrowserContext) => {
    const answer = await context.request.post(`${stack.origin}/auth/refresh`, { headers });
    if (answer.status() === 204) return "no cookie";
    const outcome = answer.ok() ? "renewed" : ((await answer.json()) as { reason?: string }).reason;
    return outcome;
  };
  await until("the copy is detected", async () => {
    // The first browser goes on with the cookies that it gets.
    assert.equal(await renewed(saved), "renewed");
    const copy = await browser.newContext({ storageState: state });
    const outcome = await renewed(copy);
    await copy.close();
    assert.ok(outcome === "renewed" || outcome === "reused", outcome);
    return outcome === "reused";
  });
  await saved.close();
});
