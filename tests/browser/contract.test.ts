// The contract of every client (tests/sdk/behaviours.ts), by the real vault in Chromium against the real service. The
// same list is run against `latchkey-auth/testing`, so that an app which is tested with it behaves in the same way
// here.
import assert from "node:assert/strict";
import type http from "node:http";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { launch } from "../harness/browser.ts";
import { newestMail } from "../harness/mailbox.ts";
import { type Handler, STRICT_CSP, startPage } from "../harness/page.ts";
import { startStack } from "../harness/stack.ts";
import { newEmail, PASSWORD, post, signIn, signUp } from "../harness/visitor.ts";
import type { Behaviour, Fault, Subject } from "../sdk/behaviours.ts";
import { BEHAVIOURS } from "../sdk/behaviours.ts";

/** What the pages load. */
interface Module {
  readonly BEHAVIOURS: Readonly<Record<string, Behaviour>>;
  readonly totp: Subject["app"];
}

const bundled = await build({
  stdin: {
    contents: 'export { BEHAVIOURS } from "./behaviours.ts"; export { totp } from "../harness/totp.ts";',
    resolveDir: fileURLToPath(new URL("../sdk", import.meta.url)),
  },
  bundle: true,
  format: "esm",
  write: false,
});

/** The service's paths and the API's, through whatever is between. */
const between: Readonly<Partial<Record<Fault, Handler>>> = {
  offline: (request) => void request.destroy(),
  portal: (_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end("<p>Welcome"),
  unavailable: (_, response) =>
    void response
      .writeHead(503, { "Content-Type": "application/problem+json", "Retry-After": "1" })
      .end(JSON.stringify({ type: "about:blank", title: "Busy", status: 503, code: "unavailable" })),
};

/** A browser that keeps no cookie: to it none is set. */
const withoutCookies =
  (forward: Handler): Handler =>
  (request, response) => {
    const { writeHead } = response;
    const stripped = (status: number, { "set-cookie": _, ...headers }: http.IncomingHttpHeaders) =>
      writeHead.call(response, status, headers);
    Object.assign(response, { writeHead: stripped });
    return forward(request, response);
  };

/** A page with the service on its own origin and once more on another one, `away`. */
async function startWorld() {
  const service = () => stack.origin;
  const away = await startPage({ service });
  const csp = STRICT_CSP.replace("connect-src 'self'", `connect-src 'self' ${away.origin}`);
  const page = await startPage({ service, csp });
  const used = new Set<string>();
  let refused = new Set<string>();

  page.on("/behaviours.js", (_, response) => {
    response.writeHead(200, { "Content-Type": "text/javascript" }).end(bundled.outputFiles[0]?.text);
  });
  page.on("/api/me", (request, response) => {
    if (broken) return broken(request, response);
    const token = request.headers.authorization ?? "";
    used.add(token);
    if (!refusesAll && !refused.has(token)) return page.forward(request, response);
    response
      .writeHead(401, {
        "Content-Type": "application/problem+json",
        "WWW-Authenticate": 'Bearer error="invalid_token"',
      })
      .end(JSON.stringify({ type: "about:blank", title: "No", status: 401, code: "invalid_token" }));
  });

  let refusesAll = false;
  let broken: Handler | null = null;
  const breakBy = (handler: Handler | null) => {
    broken = handler;
    for (const host of [page, away]) host.between(handler);
  };
  const commands: Readonly<Record<string, (argument: string) => Promise<unknown>>> = {
    account: async () => {
      const { email } = await signUp(stack.origin, { email: newEmail() });
      return { email, password: PASSWORD };
    },
    fault: async (name) => {
      if (name === "lost-answer") {
        breakBy(async (request, response) => {
          breakBy(null);
          // It is carried out, but all that arrives is a beginning. (Where nothing arrives, Chromium asks again by
          // itself.)
          const { writeHead } = response;
          response.writeHead = () => {
            writeHead.call(response, 200, { "Content-Type": "application/json", "Content-Length": "1000" });
            response.write("{", () => response.destroy());
            return response;
          };
          await page.forward(request, response);
        });
      } else breakBy(between[name as Fault] ?? null);
      refusesAll = name === "refused" || name === "no-renewal";
      if (name === "no-renewal") for (const host of [page, away]) host.between(between.unavailable ?? null);
      if (name === "no-cookies") for (const host of [page, away]) host.between(withoutCookies(host.forward));
    },
    code: async (argument) => {
      const [to = "", kind = ""] = argument.split(" ");
      return (await newestMail(stack.origin, to, kind)).code;
    },
    expireTokens: async () => {
      refused = new Set(used);
    },
    endSessions: async (email) => {
      const elsewhere = await signIn(stack.origin, { email, password: PASSWORD });
      await post(stack.origin, "/auth/sign-out", { scope: "global" }, { cookie: elsewhere.cookie });
    },
  };
  page.on("/test", async (request, response) => {
    const { searchParams } = new URL(request.url ?? "", page.origin);
    const result = await commands[searchParams.get("do") ?? ""]?.(searchParams.get("with") ?? "");
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(result ?? null));
  });
  return { page, away, stop: () => Promise.all([page.stop(), away.stop()]) };
}

const MODES = ["worker", "page"] as const;
const CASES = MODES.flatMap((vault) => Object.keys(BEHAVIOURS).map((name) => ({ vault, name })));

// A page for each of them, because its faults are its own. The service lists them all.
const [another, ...worlds] = await Promise.all([startWorld(), ...CASES.map(startWorld)]);
/** That page under a name of another site. */
const anotherSite = another.page.origin.replace("localhost", "app.localhost");
const allowed_origins = [anotherSite, ...worlds.map(({ page }) => page.origin)];
const [stack, browser] = await Promise.all([
  startStack({ config: { sign_up: "open", allowed_origins, api_keys: { scopes: ["notes:read", "notes:write"] } } }),
  launch(),
]);
after(() => Promise.all([browser.close(), stack.stop(), ...[another, ...worlds].map(({ stop }) => stop())]));

describe("the contract of every client, by the real one", { concurrency: 4 }, () => {
  for (const [at, { vault, name }] of CASES.entries()) {
    test(`${vault} mode: ${name}`, async () => {
      const { page, away } = worlds[at] as (typeof worlds)[number];
      const context = await browser.newContext();
      try {
        const tab = await context.newPage();
        await tab.goto(page.origin);
        await tab.evaluate(
          async ([vault, wanted, away]) => {
            const module = "/behaviours.js";
            const { BEHAVIOURS, totp } = (await import(module)) as Module;
            const order = async (what: string, argument = "") =>
              (await fetch(`/test?do=${what}&with=${encodeURIComponent(argument)}`)).json();
            const subject: Subject = {
              open: (where) =>
                latchkey.createClient({
                  service: where ? away : location.origin,
                  apiOrigins: [location.origin],
                  vault,
                }),
              account: () => order("account"),
              fault: (fault) => order("fault", fault ?? ""),
              code: (email, kind) => order("code", `${email} ${kind}`),
              app: totp,
              expireTokens: () => order("expireTokens"),
              endSessions: ({ email }) => order("endSessions", email),
              api: `${location.origin}/api/me`,
            };
            await BEHAVIOURS[wanted]?.(subject);
          },
          [vault, name, away.origin] as const,
        );
      } finally {
        await context.close();
      }
    });
  }
});

test("a page on another site than the service: the cookie is never sent, and the sign-in fails with cookie_blocked", async () => {
  const context = await browser.newContext();
  const { email } = await signUp(stack.origin, { email: newEmail() });
  const tab = await context.newPage();
  await tab.goto(anotherSite);
  const told = await tab.evaluate(
    async ({ service, who }) => {
      const auth = await latchkey.createClient({ service });
      // Its first question gets the same answer; which of the two comes first depends on the machine.
      while (auth.status === "loading") await new Promise<void>((changed) => auth.subscribe(changed));
      const error = await auth.signIn(who).catch((error: import("latchkey-auth").AuthError) => error);
      return "code" in error && [error.code, error.status, error.transient, auth.session, auth.lastError?.code];
    },
    { service: another.away.origin, who: { email, password: PASSWORD } },
  );
  assert.deepEqual(told, ["cookie_blocked", 403, false, null, "cookie_blocked"]);
  const asked = another.away.seen.filter(({ path }) => path === "/auth/sign-in").at(-1);
  assert.deepEqual([asked?.method, asked?.headers["sec-fetch-site"]], ["POST", "cross-site"]);
  await context.close();
});

test("a page of an origin that the service does not list: the error names it and the key, and is no failed connection", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(another.page.origin);
  const told = await tab.evaluate(async (service) => {
    const auth = await latchkey.createClient({ service });
    while (auth.status === "loading") await new Promise<void>((changed) => auth.subscribe(changed));
    const user = { email: "ada@example.com", password: "correct horse battery staple" };
    const error = await auth.signIn(user).catch((error: import("latchkey-auth").AuthError) => error);
    return "code" in error && [error.code, error.status, error.transient, error.detail, auth.lastError?.code];
  }, another.away.origin);
  const detail = `allowed_origins: the service ${another.away.origin} does not list the origin of this page, "${another.page.origin}". Add it to allowed_origins in the Worker's configuration.`;
  assert.deepEqual(told, ["request_forgery", 403, false, detail, "request_forgery"]);
  await context.close();
});
