import type { SessionEndReason } from "../generated/codes.js";
import type { ClientOptions } from "../types.js";
import { Accounts } from "./accounts.js";
import type { Backend } from "./asked.js";
import { Browser, type World } from "./browser.js";
import { Ceremonies } from "./ceremonies.js";
import { Challenges } from "./challenges.js";
import { Clock } from "./clock.js";
import { newFaults } from "./network.js";
import { problem } from "./problem.js";
import { BY_APP } from "./second-factor-routes.js";
import { Sessions } from "./sessions.js";
import { newTotp, nextCode } from "./totp.js";
import type { FakeService, FakeServiceOptions } from "./types.js";
import { UnderWay } from "./under-way.js";

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
 * and `setTimeout` as they are when they are called, so a test may replace them; or it lets time pass by `skip`. Passwords
 * are stored as they are, and tokens are numbers: it is for tests only.
 */
export function fakeService({
  users = [],
  signUp = "open",
  password = true,
  mail = false,
  passkeys = false,
  apiKeys,
  oauth = false,
  providers = [],
  api = () => problem("not_found"),
  origin = pageOrigin() ?? "https://app.example.com",
  accessTokenSeconds = 300,
}: FakeServiceOptions = {}): FakeService {
  const pages = new Set<EventTarget>();
  const dispatch = (type: string) => {
    for (const page of pages) page.dispatchEvent(new Event(type));
  };
  const faults = newFaults(() => dispatch("online"));
  const clock = new Clock();
  const now = () => Math.floor(clock.wall() / 1000) + faults.skewSeconds;
  let lastId = 0;
  const newId = (kind: string) => {
    lastId += 1;
    return `${kind}-${lastId}`;
  };
  const accounts = new Accounts(newId);
  const backend: Backend = {
    ...{ accounts, faults, providers, password, mail, passkeys, origin, clock, now, newId },
    ...{ mails: [], links: new Map(), apiKeys: apiKeys ?? null, oauth },
    ...{ signUp: signUp === "open", page: pageOrigin() ?? origin },
    sessions: new Sessions(accessTokenSeconds, mail, now, newId),
    challenges: new Challenges(now, newId),
    ceremonies: new Ceremonies(now, newId),
  };
  for (const user of users) {
    const account = accounts.add({ password: "correct horse battery staple", ...user });
    if (user.totp) account.totp = { ...newTotp(newId), confirmed: true };
    account.grants = (user.grants ?? []).map(({ client, host = null, scopes, resource = null }) => ({
      ...{ id: newId("grant"), client: { id: newId("client"), name: client, host }, scopes, resource },
      ...{ created_at: now(), last_used_at: null },
    }));
  }
  const known = (email: string) => {
    const account = accounts.find(email);
    if (!account) throw new Error(`fakeService has no user ${email}`);
    return account;
  };
  const requests: string[] = [];
  const underWay = new UnderWay();
  const world: World = { backend, api, requests, underWay, pages };
  /** Skips wait for each other. */
  let skipped: Promise<void> = Promise.resolve();
  const afterSkips = (seconds: number, pass: (ms: number) => Promise<void>) => {
    if (!(seconds >= 0 && seconds < Number.POSITIVE_INFINITY))
      throw new RangeError(`${seconds} is not a number of seconds`);
    const passed = skipped.then(() => pass(seconds * 1000));
    skipped = passed.catch(() => {});
    return passed;
  };

  const open = () => {
    const browser = new Browser(world);
    return {
      createClient: (options: Partial<ClientOptions> = {}) => browser.open(options),
      openSession: (email: string) => {
        const account = known(email);
        const amr = account.totp?.confirmed ? ["pwd", ...BY_APP] : ["pwd"];
        browser.store(backend.sessions.begin(account, amr, browser.cookie).cookie);
      },
      authenticator: browser.authenticator,
      get location() {
        return browser.location;
      },
    };
  };

  return Object.assign(open(), {
    ...{ browser: open, faults, requests, mails: backend.mails },
    totpCode: (email: string) => {
      const { totp } = known(email);
      if (!totp) throw new Error(`${email} has no authenticator app`);
      return nextCode(totp, now());
    },
    sessions: () => backend.sessions.all(),
    expireTokens: () => backend.sessions.expireTokens(),
    endSessions: (reason: SessionEndReason = "revoked", email?: string) => {
      const account = email === undefined ? undefined : accounts.find(email);
      backend.sessions.endAll(reason, (session) => email === undefined || session.account === account);
    },
    wake: () => dispatch("visibilitychange"),
    now: clock.wall,
    skip: (seconds: number) => afterSkips(seconds, (ms) => clock.skip(ms, () => underWay.settled())),
    sleep: (seconds: number) =>
      afterSkips(seconds, async (ms) => {
        await underWay.settled();
        clock.sleep(ms);
        dispatch("visibilitychange");
        await underWay.settled();
      }),
  });
}

/** The origin of the page that there is, if the vault may run on it. */
function pageOrigin(): string | undefined {
  const origin = globalThis.location?.origin ?? "";
  return /^(https:|http:\/\/(([^/]+\.)?localhost|127\.[\d.]+|\[::1\])(:\d+)?$)/.test(origin) ? origin : undefined;
}
