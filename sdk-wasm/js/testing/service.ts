import { Accounts } from "./accounts.js";
import { Browser, type World } from "./browser.js";
import { newFaults } from "./network.js";
import { problem } from "./problem.js";
import type { FakeBrowser, FakeService, FakeServiceOptions } from "./types.js";

/**
 * A token service in memory for the tests of an app: no network and no browser needed.
 *
 * ```ts
 * const service = fakeService({ users: [{ email: "ada@example.com" }], api: () => Response.json({ notes: [] }) });
 * service.openSession("ada@example.com");
 * const auth = await service.createClient();
 * ```
 *
 * Its clients are those of `createClient`, with `vault: "page"`; what is around them is simulated. Time is `Date.now`
 * and `setTimeout` as they are when they are called, so a test may replace them. Passwords are stored as they are, and
 * tokens are numbers: it is for tests only.
 */
export function fakeService({
  users = [],
  signUp = "open",
  api = () => problem("not_found"),
  origin = pageOrigin() ?? "https://app.example.com",
  accessTokenSeconds = 300,
}: FakeServiceOptions = {}): FakeService {
  const pages = new Set<EventTarget>();
  const dispatch = (type: string) => {
    for (const page of pages) page.dispatchEvent(new Event(type));
  };
  const faults = newFaults(() => dispatch("online"));
  const now = () => Math.floor(Date.now() / 1000) + faults.skewSeconds;
  const accounts = new Accounts(users, signUp === "open", accessTokenSeconds, now);
  const requests: string[] = [];
  const world: World = { accounts, faults, api, requests, origin, page: pageOrigin() ?? origin, pages };

  const open = (): FakeBrowser => {
    const browser = new Browser(world);
    return {
      createClient: (options = {}) => browser.open(options),
      openSession: (email) => {
        browser.cookie = accounts.open(email, browser.cookie).cookie;
      },
    };
  };

  return {
    ...open(),
    browser: open,
    faults,
    requests,
    expireTokens: () => accounts.expireTokens(),
    endSessions: (reason = "revoked", email) => accounts.endAll(reason, email),
    wake: () => dispatch("visibilitychange"),
  };
}

/** The origin of the page that there is, if the vault may run on it. */
function pageOrigin(): string | undefined {
  const origin = globalThis.location?.origin ?? "";
  return /^(https:|http:\/\/(([^/]+\.)?localhost|127\.[\d.]+|\[::1\])(:\d+)?$)/.test(origin) ? origin : undefined;
}
