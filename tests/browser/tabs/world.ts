import type { Browser, BrowserContext, Page } from "playwright-core";
import type { HostPage } from "../../harness/page.ts";
import type { Visitor } from "../../harness/visitor.ts";

export type Mode = "worker" | "page";

export interface World {
  browser: Browser;
  host: HostPage;
  /** The kinds of all events of an account, the newest first. */
  events(account: string): Promise<string[]>;
}

/** A browser with this visitor's cookie in it. */
export async function browserOf({ browser, host }: World, { cookie }: Visitor): Promise<BrowserContext> {
  const context = await browser.newContext();
  const at = cookie.indexOf("=");
  await context.addCookies([
    {
      name: cookie.slice(0, at),
      value: cookie.slice(at + 1),
      url: host.origin.replace("http:", "https:"),
      httpOnly: true,
      secure: true,
      sameSite: "Strict",
    },
  ]);
  return context;
}

/** Pages on which the package is loaded and no client has been created yet. */
export function openPages(context: BrowserContext, origin: string, count: number): Promise<Page[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const page = await context.newPage();
      await page.goto(origin);
      return page;
    }),
  );
}

export interface Start {
  id: string | undefined;
  status: string;
  /** From `createClient` until it was known whether there is a session. */
  tookMs: number;
}

declare global {
  /** The page's client. */
  var auth: import("latchkey-auth").AuthClient;
}

/** Creates the page's client and waits until it knows whether there is a session. */
export function start(page: Page, vault: Mode): Promise<Start> {
  return page.evaluate(async (vault) => {
    const began = performance.now();
    globalThis.auth = await latchkey.createClient({ service: location.origin, vault });
    const { auth } = globalThis;
    await new Promise<void>((done) => {
      const look = () => auth.status !== "loading" && done();
      auth.subscribe(look);
      look();
    });
    return { id: auth.session?.id, status: auth.status, tookMs: performance.now() - began };
  }, vault);
}
