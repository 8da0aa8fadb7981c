// Mistakes in the set-up of page and service: the error names what was found and what is expected, and so does one line
// in the console.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { serveTokens } from "../../harness/fake-tokens.ts";
import { type Handler, type HostPage, STRICT_CSP, startPage } from "../../harness/page.ts";
import { until } from "../../harness/until.ts";
import type { Mode } from "./world.ts";

/** What a page on `host` does with a service that is `there`. */
interface Mistake {
  readonly what: string;
  /** Prepares the service's server; returns the service's address. Default: it works, and lists the page. */
  readonly service?: (there: HostPage, page: string) => string | Promise<string>;
  /** The policy of the page. Default: it may connect to any origin. */
  readonly csp?: string;
  /** The name under which the page is opened. Default: `localhost`. */
  readonly host?: string;
  /** The URL of a call, or of a ticket; `SERVICE` stands for the service's origin. Default: the user signs in. */
  readonly fetch?: string;
  readonly ticket?: string;
  readonly code: string;
  /** Whether only the error says it, because the browser reports the failed connection in the console. */
  readonly isQuiet?: boolean;
  /** Whether the console has the line before the first call: when the client has looked for a session. */
  readonly isAtStart?: boolean;
  /** `PAGE` and `SERVICE` stand for the origins. */
  readonly says: string;
}

/** What a service says to a page whose origin it does not list (`tests/worker/mistakes/spoken.ts`). */
const unlisted: (page: string) => Handler = (page) => (request, response) => {
  request.resume();
  const headers = { "Content-Type": "application/problem+json", "Access-Control-Allow-Origin": page };
  response.writeHead(403, headers).end(JSON.stringify({ code: "request_forgery", check: "foreign_origin" }));
};

const serviceThat = (there: HostPage, answer: Handler) => {
  for (const path of ["refresh", "sign-in"]) there.on(`/auth/${path}`, answer);
  return there.origin;
};

const MISTAKES: Mistake[] = [
  {
    what: "an origin that the service does not list",
    service: (there, page) => serviceThat(there, unlisted(page)),
    code: "request_forgery",
    isAtStart: true,
    says: 'allowed_origins: the service SERVICE does not list the origin of this page, "PAGE". Add it to allowed_origins in the Worker\'s configuration.',
  },
  {
    what: "a call to an origin that is not in apiOrigins",
    fetch: "/api/notes",
    code: "origin_not_allowed",
    says: 'apiOrigins: found ["SERVICE"], expected "PAGE" in it. If the access token may go there, add it to the option apiOrigins of createClient.',
  },
  {
    what: "a ticket for an origin that is not in apiOrigins",
    ticket: "/api/live",
    code: "origin_not_allowed",
    says: 'apiOrigins: found ["SERVICE"], expected "PAGE" in it. If the access token may go there, add it to the option apiOrigins of createClient.',
  },
  {
    what: "a call to one of the service's own paths",
    fetch: "SERVICE/auth/refresh",
    code: "origin_not_allowed",
    says: "SERVICE/auth/refresh is one of the service's own paths, which pages don't call.",
  },
  {
    what: "127.0.0.1 together with localhost",
    host: "127.0.0.1",
    code: "cookie_blocked",
    says: "The page is on PAGE and the service on SERVICE. For browsers these are two sites, so they send no cookie: open the page as OPENED.",
  },
  {
    what: "127.0.0.1 together with localhost, and a development server that answers preflights without permitting credentials",
    host: "127.0.0.1",
    service: (there, page) =>
      serviceThat(there, (request, response) => {
        request.resume();
        response.writeHead(204, { "Access-Control-Allow-Origin": page }).end();
      }),
    code: "network",
    says: "The page is on PAGE and the service on SERVICE. For browsers these are two sites, so they send no cookie: open the page as OPENED.",
  },
  {
    what: "a development server on the same host that answers preflights without permitting credentials",
    service: (there, page) =>
      serviceThat(there, (request, response) => {
        request.resume();
        const headers = { "Access-Control-Allow-Origin": page };
        if (request.method === "OPTIONS") return void response.writeHead(204, headers).end();
        response
          .writeHead(403, { ...headers, "Content-Type": "application/problem+json" })
          .end(JSON.stringify({ code: "request_forgery", check: "no_client" }));
      }),
    code: "network",
    isAtStart: true,
    says: "SERVICE answers, but does not allow credentials to this page, PAGE: if a development server there answers preflights (OPTIONS) itself, let it pass those of /auth on to the Worker (in Vite, by server.cors = false).",
  },
  {
    what: "a service whose configuration has a mistake",
    service: (there, page) =>
      serviceThat(there, (request, response) => {
        request.resume();
        const allowed = { "Access-Control-Allow-Origin": page, "Access-Control-Allow-Credentials": "true" };
        const headers = { ...allowed, "Access-Control-Allow-Headers": "content-type,latchkey-client,latchkey-nonce" };
        if (request.method === "OPTIONS") return void response.writeHead(204, headers).end();
        const problem = { code: "unavailable", detail: 'LATCHKEY: sign_up: found true, expected "open" or "closed"' };
        response
          .writeHead(503, { ...headers, "Content-Type": "application/problem+json" })
          .end(JSON.stringify(problem));
      }),
    code: "unavailable",
    isAtStart: true,
    says: 'LATCHKEY: sign_up: found true, expected "open" or "closed"',
  },
  {
    what: "a server that answers /auth with its own page",
    service: (there, page) =>
      serviceThat(there, (request, response) => {
        request.resume();
        const allowed = { "Access-Control-Allow-Origin": page, "Access-Control-Allow-Credentials": "true" };
        const headers = { ...allowed, "Access-Control-Allow-Headers": "content-type,latchkey-client,latchkey-nonce" };
        response.writeHead(200, { ...headers, "Content-Type": "text/html" }).end("<!doctype html>");
      }),
    code: "bad_response",
    says: "SERVICE/auth was answered (200), but not by Latchkey: let that server pass /auth on to the Worker, or set the option service to the Worker's origin.",
  },
  {
    what: "a policy that does not list the service",
    csp: STRICT_CSP,
    code: "network",
    says: "connect-src: the Content-Security-Policy of the page, and the one that vault-worker.js is served with, must list the service, SERVICE.",
  },
  {
    what: "a service that is not running",
    service: async () => {
      const gone = await startPage();
      await gone.stop();
      return gone.origin;
    },
    code: "network",
    isQuiet: true,
    says: "SERVICE does not answer: is the Worker running there?",
  },
];

/** Does what the mistake is about; returns the error's code and detail. */
const attempt = (page: Page, { fetch, ticket }: Mistake, service: string) =>
  page.evaluate(
    async ([url, socket]) => {
      const user = { email: "ada@example.com", password: "correct horse battery staple" };
      try {
        if (url) await auth.fetch(url);
        else if (socket) await auth.ticket(socket);
        else await auth.signIn(user);
        return "no error";
      } catch (error) {
        const { code, detail, message } = error as import("latchkey-auth").AuthError;
        return { code, detail, isTold: message.endsWith(String(detail)) };
      }
    },
    [fetch?.replace("SERVICE", service), ticket] as const,
  );

export function mistakes(browser: Browser): void {
  for (const mode of ["worker", "page"] as const) {
    for (const mistake of MISTAKES) {
      test(`${mode} mode: ${mistake.what}: the error and the console say what to do`, () =>
        make(browser, mode, mistake));
    }
  }

  test("a service with a path: the error names the option, what was found and what is expected", async () => {
    const host = await startPage();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(host.origin);
    const said = await page.evaluate(async () => {
      const told = [];
      const origin = "https://auth.example.com";
      for (const options of [
        { service: `${origin}/auth` },
        { service: `${origin}/` },
        { service: origin, apiOrigins: ["https://api.example.com", "https://API.example.com/v1"] },
      ]) {
        const error = await latchkey.createClient(options).catch((error: Error) => error);
        told.push("message" in error && error.message.replace(/^The options are not valid\. /, ""));
      }
      return told;
    });
    assert.deepEqual(said, [
      'service: found "https://auth.example.com/auth", expected an origin without a path: "https://auth.example.com".',
      'service: found "https://auth.example.com/", expected an origin without a path: "https://auth.example.com".',
      'apiOrigins: found "https://API.example.com/v1", expected an origin without a path: "https://api.example.com".',
    ]);
    await context.close();
    await host.stop();
  });
}

async function make(browser: Browser, mode: Mode, mistake: Mistake): Promise<void> {
  const connects = STRICT_CSP.replace("connect-src 'self'", "connect-src *");
  const [host, there] = await Promise.all([startPage({ csp: mistake.csp ?? connects }), startPage()]);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const printed: string[] = [];
    page.on("console", (message) => printed.push(message.text()));
    const opened = host.origin.replace("localhost", mistake.host ?? "localhost");
    let service = there.origin;
    if (mistake.service) service = await mistake.service(there, opened);
    else serveTokens(there).allows = opened;
    await page.goto(opened);
    await page.evaluate(
      async ([service, vault]) => {
        globalThis.auth = await latchkey.createClient({ service, vault });
        while (auth.status === "loading") await new Promise<void>((known) => auth.subscribe(known));
      },
      [service, mode] as const,
    );
    const says = mistake.says
      .replaceAll("PAGE", opened)
      .replaceAll("SERVICE", service)
      .replaceAll("OPENED", host.origin);
    const line = mistake.isQuiet ? [] : [`[latchkey] ${says}`];
    const isTold = () => line.every((line) => printed.includes(line));
    if (mistake.isAtStart) await until(`the console has ${line}, before any call`, isTold);
    for (let times = 0; times < 2; times += 1)
      assert.deepEqual(await attempt(page, mistake, service), { code: mistake.code, detail: says, isTold: true });
    await until(`the console has ${line}`, isTold);
    assert.deepEqual(
      printed.filter((text) => text.includes("latchkey]")),
      line,
    );
  } finally {
    await context.close();
    await Promise.all([host.stop(), there.stop()]);
  }
}
