import type { Browser, Page } from "playwright-core";
import { type FakeTokens, serveTokens, USER } from "../../harness/fake-tokens.ts";
import { type HostPage, type PageOptions, startPage } from "../../harness/page.ts";

/** A page with a service of its own, on an origin of its own: nothing that one test does reaches another. */
export interface Site {
  readonly host: HostPage;
  readonly service: FakeTokens;
  readonly page: Page;
}

export type Mode = "worker" | "page";

declare global {
  /** The client that {@link open} has made. */
  var auth: import("latchkey-auth").AuthClient;
}

export interface SiteOptions extends PageOptions {
  mode?: Mode;
  /** Done to the page before it loads. */
  init?: (page: Page) => Promise<unknown>;
  /** There will be https with a certificate of our own. */
  secureApis?: boolean;
}

/** Runs `work` on a new site, with a client that has looked for a session. */
export async function onSite(
  browser: Browser,
  work: (site: Site) => Promise<void>,
  { mode = "worker", init, secureApis = false, ...options }: SiteOptions = {},
): Promise<void> {
  const host = await startPage(options);
  const context = await browser.newContext({ ignoreHTTPSErrors: secureApis });
  try {
    const page = await context.newPage();
    const service = serveTokens(host);
    await init?.(page);
    await page.goto(host.origin);
    await open(page, mode);
    await work({ host, service, page });
  } finally {
    await context.close();
    await host.stop();
  }
}

/** Makes the client and waits until it knows whether there is a session. */
export async function open(page: Page, vault: Mode = "worker"): Promise<void> {
  await page.evaluate(async (vault) => {
    globalThis.auth = await latchkey.createClient({ service: location.origin, vault });
    if (auth.status === "loading") await new Promise<void>((known) => void auth.subscribe(known));
  }, vault);
}

export const signIn = (page: Page): Promise<unknown> => page.evaluate((user) => auth.signIn(user), USER);
